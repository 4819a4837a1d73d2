"""Web search: requests, calls and tokens."""

from grafana_foundation_sdk.builders import stat, timeseries

from ..builders.charts import bars
from ..builders.colours import with_colours
from ..builders.numbers import number
from ..builders.units import COUNT, EXACT_COUNT
from ..promql.measures import SEARCH_TOKENS, SEARCHES, SEARCHING, counted
from ..promql.rankings import top_bars
from ..promql.selectors import BY_KEY, RANGE, increases

_EMPTY = "No web search in this range"


def tokens() -> stat.Panel:
    """Return the tokens of requests that searched the web."""
    return number(
        "Web Search Tokens",
        "All tokens of the requests that searched the web; they are part of the totals above.",
        counted(BY_KEY, SEARCH_TOKENS, RANGE),
        EXACT_COUNT,
        _EMPTY,
    ).decimals(0)


def calls() -> stat.Panel:
    """Return the number of web searches in the range."""
    return number(
        "Web Search Calls",
        "Web searches made in the range; one request may search several times.",
        counted(BY_KEY, SEARCHES, RANGE),
        EXACT_COUNT,
        _EMPTY,
    ).decimals(0)


def requests() -> stat.Panel:
    """Return the number of requests that searched the web."""
    return number(
        "Requests with Web Search",
        "Requests of the range that searched the web at least once.",
        counted(BY_KEY, SEARCHING, RANGE),
        EXACT_COUNT,
        _EMPTY,
    ).decimals(0)


def tokens_by_model() -> timeseries.Panel:
    """Return the tokens of requests that searched the web over time by model."""
    return with_colours(
        bars(
            "Web search tokens by model",
            "Tokens of the requests that searched the web, of the ten models with the most; Other "
            "is all the rest. A bar is what was counted from its time to the next bar's.",
            top_bars(increases(BY_KEY, SEARCH_TOKENS), "model"),
            COUNT,
            empty=_EMPTY,
        ),
        "Other",
    )


def calls_by_model() -> timeseries.Panel:
    """Return web searches over time by model."""
    return with_colours(
        bars(
            "Web search calls by model",
            "Web searches made by the requests of the ten models with the most; Other is all the "
            "rest. A bar is what was counted from its time to the next bar's.",
            top_bars(increases(BY_KEY, SEARCHES), "model"),
            COUNT,
            empty=_EMPTY,
        ),
        "Other",
    )
