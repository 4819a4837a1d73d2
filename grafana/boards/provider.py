"""The Provider dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import providers, requests
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return the providers: their shares, reliability and speed."""
    return board(
        uid="zenmux-provider",
        title="ZenMux Provider",
        description="The console's Provider tab: shares, success and speed of providers.",
        variables=[*variables.provider_filters(payg=True), variables.granularity()],
        elements=(
            heading("Overview", 100),
            line(
                4,
                (providers.primary(), 101, 7),
                (providers.count(), 102, 4),
                (requests.success(), 103, 6),
                (providers.fastest(), 104, 7),
            ),
            heading("Distribution", 200),
            line(
                9,
                (providers.token_shares(), 201, 12),
                (providers.request_shares(), 202, 12),
            ),
            line(
                9,
                (providers.requests_over_time(), 203, 24),
            ),
            heading("Reliability", 300),
            line(
                12,
                (requests.success_by_provider(), 301, 16),
                (requests.success_ranking(), 302, 8),
            ),
            line(
                12,
                (requests.errors_by_responsibility(), 303, 16),
                (requests.error_types(), 304, 8),
            ),
            line(
                9,
                (requests.finish_reasons(), 305, 24),
            ),
            heading("Speed", 400),
            line(
                12,
                (providers.latency_over_time(), 401, 16),
                (providers.latency(), 402, 8),
            ),
        ),
    )
