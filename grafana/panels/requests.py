"""Requests: totals, outcomes, errors, finish reasons, by model and by API key."""

from functools import partial

from grafana_foundation_sdk.builders import bargauge, stat, timeseries

from ..builders import figures
from ..builders.charts import bars, lines, ranking
from ..builders.colours import with_colours
from ..builders.figures import Figure
from ..builders.numbers import compared_mean, number
from ..builders.units import COUNT, RATIO
from ..promql import measures
from ..promql.measures import DECIDED, ERRORS, FINISH_REASONS, REQUESTS, counted
from ..promql.rankings import top, top_bars
from ..promql.selectors import BY_KEY, BY_PROVIDER, INTERVAL, RANGE, View, increases

EMPTY = "No requests in this range"
_NO_ERRORS = "No failed requests in this range"


def total(view: View) -> Figure:
    """Return the number of requests in the range."""
    return figures.count(
        "Total API Requests",
        "Requests in the range, failed and cancelled ones too; one that is logged twice counts "
        "once.",
        partial(counted, view, REQUESTS),
        EMPTY,
    )


def success() -> stat.Panel:
    """Return the success rate."""
    value = measures.success_rate(RANGE)
    decided = f"{counted(BY_PROVIDER, REQUESTS, RANGE, only=DECIDED)} > 0"
    panel = number(
        "Average Success Rate",
        "Successful requests divided by successful and failed ones, over all requests of the "
        "range. Cancelled requests are neither.",
        value,
        RATIO,
        EMPTY,
    ).decimals(2)
    return compared_mean(panel, value, decided)


def by_outcome() -> timeseries.Panel:
    """Return requests over time by outcome."""
    return with_colours(
        bars(
            "Requests by outcome",
            "Requests that succeeded, failed or were cancelled. A bar is what was counted from "
            "its time to the next bar's.",
            {"{{outcome}}": counted(BY_PROVIDER, REQUESTS, INTERVAL, "outcome")},
            COUNT,
            empty=EMPTY,
        ),
        "success",
        "error",
        "cancelled",
    )


def by_model(view: View) -> timeseries.Panel:
    """Return requests over time by model."""
    return with_colours(
        bars(
            "Requests by model",
            "Requests of the ten models with the most in the range; Other is all the rest. "
            "A bar is what was counted from its time to the next bar's.",
            top_bars(increases(view, REQUESTS), "model"),
            COUNT,
            empty=EMPTY,
        ),
        "Other",
    )


def keys() -> bargauge.Panel:
    """Return the API keys with the most requests."""
    return ranking(
        "Requests by API key",
        "Requests in the range, of every outcome, of the ten API keys with the most; Other is all "
        "the rest.",
        top(increases(BY_KEY, REQUESTS), "api_key"),
        COUNT,
        empty=EMPTY,
    )


def success_by_provider() -> timeseries.Panel:
    """Return the success rate over time by provider."""
    panel = lines(
        "Success rate by provider",
        "Successful requests divided by successful and failed ones, in the interval that begins "
        "at each point; no point for fewer than ten requests.",
        {"{{provider}}": measures.success_rate(INTERVAL, "provider", at_least=10)},
        RATIO,
        empty=EMPTY,
    )
    return panel.axis_soft_min(0.9).max(1)


def success_ranking() -> bargauge.Panel:
    """Return the success rate by provider."""
    return ranking(
        "Success rate by provider in the range",
        "Successful requests divided by successful and failed ones, for each provider.",
        {"{{provider}}": measures.success_rate(RANGE, "provider")},
        RATIO,
        empty=EMPTY,
    ).max(1)


def errors_by_responsibility() -> timeseries.Panel:
    """Return failed requests over time by responsibility."""
    return with_colours(
        bars(
            "Errors by responsibility",
            "Failed requests by who is responsible: client (the request was wrong), quota (limits "
            "and credit), platform (ZenMux), provider. Of all API keys. A bar is what was counted "
            "from its time to the next bar's.",
            {"{{responsibility}}": counted(BY_PROVIDER, ERRORS, INTERVAL, "responsibility")},
            COUNT,
            empty=_NO_ERRORS,
        ),
        "client",
        "quota",
        "platform",
        "provider",
    )


def error_types() -> bargauge.Panel:
    """Return the most frequent error types."""
    return ranking(
        "Error types",
        "Failed requests in the range of the ten most frequent error types; Other is all the "
        "rest. Of all API keys.",
        top(increases(BY_PROVIDER, ERRORS), "error_type"),
        COUNT,
        empty=_NO_ERRORS,
    )


def finish_reasons() -> timeseries.Panel:
    """Return requests over time by finish reason."""
    return bars(
        "Finish reasons",
        "Requests by how the answer ended, normalized to ZenMux's names. Of all API keys. "
        "A bar is what was counted from its time to the next bar's.",
        {"{{finish_reason}}": counted(BY_PROVIDER, FINISH_REASONS, INTERVAL, "finish_reason")},
        COUNT,
        empty=EMPTY,
    )
