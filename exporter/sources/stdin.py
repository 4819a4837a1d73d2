"""Standard input as a source: read what is there, never wait."""

import os
import select
import sys
from collections.abc import Callable
from dataclasses import replace

from .framing import Framer
from .model import STDIN, Block, FileStatus


class Stdin:
    """Standard input; it has no position to come back to."""

    def __init__(self, name: str, max_line: int, clock: Callable[[], float]) -> None:
        """`name` is the source's."""
        self._name = name
        self._clock = clock
        self._framer = Framer(max_line)
        self._ended = False
        self._read_bytes = 0
        self._last_read = 0.0

    def poll(self) -> None:
        """Do nothing: `read` notices what has come."""

    def read(self, limit: int) -> Block | None:
        """Return the next block, None if nothing is there now."""
        number = sys.stdin.fileno()
        if self._ended or not select.select([number], [], [], 0)[0]:
            return None
        chunk = os.read(number, limit)
        self._ended = not chunk
        start = self._offset
        self._read_bytes += len(chunk)
        self._last_read = self._clock()
        found = self._framer.feed(chunk) if chunk else self._framer.flush()
        block = Block.of(self._name, self._name, found, self._offset - start, None, start)
        return replace(block, ends=self._ended)

    @property
    def _offset(self) -> int:
        """The end of the last line that was given out."""
        return self._read_bytes - self._framer.pending_bytes

    def status(self) -> tuple[FileStatus, ...]:
        """Return what the landing page shows; how much a pipe holds is unknown."""
        return (FileStatus(self._name, STDIN, self._read_bytes, 0, self._last_read, ""),)

    def close(self) -> None:
        """Leave standard input open: it is the process's."""
