"""The Account dashboard, from top to bottom."""

from grafana_foundation_sdk.builders import dashboard

from ..builders import variables
from ..panels import account
from .base import board, heading, line


def build() -> dashboard.Dashboard:
    """Return the account: balance, subscription windows, status, and ZenMux's API."""
    return board(
        uid="zenmux-account",
        title="ZenMux Account",
        description="Balance, quotas and status, as ZenMux's own API reports them (section "
        "`account` of the exporter's configuration).",
        variables=[variables.granularity()],
        elements=(
            heading("Now", 100),
            line(
                4,
                (account.balance(), 101, 6),
                (account.lasts(), 102, 6),
                (account.status(), 103, 6),
                (account.flow_rate(), 104, 6),
            ),
            line(
                4,
                (account.plan(), 105, 8),
                (account.plan_price(), 106, 8),
                (account.plan_expires(), 107, 8),
            ),
            heading("Pay as you go", 200),
            line(9, (account.credits_over_time(), 201, 12), (account.spent(), 202, 12)),
            line(9, (account.bonus(), 203, 24)),
            heading("Subscription", 300),
            line(6, (account.windows(), 301, 24)),
            line(
                9,
                (account.windows_over_time(), 302, 12),
                (account.rates_over_time(), 303, 12),
            ),
            heading("ZenMux's API", 400),
            line(
                8,
                (account.answers(), 401, 8),
                (account.failures(), 402, 8),
                (account.statistics(), 403, 8),
            ),
            line(
                6,
                (account.generations(), 404, 12),
                (account.generations_open(), 405, 12),
            ),
        ),
    )
