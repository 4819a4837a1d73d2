"""Find JSON objects in lines: after other text, several in a line, one over several lines."""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from ..errors import Reason
from .json_scan import BROKEN, TORN, UNFINISHED, Scanner, is_object
from .message import Found

_SPACE = b" \t\r\n\v\f"
_NOTHING = _SPACE + b"[],\xef\xbb\xbf"  # a byte order mark is not text either
_BETWEEN = re.compile(rb"[ \t\r\n\v\f,\[\]]*+")


class Objects(Protocol):
    """A reader of the objects in the lines of one stream."""

    @property
    def has_pending(self) -> bool:
        """Whether something is unfinished."""

    @property
    def begun(self) -> int:
        """The offset at which the oldest unfinished one begins."""

    @property
    def size(self) -> int:
        """The number of bytes kept of what is unfinished."""

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield what a line at the offset `at` completes or interrupts."""

    def give_up(self) -> Iterator[Found]:
        """Yield what is unfinished."""


class ObjectReader:
    """Reader for the objects in the lines of one stream.

    An object that is unfinished at a line's end waits for the next lines. It is given up when they
    can't continue it, or when one of them is a record itself. `begun`: the offset of the object.
    """

    def __init__(self, max_bytes: int, is_record: Callable[[bytes], bool]) -> None:
        """`max_bytes` limits an object. `is_record` returns True if an object is a valid record."""
        self.size = 0  # bytes kept of the unfinished object
        self.begun = 0
        self._max_bytes = max_bytes
        self._is_record = is_record
        self._scanner: Scanner | None = None
        self._parts: list[bytes] = []
        self._time: str | None = None
        self._is_too_long = False

    @property
    def has_pending(self) -> bool:
        """Whether an object is unfinished."""
        return self._scanner is not None

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield what a line at the offset `at` completes or interrupts."""
        scanner = self._scanner
        if scanner is not None and self._is_record_alone(line):
            yield self._take()
            scanner = None
        end = BROKEN if scanner is None else scanner.feed(line)
        if end == BROKEN:
            yield from self.give_up()
            yield from self._begin(line, at, time)
        elif end == UNFINISHED:
            self._keep(b"\n" + line)
        elif end == TORN:
            # The line is part of the object, but nothing can follow it.
            self._keep(b"\n" + line)
            yield self._take()
        else:
            self._keep(b"\n" + line[:end])
            yield self._take()
            yield from self._read_rest(line, end, at, time)

    def give_up(self) -> Iterator[Found]:
        """Yield the unfinished object, if any: it counts as invalid."""
        if self._scanner is not None:
            yield self._take()

    def _is_record_alone(self, line: bytes) -> bool:
        text = line.strip(_SPACE + b",")
        if not text.startswith(b"{") or Scanner().feed(text) != len(text):
            return False
        return self._is_record(text)

    def _begin(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        start = line.find(b"{")
        if start < 0:
            if line.strip(_NOTHING):
                yield Found(line, time)
        elif is_object(memoryview(line)[start:]):
            yield Found(line[start:] if start else line, time)
        else:
            yield from self._scan(line, start, at, time)

    def _scan(self, line: bytes, start: int, at: int, time: str | None) -> Iterator[Found]:
        """Scan a line from its first `{` on."""
        scanner = Scanner()
        end = scanner.feed(line, start)
        if end == UNFINISHED:
            self._wait(scanner, line, start, at, time)
        elif end in {BROKEN, TORN}:
            yield Found(line, time)
        else:
            yield Found(line[start:end], time)
            yield from self._read_rest(line, end, at, time)

    def _read_rest(self, line: bytes, end: int, at: int, time: str | None) -> Iterator[Found]:
        """Read the objects that follow one on its line; ignore other text."""
        while (start := line.find(b"{", end)) >= 0:
            scanner = Scanner()
            before, end = end, scanner.feed(line, start)
            if end == UNFINISHED:
                self._wait(scanner, line, start, at, time)
                return
            if end in {BROKEN, TORN}:
                # After other text it is part of that text.
                if _BETWEEN.fullmatch(line, before, start):
                    yield Found(line[start:], time)
                return
            yield Found(line[start:end], time)

    def _wait(self, scanner: Scanner, line: bytes, start: int, at: int, time: str | None) -> None:
        self._scanner, self._time = scanner, time
        self.begun = at + start
        self._keep(line[start:])

    def _keep(self, text: bytes) -> None:
        if self._is_too_long:
            return
        self.size += len(text)
        self._parts.append(text)
        if self.size > self._max_bytes:
            # Keep scanning to its end, but no longer store it.
            self._is_too_long = True
            self._parts.clear()
            self.size = 0

    def _take(self) -> Found:
        reason = Reason.line_too_long if self._is_too_long else None
        found = Found(b"".join(self._parts), self._time, reason)
        self._scanner, self._time, self._is_too_long = None, None, False
        self._parts, self.size = [], 0
        return found
