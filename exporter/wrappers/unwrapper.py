"""Unwrap the records of one file."""

import copy
from collections.abc import Callable, Iterator

from .message import Found
from .objects import ObjectReader, Objects
from .registry import DOCUMENT, LINES, WRAPPERS, told_by
from .streams import Stream

_MAX_STREAMS = 64  # with something unfinished, in one file
# An unfinished record is given up this many times the longest line after its beginning.
PATIENCE = 16


class Unwrapper:
    """Unwrapper for the lines of one file.

    It yields each record once, and each line that has none and is not blank. `wrapper`: the name of
    the wrapper, empty until a line shows it.
    """

    def __init__(
        self,
        wrapper: str,
        max_line: int,
        is_record: Callable[[bytes], bool],
        make_objects: Callable[[], Objects] | None = None,
    ) -> None:
        """`max_line` limits a record. `is_record` returns True if an object is a valid record.

        `make_objects` returns the reader of the objects in a stream's lines, by default an
        `ObjectReader`.
        """
        self.wrapper = LINES if wrapper == DOCUMENT else wrapper
        self._max_line = max_line
        self._is_record = is_record
        self._make_objects = make_objects
        self._streams: dict[str, Stream] = {}  # those with something unfinished, oldest first
        self._resume = 0

    @property
    def has_pending(self) -> bool:
        """Whether something is unfinished."""
        return bool(self._streams)

    @property
    def resume(self) -> int | None:
        """The offset from which a new unwrapper reaches the same state; None: any offset.

        That is the first offset since which something has been unfinished all the time.
        """
        return self._resume if self._streams else None

    @property
    def size(self) -> int:
        """The number of bytes kept in memory."""
        return sum(stream.size for stream in self._streams.values())

    def copy(self) -> "Unwrapper":
        """Return an independent unwrapper in the same state."""
        shared = (self._is_record, self._make_objects)
        return copy.deepcopy(self, {id(one): one for one in shared})

    def feed(self, line: bytes, at: int) -> Iterator[Found]:
        """Yield what a line at the offset `at` completes or interrupts."""
        if not self.wrapper:
            self.wrapper = told_by(line)
            if self.wrapper:
                yield from self.give_up()
        if self._streams:
            yield from self._give_up_old(at)
        if not self._streams:
            self._resume = at
        yield from self._read(line, at)

    def give_up(self) -> Iterator[Found]:
        """Yield everything unfinished, since nothing more of it will come."""
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            yield from stream.give_up()

    def _read(self, line: bytes, at: int) -> Iterator[Found]:
        wrapper = WRAPPERS.get(self.wrapper)
        if wrapper is None:
            yield from self._read_plain(line, at)
            return
        message = wrapper.read(line)
        if message is not None:
            stream = self._stream(message.stream)
            yield from stream.feed(message, at)
            self._note(message.stream, stream, at)
            if len(self._streams) > _MAX_STREAMS:
                yield from self._give_up_first()
        elif line.strip():
            yield Found(line)

    def _read_plain(self, line: bytes, at: int) -> Iterator[Found]:
        stream = self._stream("")
        yield from stream.objects.feed(line, at, None)
        self._note("", stream, at)
        if stream.has_pending:
            # Everything before it is finished.
            self._resume = stream.begun

    def _stream(self, name: str) -> Stream:
        return self._streams.get(name) or Stream(self._max_line, self._new_objects())

    def _new_objects(self) -> Objects:
        if self._make_objects is None:
            return ObjectReader(self._max_line, self._is_record)
        return self._make_objects()

    def _note(self, name: str, stream: Stream, at: int) -> None:
        """Keep streams with something unfinished, in order of where that begins."""
        if not stream.has_pending:
            self._streams.pop(name, None)
        elif stream.begun >= at or name not in self._streams:
            self._streams.pop(name, None)
            self._streams[name] = stream

    def _give_up_old(self, at: int) -> Iterator[Found]:
        limit = at - PATIENCE * self._max_line
        while self._streams and next(iter(self._streams.values())).begun < limit:
            yield from self._give_up_first()

    def _give_up_first(self) -> Iterator[Found]:
        name = next(iter(self._streams))
        yield from self._streams.pop(name).give_up()
