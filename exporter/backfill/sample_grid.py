"""The grid of sampling times: its step, its ends, and how many samples it makes.

A sample at T shows everything that took effect before T. All steps are multiples of the finest, so
a coarser grid shows the same values, only fewer of them.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .increment_store import BLOCK_SECONDS, Rows

# The longest is Prometheus's lookback: beyond it, instant queries would find gaps.
STEPS = (15, 30, 60, 120, 300)
# Chosen by measurement (docs/backfill.md): a finer step leaves more increments to sort.
MAX_SAMPLES = 40_000_000
MINUTE = 60
_HOUR = 3600
_HEAD_BLOCK = 2 * _HOUR
_HEAD = 3 * _HOUR
_YEAR = 366 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class SeriesSpan:
    """One series: its lines in the exposition, and the sampling time of its first event."""

    lines: int
    birth: int


@dataclass(frozen=True, slots=True)
class SampleGrid:
    """Sampling times from `start` to `end` (Unix seconds, both included), `step` seconds apart.

    All are multiples of the step.
    """

    step: int
    start: int
    end: int

    def at(self, second: int) -> int:
        """Return the first sampling time at or after a sampling time of a finer grid."""
        return -(-second // self.step) * self.step

    def recorded(self, increments: Rows, seconds: int = MINUTE) -> Rows:
        """Return the increments that raise samples, with the times at which rules record them.

        The time is the middle of the last minute of a span of `seconds`: never a whole minute,
        where ranges begin and end, and never after the end. Increments that the first samples
        include raise nothing.
        """
        times, amounts = increments
        begin, stop = bisect_right(times, self.start), bisect_right(times, self.end)
        middle = seconds - MINUTE // 2
        found = [(at - 1) // seconds * seconds + middle for at in times[begin:stop]]
        if found and found[-1] > self.end:
            found = [min(at, self.end) for at in found]
        return found, amounts[begin:stop]

    def zero(self, birth: int) -> int:
        """Return the sampling time at which a series is shown at zero, before its first event."""
        return min(self.at(birth) - self.step, self.end)

    def samples(self, spans: Iterable[SeriesSpan]) -> int:
        """Return how many samples all series have on this grid."""
        return sum(
            span.lines * ((self.end - max(self.zero(span.birth), self.start)) // self.step + 1)
            for span in spans
        )

    def windows(self) -> Iterator[range]:
        """Yield the sampling times of each block."""
        for block in range(self.start // BLOCK_SECONDS, self.end // BLOCK_SECONDS + 1):
            begin = max(block * BLOCK_SECONDS, self.start)
            stop = min((block + 1) * BLOCK_SECONDS, self.end + 1)
            yield range(begin, stop, self.step)


def before_head(now: int) -> int:
    """Return the last sampling time that a running Prometheus no longer has in its head block.

    The head holds up to three hours and is cut into blocks at every second full hour.
    """
    return (now - _HEAD) // _HEAD_BLOCK * _HEAD_BLOCK


def earliest_start(start: int | None, end: int) -> int:
    """Return the earliest start of a grid: a year before the end unless one is given.

    This keeps a wrong date from making endless series.
    """
    return end - _YEAR if start is None else start


def choose_grid(
    spans: Sequence[SeriesSpan], start: int | None, end: int, steps: Sequence[int] = STEPS
) -> SampleGrid:
    """Return the grid with the finest step that loads quickly.

    If all events are after the end, each series has its zero at the end.
    """
    first = min((span.birth for span in spans), default=end)
    for step in steps:
        until = end // step * step
        begin = -(-max(first - step, earliest_start(start, end)) // step) * step
        grid = SampleGrid(step, min(begin, until), until)
        if grid.samples(spans) <= MAX_SAMPLES:
            break
    return grid
