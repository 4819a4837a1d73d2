"""Write one series over the sampling times of a block: its level and changes as lines of text."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..catalogue import Metric
from ..counting.delta import HistogramIncrement
from ..metrics.text_format import bound_text, label_text
from ..values.fixed_point import decimal_text
from ..values.texts import printable

Changes = Sequence[tuple[int, int]]  # (sampling time, added from there on), in order of time


@dataclass(frozen=True, slots=True)
class Window:
    """The sampling times of one block (Unix seconds), and their texts."""

    times: range
    stamps: list[str]

    def index(self, at: int) -> int:
        """Return which sample shows first what took effect by a sampling time."""
        return max(0, -(-(at - self.times.start) // self.times.step))


@dataclass(frozen=True, slots=True)
class SeriesLabels:
    """The names and values of a series' labels; `common` is what Prometheus gives each sample."""

    names: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(
        cls, common: Mapping[str, str], names: tuple[str, ...], values: tuple[str, ...]
    ) -> "SeriesLabels":
        """Return the labels of a series with the common ones before them."""
        every = (*common.values(), *values)
        return cls((*common, *names), tuple(map(printable, every)))

    def text(self, le: str | None = None) -> str:
        """Return them in braces, with a bucket's bound if there is one."""
        if le is None:
            return label_text(self.names, self.values)
        return label_text((*self.names, "le"), (*self.values, le))


def lines(
    start: str, level: int, changes: Changes, window: Window, first: int, places: int
) -> Iterator[str]:
    """Yield the lines of one series from its first sample on; `start` is its name and labels."""
    stamps, at, size = window.stamps, first, len(window.stamps)
    for second, added in changes:
        stop = min(window.index(second), size)
        if stop > at:
            yield _run(f"{start} {decimal_text(level, places)} ", stamps[at:stop])
            at = stop
        level += added
    if at < size:
        yield _run(f"{start} {decimal_text(level, places)} ", stamps[at:])


def _run(start: str, stamps: Sequence[str]) -> str:
    """Return the lines of one value at consecutive times; most values rest most of the time."""
    return f"{start}{f'{chr(10)}{start}'.join(stamps)}\n"


def histogram_lines(
    metric: Metric,
    labels: SeriesLabels,
    bounds: Sequence[int],
    level: HistogramIncrement,
    changes: Sequence[tuple[int, HistogramIncrement]],
    window: Window,
    first: int,
) -> Iterator[str]:
    """Yield the lines of a histogram; `level` is what it had before the changes."""
    before = tuple(accumulate(level.counts))
    added = [(at, tuple(accumulate(change.counts))) for at, change in changes]
    texts = [bound_text(bound, metric.places) for bound in bounds]
    for bucket, bound in enumerate((*texts, "+Inf")):
        start = f"{metric.name}_bucket{labels.text(bound)}"
        grown = [(at, counts[bucket]) for at, counts in added if counts[bucket]]
        yield from lines(start, before[bucket], grown, window, first, 0)
    text = labels.text()
    totals = [(at, change.total) for at, change in changes if change.total]
    yield from lines(f"{metric.name}_sum{text}", level.total, totals, window, first, metric.places)
    counts = [(at, cumulative[-1]) for at, cumulative in added]
    yield from lines(f"{metric.name}_count{text}", before[-1], counts, window, first, 0)
