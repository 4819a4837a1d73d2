"""The Performance dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import baseline, performance
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return the speed of models: averages, extremes, quantiles, distributions."""
    return board(
        uid="zenmux-performance",
        title="ZenMux Performance",
        description="The console's Performance tab: latency and throughput of all API keys.",
        variables=[*variables.provider_filters(payg=True), variables.granularity()],
        elements=(
            heading("Overview", 100),
            line(
                4,
                (performance.average_latency(), 101, 8),
                (performance.average_throughput(), 102, 8),
                (performance.average_first_token(), 103, 8),
            ),
            line(
                4,
                (performance.fastest(), 104, 6),
                (performance.slowest(), 105, 6),
                (performance.highest_throughput(), 106, 6),
                (performance.lowest_throughput(), 107, 6),
            ),
            heading("First token", 200),
            line(
                12,
                (performance.first_token_by_model(), 201, 16),
                (performance.first_token_models(), 202, 8),
            ),
            line(
                9,
                (performance.first_token_quantiles(), 203, 12),
                (performance.first_token_distribution(), 204, 12),
            ),
            heading("Throughput", 300),
            line(
                12,
                (performance.throughput_by_model(), 301, 16),
                (performance.throughput_models(), 302, 8),
            ),
            line(
                9,
                (performance.throughput_quantiles(), 303, 12),
                (performance.throughput_distribution(), 304, 12),
            ),
            heading("Is it me, or everybody?", 500),
            line(
                12,
                (baseline.comparison(), 501, 24),
            ),
            heading("Whole request", 400),
            line(
                9,
                (performance.latency_quantiles(), 401, 24),
            ),
            line(
                9,
                (performance.latency_by_model(), 402, 12),
                (performance.generation_by_model(), 403, 12),
            ),
        ),
    )
