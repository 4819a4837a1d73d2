"""How large payouts are and how long after the request they come."""

from grafana_foundation_sdk.builders import heatmap, stat

from .. import measures
from ..common import SECONDS, USD
from ..kinds import heat, number
from ..queries import EVENT, INTERVAL, RANGE, buckets, mean, quantile
from .compensation import EMPTY

_NO_DELAY = "No payout with both times in this range"
_COLUMN = "lighter is more. A column is what was counted from its time to the next column's."


def median_delay() -> stat.Panel:
    """Return the median delay of payouts."""
    return number(
        "Median Payout Delay",
        "Half of the payouts of the range came within this time after their request, estimated "
        "within the histogram's buckets. Of all models, keys and plans.",
        quantile(0.5, measures.PAYOUT_DELAY, RANGE, EVENT),
        SECONDS,
        _NO_DELAY,
    ).decimals(1)


def mean_delay() -> stat.Panel:
    """Return the mean delay of payouts."""
    return number(
        "Average Payout Delay",
        "Mean time from a request to its payout, of the payouts of the range. Of all models, keys "
        "and plans.",
        mean(measures.PAYOUT_DELAY, RANGE, scope=EVENT),
        SECONDS,
        _NO_DELAY,
    ).decimals(1)


def delays() -> heatmap.Panel:
    """Return how delays are spread through time."""
    return heat(
        "Payout delay: distribution",
        f"How many payouts came so long after their request: {_COLUMN} Of all models, keys and "
        "plans.",
        buckets(measures.PAYOUT_DELAY, INTERVAL, EVENT),
        SECONDS,
        empty=_NO_DELAY,
    )


def sizes() -> heatmap.Panel:
    """Return how the sizes of payouts are spread through time."""
    return heat(
        "Payout per request: distribution",
        f"How many payouts were that large: {_COLUMN} Of all providers and keys.",
        buckets(measures.PAYOUT_SIZE, INTERVAL, measures.SIZE_SCOPE),
        USD,
        empty=EMPTY,
    )
