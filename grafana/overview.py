"""The Overview dashboard, from top to bottom: the landing page."""

from grafana_foundation_sdk.builders import dashboard

from . import variables
from .board import board
from .panels import calls, compensation, money, providers, speed, tokens
from .sdk import place, row


def build() -> dashboard.Dashboard:
    """Return the account at a glance: how much, at what cost, how well, what came back."""
    return board(
        uid="zenmux-overview",
        title="ZenMux Overview",
        description="The ZenMux account at a glance: usage, cost, quality, compensation.",
        variables=[
            *variables.usage(payg=True),
            variables.compensation_type(),
            variables.granularity(),
        ],
        elements=(
            row("In the range", 100, y=3),
            place(calls.total(), 101, x=0, y=4, w=4, h=4),
            place(tokens.total(), 102, x=4, y=4, w=5, h=4),
            place(money.total(), 103, x=9, y=4, w=4, h=4),
            place(calls.success(), 104, x=13, y=4, w=4, h=4),
            place(speed.average_latency(), 105, x=17, y=4, w=3, h=4),
            place(compensation.total(), 106, x=20, y=4, w=4, h=4),
            row("Usage and cost", 200, y=8),
            place(calls.by_outcome(), 201, x=0, y=9, w=12, h=9),
            place(tokens.by_direction(), 202, x=12, y=9, w=12, h=9),
            place(money.by_model(), 203, x=0, y=18, w=16, h=10),
            place(money.models(), 204, x=16, y=18, w=8, h=10),
            row("Quality", 300, y=28),
            place(calls.success_by_provider(), 301, x=0, y=29, w=12, h=9),
            place(providers.latency_over_time(), 302, x=12, y=29, w=12, h=9),
            row("Compensation", 400, y=38),
            place(compensation.credits_by_type(), 401, x=0, y=39, w=12, h=9),
            place(compensation.top_credits(), 402, x=12, y=39, w=12, h=9),
        ),
    )
