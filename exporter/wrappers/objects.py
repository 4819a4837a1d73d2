"""Find the JSON objects in lines: after other text, several on one, one over several."""

import re
from collections.abc import Callable, Iterator
from typing import Protocol

from ..errors import Reason
from .json_scan import BROKEN, TORN, UNFINISHED, Scanner, is_object
from .message import Found

_SPACE = b" \t\r\n\v\f"
_NOTHING = _SPACE + b"[],\xef\xbb\xbf"  # a byte order mark is no text either
_BETWEEN = re.compile(rb"[ \t\r\n\v\f,\[\]]*+")


class Objects(Protocol):
    """Finds the objects in the lines of one stream."""

    @property
    def has_pending(self) -> bool:
        """Whether something is unfinished."""

    @property
    def begun(self) -> int:
        """Where the oldest begins that is unfinished."""

    @property
    def size(self) -> int:
        """Bytes that are kept of what is unfinished."""

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield what a line, which stands at the offset `at`, makes whole or breaks off."""

    def give_up(self) -> Iterator[Found]:
        """Yield what is unfinished."""


class ObjectReader:
    """The objects in the lines of one stream.

    An object that is not whole at a line's end waits for the next lines. It is given up where they
    can't go on with it, or where one of them is a record by itself. `begun`: where it begins.
    """

    def __init__(self, max_bytes: int, is_record: Callable[[bytes], bool]) -> None:
        """`max_bytes`: of an object. `is_record` tells whether an object is a valid record."""
        self.size = 0  # bytes of the unfinished object that are kept
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
        """Yield what a line, which stands at the offset `at`, makes whole or breaks off."""
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
        """Yield the unfinished object, if there is one: it counts as invalid."""
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
        """Read a line from its first `{` on."""
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
        """Read what follows an object on its line; other text than objects is ignored."""
        while (start := line.find(b"{", end)) >= 0:
            scanner = Scanner()
            before, end = end, scanner.feed(line, start)
            if end == UNFINISHED:
                self._wait(scanner, line, start, at, time)
                return
            if end in {BROKEN, TORN}:
                # Behind other text it is part of that.
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
            # It is followed to its end, but no longer kept.
            self._is_too_long = True
            self._parts.clear()
            self.size = 0

    def _take(self) -> Found:
        reason = Reason.line_too_long if self._is_too_long else None
        found = Found(b"".join(self._parts), self._time, reason)
        self._scanner, self._time, self._is_too_long = None, None, False
        self._parts, self.size = [], 0
        return found
