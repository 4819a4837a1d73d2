"""Web searches: requests that used them, calls made, tokens spent."""

from grafana_foundation_sdk.builders import stat, timeseries

from .. import queries
from ..common import COUNT, bars, number

_EMPTY = "No web search in this range"


def calls() -> stat.Panel:
    """Return web searches of the range."""
    return number(
        "Web search calls",
        "Web searches made in the range; one request may search several times.",
        queries.web_search_calls(queries.RANGE),
        COUNT,
        _EMPTY,
    )


def requests() -> stat.Panel:
    """Return requests of the range that searched the web."""
    return number(
        "Requests with web search",
        "Requests of the range that searched the web at least once.",
        queries.web_search_requests(queries.RANGE),
        COUNT,
        _EMPTY,
    )


def tokens() -> stat.Panel:
    """Return tokens of those requests."""
    return number(
        "Web search tokens",
        "All tokens of the requests that searched the web; they are part of the totals above.",
        queries.web_search_tokens(queries.RANGE),
        COUNT,
        _EMPTY,
    )


def calls_by_model() -> timeseries.Panel:
    """Return web searches over time by model."""
    return bars(
        "Web search calls by model",
        "Web searches made by each model's requests.",
        queries.web_search_calls(queries.INTERVAL, "model"),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )


def tokens_by_model() -> timeseries.Panel:
    """Return tokens of searching requests over time by model."""
    return bars(
        "Web search tokens by model",
        "Tokens of the requests that searched the web, by model.",
        queries.web_search_tokens(queries.INTERVAL, "model"),
        "{{model}}",
        COUNT,
        empty=_EMPTY,
    )
