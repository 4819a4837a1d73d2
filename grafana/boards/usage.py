"""The Usage dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import requests, tokens, web_search
from ..promql.selectors import BY_KEY
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return tokens and requests: totals, by model, token type and API key, web search."""
    return board(
        uid="zenmux-usage",
        title="ZenMux Usage",
        description="The console's Usage tab: tokens, requests and web searches.",
        variables=[*variables.key_filters(payg=True), variables.granularity()],
        elements=(
            heading("Totals", 100),
            line(
                5,
                (tokens.total(BY_KEY), 101, 6),
                (tokens.input_total(), 102, 6),
                (tokens.output_total(), 103, 6),
                (requests.total(BY_KEY), 104, 6),
            ),
            heading("By model", 200),
            line(
                12,
                (tokens.by_model(), 201, 16),
                (tokens.models(), 202, 8),
            ),
            line(
                10,
                (requests.by_model(BY_KEY), 203, 24),
            ),
            heading("By token type", 300),
            line(
                12,
                (tokens.by_type(), 301, 16),
                (tokens.types(), 302, 8),
            ),
            heading("By API key", 400),
            line(
                10,
                (tokens.by_key(), 401, 24),
            ),
            line(
                12,
                (tokens.keys(), 402, 12),
                (requests.keys(), 403, 12),
            ),
            heading("Web search", 500),
            line(
                4,
                (web_search.tokens(), 501, 8),
                (web_search.calls(), 502, 8),
                (web_search.requests(), 503, 8),
            ),
            line(
                9,
                (web_search.tokens_by_model(), 504, 12),
                (web_search.calls_by_model(), 505, 12),
            ),
            heading("Other billed units", 600),
            line(
                8,
                (tokens.units(), 601, 24),
            ),
        ),
    )
