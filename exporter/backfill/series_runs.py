"""Turn a series' level and increments into its levels over the sampling times of a block."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from ..catalogue import Metric
from ..counting.delta import HistogramIncrement
from ..metrics.text_format import bound_text
from .samples import Runs, Series, SeriesLabels, Window

Changes = Sequence[tuple[int, int]]  # (sampling time, added from there on), in order of time


def runs(
    series: Series, level: int, changes: Changes, window: Window, first: int
) -> Iterator[Runs]:
    """Yield the levels of a series from its first sample on; none if that is in a later block."""
    size = len(window.times)
    if first >= size:
        return
    starts, levels = [first], [level]
    for second, added in changes:
        start = window.index(second)
        if start >= size:
            break
        level += added
        if start <= starts[-1]:
            levels[-1] = level
        elif added:
            starts.append(start)
            levels.append(level)
    yield Runs(series, starts, levels)


def histogram_runs(
    metric: Metric,
    labels: SeriesLabels,
    bounds: Sequence[int],
    level: HistogramIncrement,
    changes: Sequence[tuple[int, HistogramIncrement]],
    window: Window,
    first: int,
) -> Iterator[Runs]:
    """Yield the series of a histogram; `level` is what it had before the changes."""
    before = tuple(accumulate(level.counts))
    added = [(at, tuple(accumulate(change.counts))) for at, change in changes]
    texts = [bound_text(bound, metric.places) for bound in bounds]
    for bucket, bound in enumerate((*texts, "+Inf")):
        series = Series(f"{metric.name}_bucket", labels, 0, bound, metric)
        grown = [(at, counts[bucket]) for at, counts in added if counts[bucket]]
        yield from runs(series, before[bucket], grown, window, first)
    total = Series(f"{metric.name}_sum", labels, metric.places, family=metric)
    totals = [(at, change.total) for at, change in changes if change.total]
    yield from runs(total, level.total, totals, window, first)
    count = Series(f"{metric.name}_count", labels, 0, family=metric)
    yield from runs(count, before[-1], [(at, one[-1]) for at, one in added], window, first)
