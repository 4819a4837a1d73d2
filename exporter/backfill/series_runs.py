"""Turn a series' level and increments into its levels over the sampling times of a block."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress

from ..catalogue import Metric
from ..metrics.text_format import bound_text
from .growth import cumulative
from .increment_store import Rows
from .samples import Runs, Series, SeriesLabels


def runs(series: Series, level: int, increments: Rows, size: int, first: int) -> Iterator[Runs]:
    """Yield the levels of a series from its first sample on; none if that is in a later block.

    The times of increments are indexes of sampling times, of which there are `size`.
    """
    if first < size:
        times, amounts = increments
        end = bisect_left(times, size)
        levels = list(accumulate(amounts[:end], initial=level))
        early = bisect_right(times, first, 0, end)
        yield Runs(series, [first, *times[early:end]], levels[early:])


def histogram_runs(
    metric: Metric,
    labels: SeriesLabels,
    bounds: Sequence[int],
    levels: Sequence[int],
    increments: Sequence[Rows],
    size: int,
    first: int,
) -> Iterator[Runs]:
    """Yield the series of a histogram; levels and increments are those of its parts."""
    before = list(accumulate(levels[:-1]))
    times, grown = cumulative(increments[:-1])
    texts = [bound_text(bound, metric.places) for bound in bounds]
    for bucket, bound in enumerate((*texts, "+Inf")):
        series = Series(f"{metric.name}_bucket", labels, 0, bound, metric)
        yield from runs(series, before[bucket], _nonzero(times, grown[bucket]), size, first)
    total = Series(f"{metric.name}_sum", labels, metric.places, family=metric)
    yield from runs(total, levels[-1], increments[-1], size, first)
    count = Series(f"{metric.name}_count", labels, 0, family=metric)
    yield from runs(count, before[-1], (times, grown[-1]), size, first)


def _nonzero(times: list[int], amounts: list[int]) -> Rows:
    return list(compress(times, amounts)), list(compress(amounts, amounts))
