"""The Provider dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import providers, requests
from .base import board


def build() -> dashboard.Dashboard:
    """Return the providers: their shares, reliability and speed."""
    return board(
        uid="zenmux-provider",
        title="ZenMux Provider",
        description="The console's Provider tab: shares, success and speed of providers.",
        variables=[*variables.provider_filters(payg=True), variables.granularity()],
        elements=(
            row("Overview", 100, y=3),
            place(providers.primary(), 101, x=0, y=4, w=7, h=4),
            place(providers.count(), 102, x=7, y=4, w=4, h=4),
            place(requests.success(), 103, x=11, y=4, w=6, h=4),
            place(providers.fastest(), 104, x=17, y=4, w=7, h=4),
            row("Distribution", 200, y=8),
            place(providers.token_shares(), 201, x=0, y=9, w=12, h=9),
            place(providers.request_shares(), 202, x=12, y=9, w=12, h=9),
            place(providers.requests_over_time(), 203, x=0, y=18, w=24, h=9),
            row("Reliability", 300, y=27),
            place(requests.success_by_provider(), 301, x=0, y=28, w=16, h=9),
            place(requests.success_ranking(), 302, x=16, y=28, w=8, h=9),
            place(requests.errors_by_responsibility(), 303, x=0, y=37, w=16, h=9),
            place(requests.error_types(), 304, x=16, y=37, w=8, h=9),
            place(requests.finish_reasons(), 305, x=0, y=46, w=24, h=9),
            row("Speed", 400, y=55),
            place(providers.latency_over_time(), 401, x=0, y=56, w=16, h=9),
            place(providers.latency(), 402, x=16, y=56, w=8, h=9),
        ),
    )
