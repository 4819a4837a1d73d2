"""The seal: a batch's tallies in, a delta of increments by series out, families bounded."""

from collections.abc import Generator, Mapping
from typing import Any, TypedDict, TypeVar

from ..catalog import BY_SCOPE, Kind, Metric
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


def seal(batch: Batch, series: SeriesTable) -> Generator[None, None, Sealed]:
    """What the batch adds to which series; new series are born here. Pauses now and then."""
    counters: dict[Counter, int] = {}
    histograms: dict[Histogram, Observations] = {}
    for number, (scope, tally) in enumerate(batch.tallies(), 1):
        if number % _PAUSE_AFTER == 0:
            yield
        for metric in BY_SCOPE[scope]:
            assert metric.value is not None  # tallied metrics have one
            if metric.kind is Kind.HISTOGRAM:
                _observations(metric, tally, batch, series, histograms)
                continue
            family = series.counters[metric.name]
            for extra, amount in metric.value(tally):
                labels = tally.labels + extra
                counter = family.get(labels)
                if counter is not None and not amount:
                    continue
                if counter is None:
                    counter = series.counter(metric, _fitting(metric, labels, batch, series))
                counters[counter] = counters.get(counter, 0) + amount
    born, series.born = tuple(series.born), []
    return Sealed(
        born=born,
        counters=tuple(counters.items()),
        histograms=tuple(histograms.items()),
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


def _observations(
    metric: Metric,
    tally: Any,
    batch: Batch,
    series: SeriesTable,
    histograms: dict[Histogram, Observations],
) -> None:
    observed: Observations = metric.value(tally)  # type: ignore[misc]
    if not any(observed.counts):
        return
    histogram = series.histogram(metric, _fitting(metric, tally.labels, batch, series))
    if histogram in histograms:
        histograms[histogram].add(observed)
    else:
        histograms[histogram] = observed


def _fitting(
    metric: Metric, labels: tuple[str, ...], batch: Batch, series: SeriesTable
) -> tuple[str, ...]:
    if series.has_room(metric, labels):
        return labels
    batch.exporter.overflow["series"] += 1
    return series.folded(metric, labels)
