"""Log the progress of reading a backlog."""

import time
from collections.abc import Callable, Iterable

from ..logs import get
from ..progress import TELL_SECONDS
from ..sources import FileStatus

log = get(__name__)


class Backlog:
    """The backlog of unread data; logs a line every few seconds until there is none."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock."""
        self._clock = clock
        self._begun = self._told = clock()

    def look(self, files: Iterable[FileStatus], lines: int, *, is_read: bool) -> None:
        """Log the progress if it is due; `is_read`: nothing is left to read."""
        now = self._clock()
        if is_read:
            self._begun = self._told = now
        elif now - self._told >= TELL_SECONDS:
            self._told = now
            lagging = [file.lag_bytes for file in files if file.lag_bytes]
            log.info(
                "reading a backlog",
                lines=lines,
                files_left=len(lagging),
                bytes_left=sum(lagging),
                seconds=round(now - self._begun),
                always=True,
            )
