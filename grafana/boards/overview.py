"""The Overview dashboard, from top to bottom: the landing page."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import compensation, cost, performance, providers, requests, tokens
from ..promql.selectors import BY_PROVIDER
from .base import board


def build() -> dashboard.Dashboard:
    """Return the account at a glance: usage, cost, quality, compensation."""
    return board(
        uid="zenmux-overview",
        title="ZenMux Overview",
        description="The ZenMux account at a glance: usage, cost, quality, compensation.",
        variables=[
            *variables.provider_filters(payg=True),
            variables.granularity(),
        ],
        elements=(
            row("In the range", 100, y=3),
            place(requests.total(BY_PROVIDER), 101, x=0, y=4, w=4, h=4),
            place(tokens.total(BY_PROVIDER), 102, x=4, y=4, w=5, h=4),
            place(cost.total(BY_PROVIDER), 103, x=9, y=4, w=4, h=4),
            place(requests.success(), 104, x=13, y=4, w=4, h=4),
            place(performance.average_latency(), 105, x=17, y=4, w=3, h=4),
            place(compensation.total(BY_PROVIDER), 106, x=20, y=4, w=4, h=4),
            row("Usage and cost", 200, y=8),
            place(requests.by_outcome(), 201, x=0, y=9, w=12, h=9),
            place(tokens.by_direction(), 202, x=12, y=9, w=12, h=9),
            place(cost.by_model(BY_PROVIDER), 203, x=0, y=18, w=16, h=10),
            place(cost.models(BY_PROVIDER), 204, x=16, y=18, w=8, h=10),
            row("Quality", 300, y=28),
            place(requests.success_by_provider(), 301, x=0, y=29, w=12, h=9),
            place(providers.latency_over_time(), 302, x=12, y=29, w=12, h=9),
            row("Compensation", 400, y=38),
            place(compensation.credits_by_type(BY_PROVIDER), 401, x=0, y=39, w=12, h=9),
            place(compensation.credit_ranking(BY_PROVIDER), 402, x=12, y=39, w=12, h=9),
        ),
    )
