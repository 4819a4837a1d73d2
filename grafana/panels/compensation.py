"""Insurance payouts: four numbers, credits and times by type and by model."""

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from .. import queries
from ..common import BLUE, COUNT, ORANGE, USD, bars, number, painted, ranking

_EMPTY = "No compensation in this range"
_TYPES = {"high_latency": ORANGE, "unsatisfactory_content": BLUE}


def total() -> stat.Panel:
    """Return US dollars paid in the range."""
    return number(
        "Total Compensation",
        "US dollars credited for compensated requests, by the time the payout was counted.",
        queries.payout(queries.RANGE),
        USD,
        _EMPTY,
    ).decimals(4)


def count() -> stat.Panel:
    """Return compensations of the range."""
    return number(
        "Compensation Count",
        "Compensations counted in the range.",
        queries.compensations(queries.RANGE),
        COUNT,
        _EMPTY,
    )


def average() -> stat.Panel:
    """Return US dollars per compensation."""
    return number(
        "Average Per Compensation",
        "US dollars paid in the range divided by the number of compensations.",
        queries.payout_per_compensation(),
        USD,
        _EMPTY,
    ).decimals(6)


def per_day() -> stat.Panel:
    """Return compensations per day of the range."""
    return number(
        "Average Compensation / Day",
        "Number of compensations divided by the days of the range: a count, not an amount.",
        queries.compensations_per_day(),
        COUNT,
        _EMPTY,
    ).decimals(2)


def credits_by_type() -> timeseries.Panel:
    """Return US dollars over time by compensation type."""
    panel = bars(
        "Credits of compensation by type",
        "US dollars paid, by compensation type.",
        queries.payout(queries.INTERVAL, "compensation_type"),
        "{{compensation_type}}",
        USD,
        empty=_EMPTY,
    )
    return painted(panel, _TYPES)


def credits_by_model() -> timeseries.Panel:
    """Return US dollars over time by model."""
    return bars(
        "Credits of compensation by model",
        "US dollars paid, by the model of the compensated request.",
        queries.payout(queries.INTERVAL, "model"),
        "{{model}}",
        USD,
        empty=_EMPTY,
    )


def top_credits() -> bargauge.Panel:
    """Return the models with the largest payouts."""
    return ranking(
        "Top models by credits",
        "US dollars of the range for the ten models that were compensated most.",
        queries.top(queries.payout(queries.RANGE, "model")),
        "{{model}}",
        USD,
        empty=_EMPTY,
    ).decimals(4)


def times_by_type() -> timeseries.Panel:
    """Return compensations over time by type."""
    panel = bars(
        "Times of compensation by type",
        "Number of compensations, by type.",
        queries.compensations(queries.INTERVAL, "compensation_type"),
        "{{compensation_type}}",
        COUNT,
        empty=_EMPTY,
    )
    return painted(panel, _TYPES)


def times_by_model() -> timeseries.Panel:
    """Return compensations over time by model."""
    return bars(
        "Times of compensation by model",
        "Number of compensations, by the model of the compensated request.",
        queries.compensations(queries.INTERVAL, "model"),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )


def top_times() -> bargauge.Panel:
    """Return the models compensated most often."""
    return ranking(
        "Top models by times",
        "Compensations of the range for the ten models that were compensated most often.",
        queries.top(queries.compensations(queries.RANGE, "model")),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )
