"""The catalogue: every metric once, with its help, kind, labels and buckets.

Counting, exposition, documentation, dashboards and tests read it.
"""

from . import account, families, own
from .families import HISTOGRAMS
from .metric import Kind, Metric, Scope

__all__ = [
    "BY_NAME",
    "BY_SCOPE",
    "HISTOGRAMS",
    "METRICS",
    "NOT_COUNTED",
    "NOT_IN_STATE",
    "Kind",
    "Metric",
    "Scope",
]

METRICS: tuple[Metric, ...] = (
    *families.COUNTERS,
    *families.HISTOGRAMS,
    *families.NEWEST,
    *families.COMPENSATED,
    *own.INGEST,
    *own.STATE,
    *account.ACCOUNT,
    *own.PROCESS,
)
BY_NAME = {metric.name: metric for metric in METRICS}
BY_SCOPE = {scope: tuple(m for m in METRICS if m.scope is scope) for scope in Scope}
# The scopes outside the published state, and the scopes without series in the ledger.
NOT_IN_STATE = frozenset({Scope.ACCOUNT, Scope.PROCESS})
NOT_COUNTED = NOT_IN_STATE | {Scope.STATE}
