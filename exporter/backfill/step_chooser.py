"""Choose how far apart samples are while series are still being found."""

from collections.abc import Sequence

from .sample_grid import MAX_SAMPLES, STEPS, earliest_start


class StepChooser:
    """The steps that can still be chosen.

    Samples only become more, so a step that is too fine stays so, and no longer need be kept.
    """

    def __init__(self, start: int | None, end: int, step: int | None) -> None:
        """Take the ends of the grid (Unix seconds) as far as they are given; a given step stays."""
        self._steps = list(STEPS) if step is None else [step]
        self._start, self._end = earliest_start(start, end), end
        self._seconds = 0

    @property
    def step(self) -> int:
        """The finest step, in seconds."""
        return self._steps[0]

    @property
    def steps(self) -> Sequence[int]:
        """All that can still be chosen, the finest first."""
        return self._steps

    def add_series(self, lines: int, at: int) -> None:
        """Note a series of some lines whose first event belongs to a sampling time."""
        self.begin_earlier(lines, self._end, at)

    def begin_earlier(self, lines: int, known: int, at: int) -> None:
        """Note that a series begins earlier than was known."""
        begin, until = max(at, self._start), min(known, self._end)
        self._seconds += lines * max(0, until - begin)
        while len(self._steps) > 1 and self._seconds > MAX_SAMPLES * self.step:
            del self._steps[0]
