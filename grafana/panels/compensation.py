"""Insurance payouts: totals, amounts and counts by type and by model (Insurance page)."""

from functools import partial

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders import figures
from ..builders.charts import bars, ranking
from ..builders.colours import with_colours
from ..builders.figures import Figure
from ..builders.numbers import dollars, number
from ..builders.units import COUNT, RATIO, USD
from ..promql import measures
from ..promql.measures import COMPENSATIONS, PAYOUT, counted
from ..promql.rankings import top, top_bars
from ..promql.selectors import INSURANCE, INTERVAL, RANGE, View, increases

EMPTY = "No compensation in this range"
_TYPES = ("high_latency", "unsatisfactory_content")
_SEEN = "counted when the payout was seen in the logs, which is the day after the request"
_BAR = "A bar is what was counted from its time to the next bar's."


def total(view: View) -> Figure:
    """Return the US dollars paid in the range."""
    return figures.dollars(
        "Total Compensation",
        f"US dollars paid for compensated requests in the range, {_SEEN}.",
        partial(counted, view, PAYOUT),
        EMPTY,
    )


def count() -> Figure:
    """Return the number of compensations in the range."""
    return figures.count(
        "Compensation Count",
        f"Requests compensated in the range, {_SEEN}.",
        partial(counted, INSURANCE, COMPENSATIONS),
        EMPTY,
    )


def average() -> stat.Panel:
    """Return US dollars per compensation."""
    return dollars(
        "Average Per Compensation",
        "Total Compensation divided by Compensation Count.",
        measures.payout_per_compensation(INSURANCE),
        EMPTY,
    ).decimals(6)


def per_day() -> stat.Panel:
    """Return the number of compensations per day."""
    return number(
        "Average Compensation / Day",
        "Compensation Count divided by the days of the range: a count, not an amount.",
        measures.compensations_per_day(INSURANCE),
        COUNT,
        EMPTY,
    ).decimals(2)


def share_of_cost() -> stat.Panel:
    """Return payouts / cost."""
    return number(
        "Payout / Cost",
        "Total Compensation divided by the cost of all requests counted in the range.",
        measures.payout_share(INSURANCE, RANGE),
        RATIO,
        EMPTY,
    ).decimals(2)


def share_of_requests() -> stat.Panel:
    """Return compensations / requests."""
    return number(
        "Compensated / Requests",
        "Compensation Count divided by all requests counted in the range.",
        measures.compensated_share(INSURANCE),
        RATIO,
        EMPTY,
    ).decimals(2)


def credits_by_type(view: View) -> timeseries.Panel:
    """Return US dollars over time by compensation type."""
    return with_colours(
        bars(
            "Credits by Compensation Type",
            f"US dollars paid, by compensation type. {_BAR}",
            {"{{compensation_type}}": counted(view, PAYOUT, INTERVAL, "compensation_type")},
            USD,
            empty=EMPTY,
        ),
        *_TYPES,
    )


def credits_by_model() -> timeseries.Panel:
    """Return US dollars over time by model."""
    return with_colours(
        bars(
            "Credits by Compensation Model",
            "US dollars paid, of the ten models that were paid most in the range; Other is all "
            f"the rest. {_BAR}",
            top_bars(increases(INSURANCE, PAYOUT), "model"),
            USD,
            empty=EMPTY,
        ),
        "Other",
    )


def credit_ranking(view: View) -> bargauge.Panel:
    """Return the models with the largest payouts."""
    return ranking(
        "Credits by model in the range",
        "US dollars paid, of the ten models that were paid most; Other is all the rest.",
        top(increases(view, PAYOUT), "model"),
        USD,
        empty=EMPTY,
    )


def counts_by_type() -> timeseries.Panel:
    """Return compensations over time by type."""
    return with_colours(
        bars(
            "Times by Compensation Type",
            f"Number of compensations, by type. {_BAR}",
            {
                "{{compensation_type}}": counted(
                    INSURANCE, COMPENSATIONS, INTERVAL, "compensation_type"
                )
            },
            COUNT,
            empty=EMPTY,
        ),
        *_TYPES,
    )


def counts_by_model() -> timeseries.Panel:
    """Return compensations over time by model."""
    return with_colours(
        bars(
            "Times by Compensation Model",
            "Number of compensations, of the ten models compensated most often in the range; "
            f"Other is all the rest. {_BAR}",
            top_bars(increases(INSURANCE, COMPENSATIONS), "model"),
            COUNT,
            empty=EMPTY,
        ),
        "Other",
    )


def count_ranking() -> bargauge.Panel:
    """Return the models compensated most often."""
    return ranking(
        "Times by model in the range",
        "Number of compensations, of the ten models compensated most often; Other is all the rest.",
        top(increases(INSURANCE, COMPENSATIONS), "model"),
        COUNT,
        empty=EMPTY,
    )
