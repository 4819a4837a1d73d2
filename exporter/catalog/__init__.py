"""The catalogue: every metric once. Aggregation, exposition, documentation and tests read it.

A counter's `value` gives what a tally of its scope adds: pairs of (extra label values, amount) in
units of 10^-places; a histogram's gives the tally's observations. Gauges and the process's own
metrics have no `value`: they are set where the catalogue's `scope` says.
"""

from . import families, own
from .families import BUCKETS, DIRECTIONS, INPUT, OUTPUT, direction
from .metric import Kind, Metric, Scope

__all__ = [
    "BUCKETS",
    "BY_NAME",
    "BY_SCOPE",
    "DIRECTIONS",
    "INPUT",
    "METRICS",
    "OUTPUT",
    "Kind",
    "Metric",
    "Scope",
    "direction",
]

METRICS: tuple[Metric, ...] = (
    *families.KEY_COUNTERS,
    *families.MODEL_COUNTERS,
    *families.HISTOGRAMS,
    *families.NEWEST,
    *families.COMPENSATED,
    *own.INGEST,
    *own.STATE,
    *own.PROCESS,
)
BY_NAME = {metric.name: metric for metric in METRICS}
BY_SCOPE = {scope: tuple(m for m in METRICS if m.scope is scope) for scope in Scope}
