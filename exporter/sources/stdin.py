"""Standard input as a source: never waited for, ended by its end."""

import os
import select
import sys

from ..framing import Framer
from .model import Block, FileStatus


class Stdin:
    """Reads what is there; standard input has no position to come back to."""

    def __init__(self, name: str, max_line: int) -> None:
        """`name` is the source's."""
        self._name = name
        self._framer = Framer(max_line)
        self._ended = False
        self._read_bytes = 0
        self._last_read = 0.0

    def read(self, limit: int, now: float) -> Block | None:
        """The next block, None where nothing is there now."""
        number = sys.stdin.fileno()
        if self._ended or not select.select([number], [], [], 0)[0]:
            return None
        chunk = os.read(number, limit)
        self._ended = not chunk
        self._read_bytes += len(chunk)
        self._last_read = now
        found = self._framer.feed(chunk) if chunk else self._framer.flush()
        return Block(self._name, self._name, *found, len(chunk), None)

    def status(self) -> FileStatus:
        """For the landing page; how much a pipe holds can't be told."""
        return FileStatus(self._name, "-", self._read_bytes, 0, self._last_read, "")
