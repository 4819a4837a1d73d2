"""The Usage dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from . import variables
from .board import board
from .panels import requests, tokens, totals, web_search
from .sdk import place, row


def build() -> dashboard.Dashboard:
    """Return tokens and requests: totals, by model, by token type, by API key, web search."""
    return board(
        uid="zenmux-usage",
        title="ZenMux Usage",
        description="Tokens and requests counted from ZenMux request logs.",
        variables=variables.usage(),
        elements=(
            row("Totals", 100, y=3),
            place(totals.total_tokens(), 101, x=0, y=4, w=6, h=4),
            place(totals.input_tokens(), 102, x=6, y=4, w=6, h=4),
            place(totals.output_tokens(), 103, x=12, y=4, w=6, h=4),
            place(totals.api_requests(), 104, x=18, y=4, w=6, h=4),
            row("By model", 200, y=8),
            place(tokens.by_model(), 201, x=0, y=9, w=16, h=10),
            place(tokens.models(), 202, x=16, y=9, w=8, h=10),
            row("By token type", 300, y=19),
            place(tokens.by_type(), 301, x=0, y=20, w=16, h=10),
            place(tokens.types(), 302, x=16, y=20, w=8, h=10),
            row("By API key", 400, y=30),
            place(tokens.api_keys(), 401, x=0, y=31, w=12, h=8),
            place(requests.api_keys(), 402, x=12, y=31, w=12, h=8),
            row("Web search", 500, y=39),
            place(web_search.tokens(), 501, x=0, y=40, w=8, h=4),
            place(web_search.calls(), 502, x=8, y=40, w=8, h=4),
            place(web_search.requests(), 503, x=16, y=40, w=8, h=4),
            place(web_search.tokens_by_model(), 504, x=0, y=44, w=12, h=9),
            place(web_search.calls_by_model(), 505, x=12, y=44, w=12, h=9),
        ),
    )
