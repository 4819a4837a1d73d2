"""The Cost dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import cost
from ..promql.selectors import BY_KEY
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return the cost: totals, by model, fee item, API key and provider, and the payouts."""
    return board(
        uid="zenmux-cost",
        title="ZenMux Cost",
        description="The console's Cost page, and what is left after discount and payout.",
        variables=[*variables.key_filters(payg=True), variables.granularity()],
        elements=(
            heading("Overview", 100),
            line(
                5,
                (cost.total(BY_KEY), 101, 6),
                (cost.input_cost(), 102, 6),
                (cost.output_cost(), 103, 6),
                (cost.other_cost(), 104, 6),
            ),
            line(
                4,
                (cost.per_request(), 105, 6),
                (cost.per_million(), 106, 6),
                (cost.discount(), 107, 6),
                (cost.net(), 108, 6),
            ),
            heading("By model", 200),
            line(
                12,
                (cost.by_model(BY_KEY), 201, 16),
                (cost.models(BY_KEY), 202, 8),
            ),
            line(
                12,
                (cost.per_request_by_model(), 203, 12),
                (cost.per_million_by_model(), 204, 12),
            ),
            heading("By type", 300),
            line(
                12,
                (cost.by_item(), 301, 16),
                (cost.items(), 302, 8),
            ),
            heading("By API key", 400),
            line(
                12,
                (cost.by_key(), 401, 16),
                (cost.keys(), 402, 8),
            ),
            heading("By provider", 500),
            line(
                12,
                (cost.by_provider(), 501, 16),
                (cost.providers(), 502, 8),
            ),
            heading("What came back", 600),
            line(
                8,
                (cost.payout_share(), 601, 24),
            ),
        ),
    )
