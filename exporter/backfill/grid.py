"""Sampling times: how far apart, from when until when, and how many samples that makes.

A sample at T shows everything that took effect up to T. All steps are multiples of the finest, so
a coarser grid shows the same values, only fewer of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .spool import SLOT_SECONDS

# The longest is Prometheus's lookback: beyond it, instant queries would find nothing between.
STEPS = (15, 30, 60, 120, 300)
LONGEST_STEP = STEPS[-1]
# Chosen by measurement (docs/backfill.md): about two minutes of work for promtool on one core.
_SAMPLES = 40_000_000
_HOUR = 3600
_BLOCK = 2 * _HOUR
_HEAD = 3 * _HOUR
_YEAR = 366 * 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Life:
    """One series: its lines in the exposition, and the sampling time of its first event."""

    lines: int
    birth: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Sampling times from `start` to `end` (Unix seconds, both included), `step` seconds apart."""

    step: int
    start: int
    end: int

    def at(self, second: int) -> int:
        """The sampling time that first shows what happened at a second."""
        return -(-second // self.step) * self.step

    def zero(self, birth: int) -> int:
        """The sampling time at which a series is shown at zero, before its first event."""
        return min(self.at(birth) - self.step, self.end)

    def samples(self, lives: Iterable[Life]) -> int:
        """How many samples all series have on this grid."""
        return sum(
            life.lines * ((self.end - max(self.zero(life.birth), self.start)) // self.step + 1)
            for life in lives
        )

    def windows(self) -> Iterator[range]:
        """The sampling times of each block."""
        for slot in range(self.start // SLOT_SECONDS, self.end // SLOT_SECONDS + 1):
            begin = max(slot * SLOT_SECONDS, self.start)
            stop = min((slot + 1) * SLOT_SECONDS, self.end + 1)
            yield range(begin, stop, self.step)


class Pace:
    """The finest step that can still be chosen, as series come to be known.

    Samples only get more, so a step that is too fine stays so, and need not be kept apart.
    """

    def __init__(self, start: int | None, end: int, step: int | None) -> None:
        """The grid's ends (Unix seconds), as far as they are given; a step given is kept."""
        self._steps = list(STEPS) if step is None else [step]
        self._start, self._end = end - _YEAR if start is None else start, end
        self._seconds = 0

    @property
    def step(self) -> int:
        """Seconds between sampling times, as things stand."""
        return self._steps[0]

    @property
    def steps(self) -> Sequence[int]:
        """All that can still be chosen, the finest first."""
        return self._steps

    def born(self, lines: int, at: int) -> None:
        """A series of some lines has been found, first seen at a time."""
        self.earlier(lines, self._end, at)

    def earlier(self, lines: int, known: int, at: int) -> None:
        """A series begins earlier than was known."""
        begin, until = max(at, self._start), min(known, self._end)
        self._seconds += lines * max(0, until - begin)
        while len(self._steps) > 1 and self._seconds > _SAMPLES * self.step:
            del self._steps[0]


def before_head(now: int) -> int:
    """The last sampling time that no block of a running Prometheus can still be written for.

    Its head holds up to three hours and is cut into blocks at every second full hour.
    """
    return (now - _HEAD) // _BLOCK * _BLOCK


def fit(lives: list[Life], start: int | None, end: int, steps: Sequence[int] = STEPS) -> Grid:
    """The grid for these series: the finest step whose samples stay within what is quickly loaded.

    Without a start, a year before the end at the earliest: one wrong date makes no endless series.
    Where everything happened later than the end, its zeros stand at the end.
    """
    first = min((life.birth for life in lives), default=end)
    since = end - _YEAR if start is None else start
    for step in steps:
        until = end // step * step
        begin = -(-max(first - step, since) // step) * step
        grid = Grid(step, min(begin, until), until)
        if grid.samples(lives) <= _SAMPLES:
            break
    return grid
