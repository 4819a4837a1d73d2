"""The dashboards, one module each."""

from collections.abc import Callable

from grafana_foundation_sdk.builders import dashboard

from . import account, cost, exporter, insurance, overview, performance, provider, usage

# By file name, in the order of the documentation.
BOARDS: dict[str, Callable[[], dashboard.Dashboard]] = {
    "overview": overview.build,
    "insurance": insurance.build,
    "usage": usage.build,
    "provider": provider.build,
    "performance": performance.build,
    "cost": cost.build,
    "account": account.build,
    "exporter": exporter.build,
}
