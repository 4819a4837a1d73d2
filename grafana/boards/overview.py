"""The Overview dashboard, from top to bottom: the landing page."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import account, compensation, cost, performance, providers, requests, tokens
from ..promql.selectors import BY_PROVIDER
from .base import board, folded, heading, line


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
            heading("In the range", 100),
            line(
                5,
                (requests.total(BY_PROVIDER), 101, 6),
                (tokens.total(BY_PROVIDER), 102, 6),
                (cost.total(BY_PROVIDER), 103, 6),
                (compensation.total(BY_PROVIDER), 104, 6),
            ),
            line(
                4,
                (requests.success(), 105, 6),
                (performance.average_latency(), 106, 6),
                (performance.average_first_token(), 107, 6),
                (performance.average_throughput(), 108, 6),
            ),
            heading("Usage and cost", 200),
            line(
                9,
                (requests.by_outcome(), 201, 12),
                (tokens.by_direction(), 202, 12),
            ),
            line(
                12,
                (cost.by_model(BY_PROVIDER), 203, 16),
                (cost.models(BY_PROVIDER), 204, 8),
            ),
            heading("Quality", 300),
            line(
                9,
                (requests.success_by_provider(), 301, 12),
                (providers.latency_over_time(), 302, 12),
            ),
            heading("Compensation", 400),
            line(
                12,
                (compensation.credits_by_type(BY_PROVIDER), 401, 12),
                (compensation.credit_ranking(BY_PROVIDER), 402, 12),
            ),
            folded(
                "Account, with a management key",
                500,
                4,
                (account.balance(), 501, 6),
                (account.lasts(), 502, 6),
                (account.status(), 503, 6),
                (account.plan_expires(), 504, 6),
            ),
        ),
    )
