"""The Usage dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import requests, tokens, web_search
from ..promql.selectors import BY_KEY
from .base import board


def build() -> dashboard.Dashboard:
    """Return tokens and requests: totals, by model, token type and API key, web search."""
    return board(
        uid="zenmux-usage",
        title="ZenMux Usage",
        description="The console's Usage tab: tokens, requests and web searches.",
        variables=[*variables.key_filters(payg=True), variables.granularity()],
        elements=(
            row("Totals", 100, y=3),
            place(tokens.total(BY_KEY), 101, x=0, y=4, w=6, h=4),
            place(tokens.input_total(), 102, x=6, y=4, w=6, h=4),
            place(tokens.output_total(), 103, x=12, y=4, w=6, h=4),
            place(requests.total(BY_KEY), 104, x=18, y=4, w=6, h=4),
            row("By model", 200, y=8),
            place(tokens.by_model(), 201, x=0, y=9, w=16, h=10),
            place(tokens.models(), 202, x=16, y=9, w=8, h=10),
            place(requests.by_model(BY_KEY), 203, x=0, y=19, w=24, h=10),
            row("By token type", 300, y=29),
            place(tokens.by_type(), 301, x=0, y=30, w=16, h=10),
            place(tokens.types(), 302, x=16, y=30, w=8, h=10),
            row("By API key", 400, y=40),
            place(tokens.by_key(), 401, x=0, y=41, w=24, h=10),
            place(tokens.keys(), 402, x=0, y=51, w=12, h=10),
            place(requests.keys(), 403, x=12, y=51, w=12, h=10),
            row("Web search", 500, y=61),
            place(web_search.tokens(), 501, x=0, y=62, w=8, h=4),
            place(web_search.calls(), 502, x=8, y=62, w=8, h=4),
            place(web_search.requests(), 503, x=16, y=62, w=8, h=4),
            place(web_search.tokens_by_model(), 504, x=0, y=66, w=12, h=9),
            place(web_search.calls_by_model(), 505, x=12, y=66, w=12, h=9),
            row("Other billed units", 600, y=75),
            place(tokens.units(), 601, x=0, y=76, w=24, h=8),
        ),
    )
