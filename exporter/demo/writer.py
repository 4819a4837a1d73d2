"""Write traffic to a log file, rotated by renaming so that its size is limited."""

import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from .traffic import Traffic

DEFAULT_LIMIT = 64 * 1024 * 1024
# After a suspend of the machine the missed lines are written in parts, not in one long call.
_LINES_A_CALL = 5000


class LogWriter:
    """A log file to which lines of traffic are appended when they are due."""

    def __init__(
        self,
        path: Path,
        traffic: Traffic,
        clock: Callable[[], float] = time.time,
        limit_bytes: int = DEFAULT_LIMIT,
    ) -> None:
        """Open the file; at the limit it is renamed to `.1` and a new one is started."""
        self._path = path
        self._traffic = traffic
        self._clock = clock
        self._limit = limit_bytes
        self._file = path.open("ab")

    def write_due(self, now_ms: int | None = None) -> int:
        """Append the lines due at `now_ms`, by default the clock's time; return their number.

        Lines beyond a few thousand wait for the next call.
        """
        if self._file.tell() > self._limit:
            self._rotate()
        until_ms = int(self._clock() * 1000) if now_ms is None else now_ms
        lines = [event.line for event in islice(self._traffic.due(until_ms), _LINES_A_CALL)]
        if lines:
            self._file.write(b"\n".join(lines) + b"\n")
            self._file.flush()
        return len(lines)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        self._file = self._path.open("ab")
