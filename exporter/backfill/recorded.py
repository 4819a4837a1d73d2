"""Make the samples that the bundle's recording rules would have recorded each minute.

Dashboards add these up. The time of a sample is the middle of the minute of its events.
"""

from collections.abc import Callable, Iterator, Mapping

from ..catalogue.levels import READY
from .collector import Collector
from .compensated_increases import CompensatedIncreases
from .increment_store import BLOCK_SECONDS
from .levels import Levels
from .sample_grid import MINUTE, SampleGrid
from .samples import Points, Series, SeriesLabels
from .stores import Stores

# The labels of a target that the rules keep.
_TARGET = ("job", "instance")


class RecordedSeries:
    """The recorded series, made block by block; `count` is the number of samples so far."""

    def __init__(
        self,
        stores: Stores,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
        compensated: int,
    ) -> None:
        """`labels`: what Prometheus adds to samples; `compensated`: most requests shown live."""
        target = {name: labels[name] for name in _TARGET if name in labels}
        self.count = 0
        self._grid = grid
        self._limit = compensated
        self._levels = Levels(stores.increments, collected, grid, target)
        self._compensated = CompensatedIncreases(stores.compensated, grid, target)
        self._ready = Series(READY, SeriesLabels.of(target, (), ()), 0)

    def samples(self, times: range, total: Callable[[int], int]) -> Iterator[Points]:
        """Yield the recorded samples of a block.

        `total` returns the total of a line after the block.
        """
        for points in self._all(times, total):
            self.count += len(points.times)
            yield points

    def _all(self, times: range, total: Callable[[int], int]) -> Iterator[Points]:
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
            ready = sorted(minutes)
            yield Points(self._ready, ready, ready)
