"""Turn stored increments into samples, one block after another.

Every series has a sample at each sampling time from one step before its first event on, as if it
had been scraped all along.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate, pairwise

from ..catalogue import BY_NAME, METRICS, Metric
from ..counting.delta import NewSeries
from ..metrics.text_format import TIME_PLACES
from .collector import Collector
from .compensated_gauges import CompensatedGauges
from .growth import added_up
from .increment_store import BLOCK_SECONDS, NEWEST, Rows, line_of
from .sample_grid import SampleGrid
from .samples import Samples, Series, SeriesLabels, Window
from .series_runs import histogram_runs, runs
from .stores import Stores

_NEWEST = BY_NAME["zenmux_last_request_timestamp_seconds"]
_NEWEST_LINE = line_of(NEWEST)


class Timeline:
    """The samples of all series, made block by block in order of time; totals carry over."""

    def __init__(
        self,
        stores: Stores,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
        compensated: int,
    ) -> None:
        """`labels`: what Prometheus adds to samples; `compensated`: most requests in a block."""
        self._stores = stores
        self._collected = collected
        self._grid = grid
        self._common = SeriesLabels.of(labels, (), ())
        self._labels: dict[int, SeriesLabels] = {}
        self._limit = compensated
        self._zeros = {number: grid.zero(birth) for number, birth in collected.births.items()}
        self._families: dict[str, list[NewSeries]] = {}
        # By line; a histogram's buckets are not cumulative.
        self._totals: defaultdict[int, int] = defaultdict(int)
        for new in collected.series.values():
            self._families.setdefault(new.metric, []).append(new)
            names = BY_NAME[new.metric].labels
            self._labels[new.number] = SeriesLabels.of(labels, names, new.labels)
        self._compensated = CompensatedGauges(labels)
        self._newest_ms = 0
        for line, amount in stores.increments.before(grid.start // BLOCK_SECONDS):
            if line == _NEWEST_LINE:
                self._newest_ms = max(self._newest_ms, amount)
            else:
                self._totals[line] += amount

    def samples(self, times: range) -> Iterator[Samples]:
        """Yield the series of all families at the sampling times of a block."""
        window = Window(times)
        block = times.start // BLOCK_SECONDS
        for metric in METRICS:
            if metric is _NEWEST:
                yield from self._newest(block, window)
            elif metric.is_request_family:
                for series in self._families.get(metric.name, ()):
                    yield from self._series(metric, series, block, window)
        found = self._stores.compensated.of_block(block, self._limit)
        self._compensated.add((self._grid.at(at), request) for at, request in found)
        yield from self._compensated.samples(window)
        self._compensated.drop_before(times[-1])

    def total(self, line: int) -> int:
        """Return the total of a line after the last block written."""
        return self._totals.get(line, 0)

    def _series(
        self, metric: Metric, series: NewSeries, block: int, window: Window
    ) -> Iterator[Samples]:
        first, size = window.index(self._zeros[series.number]), len(window.times)
        labels = self._labels[series.number]
        lines = self._collected.parts(series)
        levels = [self._totals[line] for line in lines]
        increments = [self._take(block, line, window) for line in lines]
        if metric.buckets:
            bounds = self._collected.bounds[metric.buckets]
            yield from histogram_runs(metric, labels, bounds, levels, increments, size, first)
        else:
            named = Series(metric.name, labels, metric.places, family=metric)
            yield from runs(named, levels[0], increments[0], size, first)

    def _take(self, block: int, line: int, window: Window) -> Rows:
        """Return increments with indexes of sampling times, and add them to the line's total."""
        times, amounts = self._stores.increments.of_line(block, line)
        if not times:
            return times, amounts
        if times[-1] > self._grid.end:
            end = bisect_right(times, self._grid.end)
            times, amounts = times[:end], amounts[:end]
        self._totals[line] += sum(amounts)
        return added_up((self._indexes(times, window), amounts))

    def _indexes(self, times: list[int], window: Window) -> list[int]:
        return window.indexes([self._grid.at(at) for at in times])

    def _newest(self, block: int, window: Window) -> Iterator[Samples]:
        times, newest = self._stores.increments.of_line(block, _NEWEST_LINE)
        before = self._newest_ms
        levels = list(accumulate(newest, max, initial=before))
        self._newest_ms = levels[-1]
        if self._newest_ms:
            indexes = self._indexes(times, window)
            grown = [after - earlier for earlier, after in pairwise(levels)]
            series = Series(_NEWEST.name, self._common, TIME_PLACES, family=_NEWEST)
            first = 0 if before else indexes[0]
            increments = added_up((indexes, grown))
            yield from runs(series, before, increments, len(window.times), first)
