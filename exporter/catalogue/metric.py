"""The row type of the catalogue."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The metric types of Prometheus that the exporter uses."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Scope(StrEnum):
    """What a metric is about, and so who sets it.

    The first three are counted series by series and kept in the ledger.
    """

    REQUESTS = "requests"
    SOURCE = "source"  # what was read from a source
    EXPORTER = "exporter"  # what the exporter noticed while counting
    STATE = "state"  # gauges rendered from the published state
    ACCOUNT = "account"  # the answers of ZenMux's API, and its health
    PROCESS = "process"  # set through the client library by the running process


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family.

    `places`: its values are integers in units of 10^-places. `buckets`: for a counted histogram the
    name of its configured buckets, for one of the process their upper bounds.
    """

    name: str
    help: str
    kind: Kind
    scope: Scope
    labels: tuple[str, ...] = ()
    places: int = 0
    buckets: str = ""

    @property
    def is_request_family(self) -> bool:
        """Return True for metrics of requests: absent until the existing content is counted."""
        return self.scope is Scope.REQUESTS


def counter(
    name: str,
    scope: Scope,
    labels: tuple[str, ...],
    text: str,
    places: int = 0,
) -> Metric:
    """Return the row of a counter."""
    return Metric(name, text, Kind.COUNTER, scope, labels, places)


def histogram(
    name: str,
    scope: Scope,
    labels: tuple[str, ...],
    buckets: str,
    places: int,
    text: str,
) -> Metric:
    """Return the row of a histogram."""
    return Metric(name, text, Kind.HISTOGRAM, scope, labels, places, buckets)


def gauge(name: str, scope: Scope, labels: tuple[str, ...], text: str, places: int = 0) -> Metric:
    """Return the row of a gauge; `places` if its values are scaled integers."""
    return Metric(name, text, Kind.GAUGE, scope, labels, places)
