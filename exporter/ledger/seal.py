"""The seal: a batch's tallies in, a delta of increments by series out, families bounded."""

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypedDict, TypeVar

from ..catalog import BY_SCOPE, Kind, Metric, Scope
from ..tally import Observations
from .batch import Batch
from .delta import Detail
from .ids import Key
from .series import Counter, Histogram, SeriesTable

Result = TypeVar("Result")


class Sealed(TypedDict):
    """What of a delta comes from its batch."""

    born: tuple[Counter | Histogram, ...]
    counters: tuple[tuple[Counter, int], ...]
    histograms: tuple[tuple[Histogram, Observations], ...]
    newest_ms: int
    details: tuple[Detail, ...]
    revised: tuple[tuple[tuple[str, str], int], ...]
    new_ids: bytes
    changed_ids: Mapping[Key, int]
    positions: Mapping[str, Any]


# Tallies between two pauses: some milliseconds.
_PAUSE_AFTER = 300

_Counting = tuple[Metric, Callable[[Any], Any], Mapping[tuple[str, ...], Counter]]
_COUNTERS = {
    scope: tuple((m, m.value) for m in metrics if m.kind is Kind.COUNTER and m.value is not None)
    for scope, metrics in BY_SCOPE.items()
}
_HISTOGRAMS = {
    scope: tuple(m for m in metrics if m.kind is Kind.HISTOGRAM)
    for scope, metrics in BY_SCOPE.items()
}


def seal(batch: Batch, series: SeriesTable) -> Generator[None, None, Sealed]:
    """What the batch adds to which series; new series are born here. Pauses now and then."""
    adding = _Adding(batch, series)
    number = 0
    for scope, tallies in batch.tallies():
        counters, histograms = adding.counting(scope), _HISTOGRAMS[scope]
        for tally in tallies:
            number += 1
            if number % _PAUSE_AFTER == 0:
                yield
            adding.count(counters, tally)
            for metric in histograms:
                adding.observe(metric, tally)
    born, series.born = tuple(series.born), []
    return Sealed(
        born=born,
        counters=tuple(adding.counters.items()),
        histograms=tuple(adding.histograms.items()),
        newest_ms=batch.newest_ms,
        details=tuple(batch.details),
        revised=tuple(batch.revised.items()),
        new_ids=bytes(batch.new_ids),
        changed_ids=batch.changed_ids,
        positions=batch.positions,
    )


def finish(steps: Generator[None, None, Result]) -> Result:
    """What steps come to, without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


class _Adding:
    """What tallies add to series."""

    def __init__(self, batch: Batch, series: SeriesTable) -> None:
        """Nothing yet."""
        self.counters: dict[Counter, int] = {}
        self.histograms: dict[Histogram, Observations] = {}
        self._batch = batch
        self._series = series

    def counting(self, scope: Scope) -> tuple[_Counting, ...]:
        """What a tally of this scope counts: each metric, how, and its counters."""
        return tuple((m, value, self._series.counters[m.name]) for m, value in _COUNTERS[scope])

    def count(self, counting: tuple[_Counting, ...], tally: Any) -> None:
        """Add a tally's counts."""
        # A batch has tens of thousands of tallies: names of this loop stand for attributes.
        counters, own = self.counters, tally.labels
        for metric, value, family in counting:
            for extra, amount in value(tally):
                labels = own + extra
                counter = family.get(labels)
                if counter is None:
                    counter = self._series.counter(metric, self._fitting(metric, labels))
                elif not amount:
                    continue
                counters[counter] = counters.get(counter, 0) + amount

    def observe(self, metric: Metric, tally: Any) -> None:
        """Add a tally's observations."""
        observed: Observations = metric.value(tally)  # type: ignore[misc]
        if not any(observed.counts):
            return
        histogram = self._series.histogram(metric, self._fitting(metric, tally.labels))
        if histogram in self.histograms:
            self.histograms[histogram].add(observed)
        else:
            self.histograms[histogram] = observed

    def _fitting(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
        if self._series.has_room(metric, labels):
            return labels
        self._batch.exporter.overflow["series"] += 1
        return self._series.folded(metric, labels)
