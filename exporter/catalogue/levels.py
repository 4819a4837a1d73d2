"""The sums that the bundle's recording rules record: every counter, at the levels of the panels.

The rules record each total once a minute, and its increase since the last evaluation. A panel adds
the increases of its range. `backfill` writes the same series, so history has them too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .families import HISTOGRAMS
from .metric import Kind, Metric, Scope


@dataclass(frozen=True, slots=True)
class Level:
    """A choice of labels to keep; recorded names begin with its name.

    `dropped`: labels that are summed over. No level has both `api_key` and `provider`: all pairs
    of both would be many series, and the console never filters by both.
    """

    name: str
    dropped: frozenset[str] = frozenset()


PROVIDER = Level("provider", frozenset({"api_key"}))
API_KEY = Level("api_key", frozenset({"provider"}))
COMPENSATION_TYPE = Level("compensation_type")
SOURCE = Level("source")
INSTANCE = Level("instance")

# The evaluation time, recorded for each exporter that has counted the logs it found at its start,
# with the creation time of its ledger as a label. `backfill` records it without that label: any
# ledger may continue a history.
READY = "instance:zenmux_exporter_ready:timestamp_seconds"
LEDGER = "ledger"
# The last value of `READY` for each exporter and ledger before an evaluation.
READY_BEFORE = "instance:zenmux_exporter_ready:last_timestamp_seconds"
# The evaluation time, recorded for each exporter whose totals continue those recorded last, with
# the ledger if they are not those of `backfill`.
CONTINUED = "instance:zenmux_exporter_ledger_continued:timestamp_seconds"
# The payout of each compensated request that is shown, and its increase: one sample, at the
# evaluation that first saw it.
COMPENSATED_TOTAL = "generation:zenmux_compensated_request_payout_usd:max"
COMPENSATED_INCREASE = "generation:zenmux_compensated_request_payout_usd:increase"
# The label that both have besides the gauge's own: the request's time, in Unix milliseconds.
TIMESTAMP = "timestamp_ms"


@dataclass(frozen=True, slots=True)
class RecordedSum:
    """A counter, or one of a histogram's three counters, summed to a level.

    `suffix` is `_bucket`, `_sum` or `_count` for a histogram; `labels` are those kept, without
    Prometheus's own `job` and `instance`.
    """

    level: Level
    metric: Metric
    suffix: str
    labels: tuple[str, ...]

    @property
    def counter(self) -> str:
        """The name of the exporter's counter."""
        return f"{self.metric.name}{self.suffix}"

    @property
    def total(self) -> str:
        """The name of the recorded total."""
        return f"{self._stem}:sum"

    @property
    def increase(self) -> str:
        """The name of the recorded increase since the previous evaluation."""
        return f"{self._stem}:increase"

    @property
    def has_zeros(self) -> bool:
        """Return True if increases of 0 are recorded too: a success rate of 0 % needs them."""
        return self.level is PROVIDER and "outcome" in self.labels

    @property
    def _stem(self) -> str:
        return f"{self.level.name}:{self.counter.removesuffix('_total')}"


def levels_of(metric: Metric) -> tuple[Level, ...]:
    """Return the levels at which a metric is recorded; none if the ledger does not count it."""
    if metric.kind is Kind.GAUGE:
        return ()
    if metric.scope is Scope.SOURCE:
        return (SOURCE,)
    if metric.scope is Scope.EXPORTER:
        return (INSTANCE,)
    if metric.scope is not Scope.REQUESTS:
        return ()
    if "provider" not in metric.labels:
        return (COMPENSATION_TYPE,)
    return (PROVIDER, API_KEY) if "api_key" in metric.labels else (PROVIDER,)


def recorded_sums(metric: Metric) -> Iterator[RecordedSum]:
    """Yield the recorded sums of a metric."""
    suffixes = ("_bucket", "_sum", "_count") if metric in HISTOGRAMS else ("",)
    for level in levels_of(metric):
        kept = tuple(label for label in metric.labels if label not in level.dropped)
        for suffix in suffixes:
            labels = (*kept, "le") if suffix == "_bucket" else kept
            yield RecordedSum(level, metric, suffix, labels)
