"""The Performance dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import performance
from .base import board


def build() -> dashboard.Dashboard:
    """Return the speed of models: averages, extremes, quantiles, distributions."""
    return board(
        uid="zenmux-performance",
        title="ZenMux Performance",
        description="The console's Performance tab: latency and throughput of all API keys.",
        variables=[*variables.provider_filters(payg=True), variables.granularity()],
        elements=(
            row("Overview", 100, y=3),
            place(performance.average_latency(), 101, x=0, y=4, w=8, h=4),
            place(performance.average_throughput(), 102, x=8, y=4, w=8, h=4),
            place(performance.average_first_token(), 103, x=16, y=4, w=8, h=4),
            place(performance.fastest(), 104, x=0, y=8, w=6, h=4),
            place(performance.slowest(), 105, x=6, y=8, w=6, h=4),
            place(performance.highest_throughput(), 106, x=12, y=8, w=6, h=4),
            place(performance.lowest_throughput(), 107, x=18, y=8, w=6, h=4),
            row("First token", 200, y=12),
            place(performance.first_token_by_model(), 201, x=0, y=13, w=16, h=10),
            place(performance.first_token_models(), 202, x=16, y=13, w=8, h=10),
            place(performance.first_token_quantiles(), 203, x=0, y=23, w=12, h=9),
            place(performance.first_token_distribution(), 204, x=12, y=23, w=12, h=9),
            row("Throughput", 300, y=32),
            place(performance.throughput_by_model(), 301, x=0, y=33, w=16, h=10),
            place(performance.throughput_models(), 302, x=16, y=33, w=8, h=10),
            place(performance.throughput_quantiles(), 303, x=0, y=43, w=12, h=9),
            place(performance.throughput_distribution(), 304, x=12, y=43, w=12, h=9),
            row("Whole request", 400, y=52),
            place(performance.latency_quantiles(), 401, x=0, y=53, w=24, h=9),
            place(performance.latency_by_model(), 402, x=0, y=62, w=12, h=9),
            place(performance.generation_by_model(), 403, x=12, y=62, w=12, h=9),
        ),
    )
