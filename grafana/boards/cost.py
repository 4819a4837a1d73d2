"""The Cost dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import cost
from ..promql.selectors import BY_KEY
from .base import board


def build() -> dashboard.Dashboard:
    """Return the cost: totals, by model, fee item, API key and provider, and the payouts."""
    return board(
        uid="zenmux-cost",
        title="ZenMux Cost",
        description="The console's Cost page, and what is left after discount and payout.",
        variables=[*variables.key_filters(payg=True), variables.granularity()],
        elements=(
            row("Overview", 100, y=3),
            place(cost.total(BY_KEY), 101, x=0, y=4, w=6, h=4),
            place(cost.input_cost(), 102, x=6, y=4, w=6, h=4),
            place(cost.output_cost(), 103, x=12, y=4, w=6, h=4),
            place(cost.other_cost(), 104, x=18, y=4, w=6, h=4),
            place(cost.per_request(), 105, x=0, y=8, w=6, h=4),
            place(cost.per_million(), 106, x=6, y=8, w=6, h=4),
            place(cost.discount(), 107, x=12, y=8, w=6, h=4),
            place(cost.net(), 108, x=18, y=8, w=6, h=4),
            row("By model", 200, y=12),
            place(cost.by_model(BY_KEY), 201, x=0, y=13, w=16, h=10),
            place(cost.models(BY_KEY), 202, x=16, y=13, w=8, h=10),
            place(cost.per_request_by_model(), 203, x=0, y=23, w=12, h=9),
            place(cost.per_million_by_model(), 204, x=12, y=23, w=12, h=9),
            row("By type", 300, y=32),
            place(cost.by_item(), 301, x=0, y=33, w=16, h=10),
            place(cost.items(), 302, x=16, y=33, w=8, h=10),
            row("By API key", 400, y=43),
            place(cost.by_key(), 401, x=0, y=44, w=16, h=10),
            place(cost.keys(), 402, x=16, y=44, w=8, h=10),
            row("By provider", 500, y=54),
            place(cost.by_provider(), 501, x=0, y=55, w=16, h=9),
            place(cost.providers(), 502, x=16, y=55, w=8, h=9),
            row("What came back", 600, y=64),
            place(cost.payout_share(), 601, x=0, y=65, w=24, h=8),
        ),
    )
