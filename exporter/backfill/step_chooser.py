"""Choose the step between samples while series are still being found."""

from collections.abc import Sequence
from math import gcd

from .sample_grid import MAX_SAMPLES, STEPS, earliest_start


class StepChooser:
    """The steps that can still be chosen.

    The number of samples only grows, so a step that is too fine is dropped for good. `step` is the
    finest one in seconds, `unit` the longest time of which all of them are multiples.
    """

    def __init__(self, start: int | None, end: int, step: int | None) -> None:
        """`start`, `end`: those of the grid (Unix seconds). A given `step` is the only choice."""
        self._steps = list(STEPS) if step is None else [step]
        self._start, self._end = earliest_start(start, end), end
        self._seconds = 0
        self._measure()

    def _measure(self) -> None:
        self.step = self._steps[0]
        # 300 is no multiple of 120.
        self.unit = gcd(*self._steps)

    @property
    def steps(self) -> Sequence[int]:
        """All steps that can still be chosen, the finest first."""
        return self._steps

    def add_series(self, lines: int, at: int) -> None:
        """Add a series with a number of lines, by the sampling time of its first event."""
        self.begin_earlier(lines, self._end, at)

    def begin_earlier(self, lines: int, known: int, at: int) -> None:
        """Move the beginning of a series from the known time to an earlier one."""
        begin, until = max(at, self._start), min(known, self._end)
        self._seconds += lines * max(0, until - begin)
        while len(self._steps) > 1 and self._seconds > MAX_SAMPLES * self.step:
            del self._steps[0]
            self._measure()
