"""The process's own metrics, by the client library: build, readiness, loop lag, sources, CPU."""

import platform
from collections.abc import Iterable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics

from . import __version__
from .catalog import BY_NAME
from .exposition import Format
from .ledger import IS_COMPILED
from .sources import SourceStatus


class ProcessMetrics:
    """Gauges that the running process sets, in a registry of their own."""

    def __init__(self, *, demo: bool) -> None:
        """`demo`: whether the data is generated."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        build = self._gauge("zenmux_exporter_build_info")
        build.labels(__version__, platform.python_version(), str(IS_COMPILED).lower()).set(1)
        self._gauge("zenmux_exporter_demo").set(int(demo))
        self._reloaded = self._gauge("zenmux_exporter_config_last_reload_successful")
        self._reloaded.set(1)
        self._ready = self._gauge("zenmux_exporter_ready")
        self._lag_bytes = self._gauge("zenmux_exporter_source_lag_bytes")
        self._last_read = self._gauge("zenmux_exporter_source_last_read_timestamp_seconds")
        self._committed = self._gauge("zenmux_exporter_checkpoint_last_success_timestamp_seconds")
        self._ledger_size = self._gauge("zenmux_exporter_checkpoint_size_bytes")
        self._replayed = self._gauge("zenmux_exporter_checkpoint_replayed_bytes")
        failures = BY_NAME["zenmux_exporter_checkpoint_failures_total"]
        self._failures = Counter(failures.name, failures.help, registry=self._registry)
        self._commit_seconds = self._histogram("zenmux_exporter_checkpoint_duration_seconds")
        self._loop_lag = self._histogram("zenmux_exporter_event_loop_lag_seconds")

    def _gauge(self, name: str) -> Gauge:
        metric = BY_NAME[name]
        return Gauge(metric.name, metric.help, metric.labels, registry=self._registry)

    def _histogram(self, name: str) -> Histogram:
        metric = BY_NAME[name]
        bounds = [float(bound) for bound in metric.buckets.split()]
        return Histogram(metric.name, metric.help, buckets=bounds, registry=self._registry)

    def succeeded(self, seconds: float, size: int) -> None:
        """A commit took so long and left the ledger with so many bytes."""
        self._committed.set_to_current_time()
        self._commit_seconds.observe(seconds)
        self._ledger_size.set(size)

    def failed(self) -> None:
        """A commit failed and will be tried again."""
        self._failures.inc()

    def set_replayed(self, size: int) -> None:
        """Bytes that stood behind the committed positions at start."""
        self._replayed.set(size)

    def set_reloaded(self, *, successful: bool) -> None:
        """Whether the last loading of the configuration succeeded."""
        self._reloaded.set(int(successful))

    def set_ready(self, ready: bool) -> None:
        """Whether /-/ready answers 200."""
        self._ready.set(int(ready))

    def set_sources(self, statuses: Iterable[SourceStatus]) -> None:
        """How far each source is behind, and when it was read last."""
        for status in statuses:
            self._lag_bytes.labels(status.source).set(status.lag_bytes)
            if status.last_read:
                self._last_read.labels(status.source).set(status.last_read)

    def observe_loop_lag(self, seconds: float) -> None:
        """How late the event loop ran a timer."""
        self._loop_lag.observe(seconds)

    def render(self, form: Format) -> bytes:
        """The exposition of these metrics, with `# EOF` in OpenMetrics."""
        if form is Format.OPENMETRICS:
            return bytes(generate_openmetrics(self._registry))  # type: ignore[no-untyped-call]
        return bytes(generate_latest(self._registry))
