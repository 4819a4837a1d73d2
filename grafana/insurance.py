"""The Insurance dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from . import variables
from .board import board
from .panels import compensation, details
from .sdk import place, row


def build() -> dashboard.Dashboard:
    """Return payouts: totals, credits and times by type and by model, the requests."""
    return board(
        uid="zenmux-insurance",
        title="ZenMux Insurance",
        description="Insurance compensations counted from ZenMux request logs.",
        variables=variables.insurance(),
        elements=(
            row("Overview", 100, y=3),
            place(compensation.total(), 101, x=0, y=4, w=6, h=4),
            place(compensation.count(), 102, x=6, y=4, w=6, h=4),
            place(compensation.average(), 103, x=12, y=4, w=6, h=4),
            place(compensation.per_day(), 104, x=18, y=4, w=6, h=4),
            row("Credits of Compensation", 200, y=8),
            place(compensation.credits_by_type(), 201, x=0, y=9, w=8, h=9),
            place(compensation.credits_by_model(), 202, x=8, y=9, w=8, h=9),
            place(compensation.top_credits(), 203, x=16, y=9, w=8, h=9),
            row("Times of Compensation", 300, y=18),
            place(compensation.times_by_type(), 301, x=0, y=19, w=8, h=9),
            place(compensation.times_by_model(), 302, x=8, y=19, w=8, h=9),
            place(compensation.top_times(), 303, x=16, y=19, w=8, h=9),
            row("Compensation Details", 400, y=28),
            place(details.unsatisfactory_content(), 401, x=0, y=29, w=24, h=9),
            place(details.high_latency(), 402, x=0, y=38, w=24, h=9),
            place(details.every_type(), 403, x=0, y=47, w=24, h=12),
        ),
    )
