"""Size of payouts, and their delay after the request."""

from grafana_foundation_sdk.builders import heatmap, stat

from ..builders.charts import heat_map
from ..builders.numbers import number
from ..builders.units import SECONDS, USD
from ..promql import measures
from ..promql.histograms import distribution, mean
from ..promql.selectors import INSURANCE, RANGE
from .compensation import EMPTY

_NO_DELAY = "No payout with both times in this range"
_COLUMN = (
    "a stronger colour means more. A column is what was counted in its time, drawn once that is "
    "over."
)


def mean_delay() -> stat.Panel:
    """Return the mean delay of payouts."""
    return number(
        "Average Payout Delay",
        "Mean time from a request to its payout, of the payouts of the range. Of all models, keys "
        "and plans.",
        mean(measures.PAYOUT_DELAY, RANGE, view=INSURANCE),
        SECONDS,
        _NO_DELAY,
    ).decimals(1)


def delays() -> heatmap.Panel:
    """Return the distribution of delays over time."""
    return heat_map(
        "Payout delay: distribution",
        f"How many payouts came so long after their request: {_COLUMN} Of all models, keys and "
        "plans.",
        distribution(measures.PAYOUT_DELAY, INSURANCE),
        SECONDS,
        empty=_NO_DELAY,
    )


def sizes() -> heatmap.Panel:
    """Return the distribution of payouts' sizes over time."""
    return heat_map(
        "Payout per request: distribution",
        f"How many payouts were that large: {_COLUMN} Of all providers and keys.",
        distribution(measures.PAYOUT_SIZE, INSURANCE),
        USD,
        empty=EMPTY,
    )
