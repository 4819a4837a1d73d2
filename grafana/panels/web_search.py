"""Web searches: requests that used them, calls made, tokens spent."""

from grafana_foundation_sdk.builders import stat, timeseries

from .. import measures
from ..common import COUNT, WHOLE, painted
from ..kinds import bars, number
from ..queries import RANGE, top_bars

_EMPTY = "No web search in this range"


def tokens() -> stat.Panel:
    """Return tokens of those requests."""
    return number(
        "Web Search Tokens",
        "All tokens of the requests that searched the web; they are part of the totals above.",
        measures.web_search_tokens(RANGE),
        WHOLE,
        _EMPTY,
    ).decimals(0)


def calls() -> stat.Panel:
    """Return web searches of the range."""
    return number(
        "Web Search Calls",
        "Web searches made in the range; one request may search several times.",
        measures.web_search_calls(RANGE),
        WHOLE,
        _EMPTY,
    ).decimals(0)


def requests() -> stat.Panel:
    """Return requests of the range that searched the web."""
    return number(
        "Requests with Web Search",
        "Requests of the range that searched the web at least once.",
        measures.web_search_requests(RANGE),
        WHOLE,
        _EMPTY,
    ).decimals(0)


def tokens_by_model() -> timeseries.Panel:
    """Return tokens of searching requests over time by model."""
    return painted(
        bars(
            "Web search tokens by model",
            "Tokens of the requests that searched the web, of the ten models with the most; Other "
            "is all the rest. A bar is what was counted from its time to the next bar's.",
            top_bars(measures.SEARCH_TOKENS, "model"),
            "{{model}}",
            COUNT,
            empty=_EMPTY,
        ),
        "Other",
    )


def calls_by_model() -> timeseries.Panel:
    """Return web searches over time by model."""
    return painted(
        bars(
            "Web search calls by model",
            "Web searches made by the requests of the ten models with the most; Other is all the "
            "rest. A bar is what was counted from its time to the next bar's.",
            top_bars(measures.SEARCHES, "model"),
            "{{model}}",
            COUNT,
            empty=_EMPTY,
        ),
        "Other",
    )
