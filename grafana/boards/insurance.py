"""The Insurance dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..builders.sdk import place, row
from ..panels import compensation, compensation_details, payouts
from ..promql.selectors import INSURANCE
from .base import board


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
            row("Overview", 100, y=3),
            place(compensation.total(INSURANCE), 101, x=0, y=4, w=6, h=4),
            place(compensation.count(), 102, x=6, y=4, w=6, h=4),
            place(compensation.average(), 103, x=12, y=4, w=6, h=4),
            place(compensation.per_day(), 104, x=18, y=4, w=6, h=4),
            place(compensation.share_of_cost(), 105, x=0, y=8, w=6, h=3),
            place(compensation.share_of_requests(), 106, x=6, y=8, w=6, h=3),
            place(payouts.mean_delay(), 108, x=12, y=8, w=12, h=3),
            row("Credits of Compensation", 200, y=11),
            place(compensation.credits_by_type(INSURANCE), 201, x=0, y=12, w=8, h=10),
            place(compensation.credits_by_model(), 202, x=8, y=12, w=8, h=10),
            place(compensation.credit_ranking(INSURANCE), 203, x=16, y=12, w=8, h=10),
            row("Times of Compensation", 300, y=22),
            place(compensation.counts_by_type(), 301, x=0, y=23, w=8, h=10),
            place(compensation.counts_by_model(), 302, x=8, y=23, w=8, h=10),
            place(compensation.count_ranking(), 303, x=16, y=23, w=8, h=10),
            row("Compensation Details", 400, y=33),
            place(compensation_details.details(), 401, x=0, y=34, w=24, h=14),
            row("Size and delay of payouts", 500, y=48),
            place(payouts.sizes(), 501, x=0, y=49, w=12, h=9),
            place(payouts.delays(), 502, x=12, y=49, w=12, h=9),
        ),
    )
