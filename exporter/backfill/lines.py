"""One series over the sampling times of a block: its level and changes in, lines of text out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from ..exact import decimal_text
from ..exposition import bound_text, label_text
from ..ledger.series import Counter, Histogram
from ..tally import Observations

Changes = Sequence[tuple[int, int]]  # (sampling time, added from there on), in order of time


@dataclass(frozen=True, slots=True)
class Window:
    """The sampling times of one block (Unix seconds), and their texts."""

    times: range
    stamps: list[str]

    def index(self, at: int) -> int:
        """Which sample shows first what took effect by a sampling time; not before the first."""
        return max(0, -(-(at - self.times.start) // self.times.step))


def lines(
    start: str, level: int, changes: Changes, window: Window, first: int, places: int
) -> Iterator[str]:
    """Lines of one series from its first sample on; `start` is its name and labels."""
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
    """The same value at consecutive times: joined at once, since most values rest most times."""
    return f"{start}{f'{chr(10)}{start}'.join(stamps)}\n"


def _up_to(bucket: int, one: Observations) -> int:
    return sum(one.counts[: bucket + 1])


def counter_lines(
    series: Counter, labels: Mapping[str, str], changes: Changes, window: Window, first: int
) -> Iterator[str]:
    """Lines of a counter whose `value` is what it had before the changes."""
    metric = series.metric
    names, values = (*labels, *metric.labels), (*labels.values(), *series.labels)
    start = f"{metric.name}{label_text(names, values)}"
    yield from lines(start, series.value, changes, window, first, metric.places)


def histogram_lines(
    series: Histogram,
    labels: Mapping[str, str],
    changes: Sequence[tuple[int, Observations]],
    window: Window,
    first: int,
) -> Iterator[str]:
    """Lines of a histogram whose `value` is what it had before the changes."""
    metric, before = series.metric, series.value
    names, values = (*labels, *metric.labels), (*labels.values(), *series.labels)
    text = label_text(names, values)
    bounds = [bound_text(bound, metric.places) for bound in before.bounds]

    def part(start: str, of: Callable[[Observations], int], places: int = 0) -> Iterator[str]:
        parts = [(at, added) for at, change in changes if (added := of(change))]
        return lines(start, of(before), parts, window, first, places)

    for bucket, bound in enumerate((*bounds, "+Inf")):
        start = metric.name + "_bucket" + label_text((*names, "le"), (*values, bound))
        yield from part(start, partial(_up_to, bucket))
    yield from part(f"{metric.name}_sum{text}", lambda one: one.total, metric.places)
    yield from part(f"{metric.name}_count{text}", lambda one: sum(one.counts))
