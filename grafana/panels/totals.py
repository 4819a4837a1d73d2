"""The four numbers of the console's Usage page."""

from grafana_foundation_sdk.builders import stat

from .. import queries
from ..common import COUNT, number

_PLANS = "The console's page leaves subscription usage out: choose plan `payg` to compare."


def total_tokens() -> stat.Panel:
    """Return all tokens of the range."""
    return number(
        "Total tokens",
        f"Tokens of all kinds in the range, each counted once. {_PLANS}",
        queries.tokens(queries.RANGE),
        COUNT,
        "No tokens",
    )


def input_tokens() -> stat.Panel:
    """Return input tokens of the range."""
    return number(
        "Input tokens",
        "Prompt tokens in the range, with those read from and written to a cache.",
        queries.tokens(queries.RANGE, direction="input"),
        COUNT,
        "No input tokens",
    )


def output_tokens() -> stat.Panel:
    """Return output tokens of the range."""
    return number(
        "Output tokens",
        "Completion tokens in the range, with reasoning and audio.",
        queries.tokens(queries.RANGE, direction="output"),
        COUNT,
        "No output tokens",
    )


def api_requests() -> stat.Panel:
    """Return requests of the range."""
    return number(
        "Total API requests",
        "Requests in the range, failed and cancelled ones too; a request logged twice counts once.",
        queries.requests(queries.RANGE),
        COUNT,
        "No requests",
    )
