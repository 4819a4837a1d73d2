"""The Insurance dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import compensation, compensation_details, payouts
from ..promql.selectors import INSURANCE
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return payouts: totals, amounts and counts by type and by model, single requests."""
    return board(
        uid="zenmux-insurance",
        title="ZenMux Insurance",
        description="The console's Insurance page: what ZenMux paid for compensated requests.",
        variables=[
            *variables.key_filters(payg=False),
            variables.compensation_type(),
            variables.granularity("1d"),
            variables.logs_url(),
        ],
        elements=(
            heading("Overview", 100),
            line(
                5,
                (compensation.total(INSURANCE), 101, 12),
                (compensation.count(), 102, 12),
            ),
            line(
                3,
                (compensation.average(), 103, 6),
                (compensation.per_day(), 104, 6),
                (compensation.share_of_cost(), 105, 6),
                (compensation.share_of_requests(), 106, 6),
            ),
            heading("Credits of Compensation", 200),
            line(
                12,
                (compensation.credits_by_type(INSURANCE), 201, 8),
                (compensation.credits_by_model(), 202, 8),
                (compensation.credit_ranking(INSURANCE), 203, 8),
            ),
            heading("Times of Compensation", 300),
            line(
                12,
                (compensation.counts_by_type(), 301, 8),
                (compensation.counts_by_model(), 302, 8),
                (compensation.count_ranking(), 303, 8),
            ),
            heading("Compensation Details", 400),
            line(
                14,
                (compensation_details.details(), 401, 24),
            ),
            heading("Size and delay of payouts", 500),
            line(
                9,
                (payouts.sizes(), 501, 9),
                (payouts.delays(), 502, 9),
                (payouts.mean_delay(), 503, 6),
            ),
        ),
    )
