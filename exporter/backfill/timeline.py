"""Write stored increments as OpenMetrics text with times, one block after another.

Every series has a sample at each sampling time from one step before its first event on, as if it
had been scraped all along.
"""

from collections.abc import Iterable, Iterator, Mapping

from ..catalogue import BY_NAME, METRICS, Metric
from ..counting.delta import HistogramIncrement, NewSeries
from ..metrics.text_format import TIME_PLACES, Format, header
from .collector import Collector
from .compensated_gauges import CompensatedGauges
from .increment_store import BLOCK_SECONDS, NEWEST, Increment, IncrementStore
from .sample_grid import SampleGrid
from .series_lines import SeriesLabels, Window, histogram_lines, lines

_NEWEST = BY_NAME["zenmux_last_request_timestamp_seconds"]


class Timeline:
    """Writes blocks in order of time; series keep their totals from one to the next."""

    def __init__(
        self,
        store: IncrementStore,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
        compensated: int,
    ) -> None:
        """`labels`: what Prometheus gives each sample; `compensated`: requests shown a block."""
        self._store = store
        self._grid = grid
        self._labels = labels
        self._limit = compensated
        self._bounds = collected.bounds
        self._zeros = {number: grid.zero(birth) for number, birth in collected.births.items()}
        self._families: dict[str, list[NewSeries]] = {}
        self._counters: dict[int, int] = {}
        self._histograms: dict[int, HistogramIncrement] = {}
        for new in collected.series.values():
            self._families.setdefault(new.metric, []).append(new)
            buckets = BY_NAME[new.metric].buckets
            if buckets:
                empty = (0,) * (len(self._bounds[buckets]) + 1)
                self._histograms[new.number] = HistogramIncrement(empty, 0)
            else:
                self._counters[new.number] = 0
        self._compensated = CompensatedGauges(labels)
        self._newest_ms = 0
        for number, added in store.before(grid.start // BLOCK_SECONDS):
            self._add(number, added)

    def text(self, times: range) -> Iterator[str]:
        """Yield the families at the sampling times of a block, in pieces of whole lines."""
        window = Window(times, [str(second) for second in times])
        block = times.start // BLOCK_SECONDS
        for metric in METRICS:
            if metric is _NEWEST:
                yield from _headed(metric, self._newest(block, window))
            elif metric.is_request_family:
                yield from _headed(metric, self._family(metric, block, window))
        found = self._store.compensated(block, self._limit)
        self._compensated.add((self._grid.at(at), request) for at, request in found)
        for metric, gauge in self._compensated.lines(window):
            yield from _headed(metric, gauge)
        self._compensated.drop_before(times[-1])

    def total(self, number: int) -> Increment:
        """Return the total of a series after the blocks that were written."""
        return self._histograms.get(number) or self._counters.get(number, 0)

    def _family(self, metric: Metric, block: int, window: Window) -> Iterator[str]:
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
    ) -> Iterator[str]:
        number, first = series.number, window.index(self._zeros[series.number])
        labels = SeriesLabels.of(self._labels, metric.labels, series.labels)
        if number in self._histograms:
            grown = [(at, one) for at, one in changes if isinstance(one, HistogramIncrement)]
            bounds, level = self._bounds[metric.buckets], self._histograms[number]
            yield from histogram_lines(metric, labels, bounds, level, grown, window, first)
        else:
            added = [(at, one) for at, one in changes if isinstance(one, int)]
            start = f"{metric.name}{labels.text()}"
            yield from lines(start, self._counters[number], added, window, first, metric.places)

    def _newest(self, block: int, window: Window) -> Iterator[str]:
        changes: list[tuple[int, int]] = []
        before = self._newest_ms
        for at, newest_ms in self._store.of_series(block, NEWEST):
            level = self._newest_ms
            self._add(NEWEST, newest_ms)
            changes.append((self._grid.at(at), self._newest_ms - level))
        if self._newest_ms:
            start = f"{_NEWEST.name}{SeriesLabels.of(self._labels, (), ()).text()}"
            first = 0 if before else window.index(changes[0][0])
            yield from lines(start, before, changes, window, first, TIME_PLACES)

    def _add(self, number: int, added: Increment) -> None:
        if isinstance(added, HistogramIncrement):
            self._histograms[number] = self._histograms[number].plus(added)
        elif number == NEWEST:
            self._newest_ms = max(self._newest_ms, added)
        else:
            self._counters[number] += added


def _headed(metric: Metric, pieces: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of a family with its header before them; nothing if there are none."""
    head = header(metric, Format.OPENMETRICS)
    for piece in pieces:
        yield head + piece
        head = ""
