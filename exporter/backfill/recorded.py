"""Make what the bundle's recording rules would have recorded, had they been evaluated each minute.

Dashboards add up these. A sample stands in the minute of its events, as if found at its half.
"""

from collections.abc import Callable, Iterator, Mapping

from ..catalogue.levels import READY
from .collector import Collector
from .compensated_increases import CompensatedIncreases
from .increment_store import BLOCK_SECONDS, Increment, IncrementStore
from .levels import Levels
from .sample_grid import MINUTE, SampleGrid
from .samples import Points, Series, SeriesLabels

# What the rules keep of a target's labels.
_TARGET = ("job", "instance")


class RecordedSeries:
    """Makes blocks in order of time; `count` is how many samples were made."""

    def __init__(
        self,
        store: IncrementStore,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
        compensated: int,
    ) -> None:
        """`labels`: what Prometheus gives each sample; `compensated`: most requests shown live."""
        target = {name: labels[name] for name in _TARGET if name in labels}
        self.count = 0
        self._grid = grid
        self._limit = compensated
        self._levels = Levels(store, collected, grid, target)
        self._compensated = CompensatedIncreases(store, grid, target)
        self._ready = Series(READY, SeriesLabels.of(target, (), ()), 0)

    def samples(self, times: range, total: Callable[[int], Increment]) -> Iterator[Points]:
        """Yield what is recorded in a block.

        `total` returns the total of a series by its number, after the block.
        """
        for points in self._all(times, total):
            self.count += len(points.samples)
            yield points

    def _all(self, times: range, total: Callable[[int], Increment]) -> Iterator[Points]:
        block = times.start // BLOCK_SECONDS
        yield from self._levels.increases(block)
        yield from self._compensated.increases(block)
        end = self._grid.end
        minutes = {*range(-(-times.start // MINUTE) * MINUTE, times.stop, MINUTE)}
        if times.stop > end:
            minutes.add(end)
            yield from self._levels.totals(total)
            yield from self._compensated.totals(self._limit)
        if minutes:
            yield Points(self._ready, [(minute, minute) for minute in sorted(minutes)])
