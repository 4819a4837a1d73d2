"""Progress of long work: a bar on a terminal, else a line in the log every few seconds."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .logs import get

TELL_SECONDS = 5.0
# Shorter work needs no bar.
_DELAY_SECONDS = 0.5

log = get(__name__)

Advance = Callable[[int], Any]


@contextmanager
def progress(what: str, unit: str, total: int | None) -> Iterator[Advance]:
    """Show progress on standard error; yields the function to call with each amount done.

    `total` is None if it is not known.
    """
    # The stream is None if it was closed before the start.
    if sys.__stderr__ is None or not sys.stderr.isatty():
        yield ProgressLines(what, unit, total).advance
        return
    # Imported here: most commands start faster without it.
    from tqdm import tqdm

    with tqdm(total=total, desc=what, unit=unit, unit_scale=True, delay=_DELAY_SECONDS) as shown:
        yield shown.update


class ProgressLines:
    """Progress as lines in the log."""

    def __init__(
        self,
        what: str,
        unit: str,
        total: int | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`what` is the event that is logged, `unit` the name of what `advance` adds."""
        self._what = what
        self._unit = unit.strip()
        self._total = total
        self._clock = clock
        self._begun = self._told = clock()
        self._done = 0

    def advance(self, amount: int) -> None:
        """Add an amount done; log the progress if that is due."""
        self._done += amount
        now = self._clock()
        if now - self._told < TELL_SECONDS:
            return
        self._told = now
        log.info(
            self._what,
            done=self._done,
            of=self._total or "unknown",
            unit=self._unit,
            seconds=round(now - self._begun),
            always=True,
        )


def size_of(paths: list[str]) -> int | None:
    """Return the size of files in bytes; None if that is not known."""
    try:
        return sum(Path(path).stat().st_size for path in paths)
    except OSError:
        return None  # standard input, or a file that can't be read: reading it reports why
