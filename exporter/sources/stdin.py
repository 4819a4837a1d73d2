"""Standard input as a source, read without waiting."""

import os
import select
import sys
from collections.abc import Callable
from dataclasses import replace

from .archive_kinds import ArchiveError
from .cutters import AUTO, make_framer
from .heads import Begin, refuse_utf16
from .model import STDIN, Block, FileStatus


class Stdin:
    """Standard input, which has no position to return to."""

    def __init__(
        self, name: str, max_line: int, clock: Callable[[], float], wrapper: str = AUTO
    ) -> None:
        """`name`: of the source; `wrapper`: what wraps its records."""
        self._name = name
        self._clock = clock
        self._framer = make_framer(max_line, wrapper)
        self._begin = Begin(wrapper)
        self._ended = False
        self._read_bytes = 0
        self._last_read = 0.0
        self._error = ""

    def poll(self) -> None:
        """Do nothing: `read` notices new data."""

    def read(self, limit: int) -> Block | None:
        """Return the next block, None if there is none now."""
        number = sys.stdin.fileno()
        if self._ended or not _is_readable(number):
            return None
        chunk = os.read(number, limit)
        if not self._read_bytes and self._is_refused(chunk):
            return None
        self._ended = not chunk
        start = self._offset
        self._read_bytes += len(chunk)
        self._last_read = self._clock()
        self._begin.feed(chunk)
        found = self._framer.feed(chunk) if chunk else self._framer.flush()
        block = Block.of(
            self._name,
            self._name,
            found,
            self._offset - start,
            None,
            start,
            ends=self._ended,
            wrapper=self._framer.wrapper,
        )
        return replace(block, head=self._begin.head)

    def _is_refused(self, begin: bytes) -> bool:
        try:
            refuse_utf16(begin)
        except ArchiveError as error:
            self._ended, self._error = True, str(error)
        return self._ended

    @property
    def _offset(self) -> int:
        """The end of the last returned line."""
        return self._read_bytes - self._framer.pending_bytes

    def status(self) -> tuple[FileStatus, ...]:
        """Return the status; how much data waits in a pipe is unknown."""
        return (FileStatus(self._name, STDIN, self._read_bytes, 0, self._last_read, self._error),)

    def close(self) -> None:
        """Leave standard input open: it belongs to the process."""


def _is_readable(number: int) -> bool:
    """Return True if a read would not block; `select` can't handle large descriptors."""
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
