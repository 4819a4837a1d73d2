"""Metrics of Kafka sources: how far each partition is read, and the client's errors."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from ..catalogue import BY_NAME
from ..sources import SourceStatus

_LAG = BY_NAME["zenmux_exporter_kafka_lag_messages"]
_OFFSET = BY_NAME["zenmux_exporter_kafka_offset"]
_ERRORS = BY_NAME["zenmux_exporter_kafka_errors_total"]


class KafkaMetrics:
    """The metrics of Kafka sources; without such a source they have no series."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the metrics."""
        self._lag = Gauge(_LAG.name, _LAG.help, _LAG.labels, registry=registry)
        self._offset = Gauge(_OFFSET.name, _OFFSET.help, _OFFSET.labels, registry=registry)
        self._errors = Counter(_ERRORS.name, _ERRORS.help, _ERRORS.labels, registry=registry)
        self._shown: dict[str, set[str]] = {}
        self._counted: dict[tuple[str, str], int] = {}

    def show(self, status: SourceStatus) -> None:
        """Show the partitions and errors of a source."""
        told = set()
        for one in status.partitions:
            number = str(one.number)
            told.add(number)
            self._lag.labels(status.source, number).set(one.lag)
            self._offset.labels(status.source, number).set(one.offset)
        self._forget(status.source, told)
        for kind, total in status.errors.items():
            known = self._counted.get((status.source, kind), 0)
            self._errors.labels(status.source, kind).inc(total - known)
            self._counted[status.source, kind] = total

    def remove(self, source: str) -> None:
        """Remove the series of a source's partitions."""
        self._forget(source, set())

    def _forget(self, source: str, told: set[str]) -> None:
        for number in self._shown.get(source, set()) - told:
            self._lag.remove(source, number)
            self._offset.remove(source, number)
        if told or source in self._shown:
            self._shown[source] = told
