"""Turn stored increments into samples, one block after another.

Every series has a sample at each sampling time from one step before its first event on, as if it
had been scraped all along.
"""

from collections.abc import Iterator, Mapping

from ..catalogue import BY_NAME, METRICS, Metric
from ..counting.delta import HistogramIncrement, NewSeries
from ..metrics.text_format import TIME_PLACES
from .collector import Collector
from .compensated_gauges import CompensatedGauges
from .increment_store import BLOCK_SECONDS, NEWEST, Increment, IncrementStore
from .sample_grid import SampleGrid
from .samples import Samples, Series, SeriesLabels, Window
from .series_runs import histogram_runs, runs

_NEWEST = BY_NAME["zenmux_last_request_timestamp_seconds"]


class Timeline:
    """The samples of all series, made block by block in order of time; totals carry over."""

    def __init__(
        self,
        store: IncrementStore,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
        compensated: int,
    ) -> None:
        """`labels`: what Prometheus adds to samples; `compensated`: most requests in a block."""
        self._store = store
        self._grid = grid
        self._common = SeriesLabels.of(labels, (), ())
        self._labels: dict[int, SeriesLabels] = {}
        self._limit = compensated
        self._bounds = collected.bounds
        self._zeros = {number: grid.zero(birth) for number, birth in collected.births.items()}
        self._families: dict[str, list[NewSeries]] = {}
        self._counters: dict[int, int] = {}
        self._histograms: dict[int, HistogramIncrement] = {}
        for new in collected.series.values():
            self._families.setdefault(new.metric, []).append(new)
            names, buckets = BY_NAME[new.metric].labels, BY_NAME[new.metric].buckets
            self._labels[new.number] = SeriesLabels.of(labels, names, new.labels)
            if buckets:
                empty = (0,) * (len(self._bounds[buckets]) + 1)
                self._histograms[new.number] = HistogramIncrement(empty, 0)
            else:
                self._counters[new.number] = 0
        self._compensated = CompensatedGauges(labels)
        self._newest_ms = 0
        for number, added in store.before(grid.start // BLOCK_SECONDS):
            self._add(number, added)

    def samples(self, times: range) -> Iterator[Samples]:
        """Yield the series of all families at the sampling times of a block."""
        window = Window(times)
        block = times.start // BLOCK_SECONDS
        for metric in METRICS:
            if metric is _NEWEST:
                yield from self._newest(block, window)
            elif metric.is_request_family:
                yield from self._family(metric, block, window)
        found = self._store.compensated(block, self._limit)
        self._compensated.add((self._grid.at(at), request) for at, request in found)
        yield from self._compensated.samples(window)
        self._compensated.drop_before(times[-1])

    def total(self, number: int) -> Increment:
        """Return the total of a series after the last block written."""
        return self._histograms.get(number) or self._counters.get(number, 0)

    def _family(self, metric: Metric, block: int, window: Window) -> Iterator[Samples]:
        for series in self._families.get(metric.name, ()):
            stored = self._store.of_series(block, series.number)
            changes = list(self._grid.until_end(stored))
            yield from self._series(metric, series, changes, window)
            for _, added in changes:
                self._add(series.number, added)

    def _series(
        self,
        metric: Metric,
        series: NewSeries,
        changes: list[tuple[int, Increment]],
        window: Window,
    ) -> Iterator[Samples]:
        number, first = series.number, window.index(self._zeros[series.number])
        labels = self._labels[number]
        if number in self._histograms:
            grown = [(at, one) for at, one in changes if isinstance(one, HistogramIncrement)]
            bounds, level = self._bounds[metric.buckets], self._histograms[number]
            yield from histogram_runs(metric, labels, bounds, level, grown, window, first)
        else:
            added = [(at, one) for at, one in changes if isinstance(one, int)]
            named = Series(metric.name, labels, metric.places, family=metric)
            yield from runs(named, self._counters[number], added, window, first)

    def _newest(self, block: int, window: Window) -> Iterator[Samples]:
        changes: list[tuple[int, int]] = []
        before = self._newest_ms
        for at, newest_ms in self._store.of_series(block, NEWEST):
            level = self._newest_ms
            self._add(NEWEST, newest_ms)
            changes.append((self._grid.at(at), self._newest_ms - level))
        if self._newest_ms:
            series = Series(_NEWEST.name, self._common, TIME_PLACES, family=_NEWEST)
            first = 0 if before else window.index(changes[0][0])
            yield from runs(series, before, changes, window, first)

    def _add(self, number: int, added: Increment) -> None:
        if isinstance(added, HistogramIncrement):
            self._histograms[number] = self._histograms[number].plus(added)
        elif number == NEWEST:
            self._newest_ms = max(self._newest_ms, added)
        else:
            self._counters[number] += added
