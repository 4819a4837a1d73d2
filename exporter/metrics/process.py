"""The process's own metrics, by the client library: build, readiness, loop lag, sources, CPU.

They are reset with the process; counters that must survive a restart are in the ledger.
"""

import contextlib
import platform
from collections.abc import Callable, Iterable

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

from .. import __version__
from ..catalogue import BY_NAME
from ..implementation import is_compiled
from ..sources import FileState, SourceStatus
from .kafka import KafkaMetrics
from .text_format import Format


class ProcessMetrics:
    """The metrics of the running process, in a registry of their own."""

    def __init__(self, *, demo: bool) -> None:
        """`demo`: whether the data is generated."""
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        self._before: Callable[[Format], str] | None = None
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        build = self._gauge("zenmux_exporter_build_info")
        build.labels(__version__, platform.python_version(), str(is_compiled()).lower()).set(1)
        self._gauge("zenmux_exporter_demo").set(int(demo))
        self._reloaded = self._gauge("zenmux_exporter_config_last_reload_successful")
        self._reloaded.set(1)
        self._web_config = self._gauge("zenmux_exporter_web_config_last_reload_successful")
        self._web_config.set(1)
        self._connections = self._gauge("zenmux_exporter_http_connections")
        self._refused = self._counter("zenmux_exporter_http_refused_total")
        self._pushes = self._counter("zenmux_exporter_push_requests_total")
        self._ignored = self._counter("zenmux_exporter_otlp_ignored_total")
        self._ready = self._gauge("zenmux_exporter_ready")
        self._lag_bytes = self._gauge("zenmux_exporter_source_lag_bytes")
        self._last_read = self._gauge("zenmux_exporter_source_last_read_timestamp_seconds")
        self._files = self._gauge("zenmux_exporter_source_files")
        self._kafka = KafkaMetrics(self._registry)
        self._sources: set[str] = set()
        self._ledger_created = self._gauge("zenmux_exporter_ledger_created_timestamp_seconds")
        self._committed = self._gauge("zenmux_exporter_checkpoint_last_success_timestamp_seconds")
        self._ledger_size = self._gauge("zenmux_exporter_checkpoint_size_bytes")
        self._replayed = self._gauge("zenmux_exporter_checkpoint_replayed_bytes")
        self._failures = self._counter("zenmux_exporter_checkpoint_failures_total")
        self._unseen = self._counter("zenmux_exporter_compensated_requests_unseen_total")
        self._unseen_total = 0
        self._facts_evicted = self._counter("zenmux_exporter_request_facts_evicted_total")
        self._facts_missing = self._counter("zenmux_exporter_request_facts_missing_total")
        self._facts_totals = 0, 0
        self._commit_seconds = self._histogram("zenmux_exporter_checkpoint_duration_seconds")
        self._loop_lag = self._histogram("zenmux_exporter_event_loop_lag_seconds")

    def _gauge(self, name: str) -> Gauge:
        metric = BY_NAME[name]
        return Gauge(metric.name, metric.help, metric.labels, registry=self._registry)

    def _counter(self, name: str) -> Counter:
        metric = BY_NAME[name]
        return Counter(metric.name, metric.help, metric.labels, registry=self._registry)

    def _histogram(self, name: str) -> Histogram:
        metric = BY_NAME[name]
        bounds = [float(bound) for bound in metric.buckets.split()]
        return Histogram(metric.name, metric.help, buckets=bounds, registry=self._registry)

    def set_ledger_created(self, microseconds: int) -> None:
        """Set the creation time of the ledger, which identifies it."""
        self._ledger_created.set(microseconds / 1e6)

    def succeeded(self, seconds: float, size: int) -> None:
        """Record a commit: its duration, and the ledger's size in bytes after it."""
        self._committed.set_to_current_time()
        self._commit_seconds.observe(seconds)
        self._ledger_size.set(size)

    def failed(self) -> None:
        """Count a failed commit, which will be retried."""
        self._failures.inc()

    def set_facts(self, evicted: int, missing: int) -> None:
        """Raise the counters of evicted and missing facts to their totals."""
        known_evicted, known_missing = self._facts_totals
        self._facts_evicted.inc(evicted - known_evicted)
        self._facts_missing.inc(missing - known_missing)
        self._facts_totals = evicted, missing

    def set_replayed(self, size: int) -> None:
        """Set the bytes after the committed positions at the start."""
        self._replayed.set(size)

    def set_reloaded(self, *, successful: bool) -> None:
        """Set whether the last load of the configuration succeeded."""
        self._reloaded.set(int(successful))

    def set_web_config(self, successful: bool) -> None:
        """Set whether the last read of the web configuration file succeeded."""
        self._web_config.set(int(successful))

    def set_connections(self, number: int) -> None:
        """Set how many connections are open."""
        self._connections.set(number)

    def count_refused(self, reason: str) -> None:
        """Count a refused request, or a dropped connection."""
        self._refused.labels(reason).inc()

    def count_push(self, status: int) -> None:
        """Count a push by the status of its answer."""
        self._pushes.labels(str(status)).inc()

    def count_ignored(self, signal: str, number: int) -> None:
        """Count spans or log records in an OTLP request that are not model calls."""
        self._ignored.labels(signal).inc(number)

    def set_ready(self, ready: bool) -> None:
        """Set whether /-/ready answers 200."""
        self._ready.set(int(ready))

    def set_sources(self, statuses: Iterable[SourceStatus]) -> None:
        """Set each source's lag, the time of its last read, and its files by state."""
        told: set[str] = set()
        for status in statuses:
            told.add(status.source)
            self._lag_bytes.labels(status.source).set(status.lag_bytes)
            if status.last_read:
                self._last_read.labels(status.source).set(status.last_read)
            for state, number in status.files.items():
                self._files.labels(status.source, state.value).set(number)
            self._kafka.show(status)
        # A source that is no longer configured would keep its alerts.
        for source in self._sources - told:
            with contextlib.suppress(KeyError):
                self._lag_bytes.remove(source)
                self._last_read.remove(source)
            for state in FileState:
                self._files.remove(source, state.value)
            self._kafka.remove(source)
        self._sources = told

    def set_unseen(self, total: int) -> None:
        """Raise the counter of unseen compensated requests to its total."""
        self._unseen.inc(total - self._unseen_total)
        self._unseen_total = total

    def observe_loop_lag(self, seconds: float) -> None:
        """Observe how late the event loop ran a timer."""
        self._loop_lag.observe(seconds)

    def values(self) -> dict[str, float]:
        """Return the values of samples without labels, by name."""
        families = self._registry.collect()
        return {
            sample.name: sample.value
            for family in families
            for sample in family.samples
            if not sample.labels
        }

    def show_before(self, render: Callable[[Format], str]) -> None:
        """Show the text that a function returns before these metrics, at each scrape."""
        self._before = render

    def render(self, form: Format) -> bytes:
        """Return the exposition of these metrics, with `# EOF` in OpenMetrics."""
        before = self._before(form).encode() if self._before else b""
        if form is Format.OPENMETRICS:
            own = generate_openmetrics(self._registry)  # type: ignore[no-untyped-call]
            return before + bytes(own)
        return before + bytes(generate_latest(self._registry))
