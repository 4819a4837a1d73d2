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
            place(requests.total(BY_PROVIDER), 101, x=0, y=4, w=6, h=4),
            place(tokens.total(BY_PROVIDER), 102, x=6, y=4, w=6, h=4),
            place(cost.total(BY_PROVIDER), 103, x=12, y=4, w=6, h=4),
            place(compensation.total(BY_PROVIDER), 104, x=18, y=4, w=6, h=4),
            place(requests.success(), 105, x=0, y=8, w=6, h=4),
            place(performance.average_latency(), 106, x=6, y=8, w=6, h=4),
            place(performance.average_first_token(), 107, x=12, y=8, w=6, h=4),
            place(performance.average_throughput(), 108, x=18, y=8, w=6, h=4),
            row("Usage and cost", 200, y=12),
            place(requests.by_outcome(), 201, x=0, y=13, w=12, h=9),
            place(tokens.by_direction(), 202, x=12, y=13, w=12, h=9),
            place(cost.by_model(BY_PROVIDER), 203, x=0, y=22, w=16, h=12),
            place(cost.models(BY_PROVIDER), 204, x=16, y=22, w=8, h=12),
            row("Quality", 300, y=34),
            place(requests.success_by_provider(), 301, x=0, y=35, w=12, h=9),
            place(providers.latency_over_time(), 302, x=12, y=35, w=12, h=9),
            row("Compensation", 400, y=44),
            place(compensation.credits_by_type(BY_PROVIDER), 401, x=0, y=45, w=12, h=12),
            place(compensation.credit_ranking(BY_PROVIDER), 402, x=12, y=45, w=12, h=12),
        ),
    )
