"""Take off what stands around the records of one file."""

import copy
from collections.abc import Callable, Iterator

from .message import Found
from .objects import ObjectReader, Objects
from .registry import DOCUMENT, LINES, WRAPPERS, told_by
from .streams import Stream

_MAX_STREAMS = 64  # with something unfinished, in one file
# What is unfinished is given up when so many times the longest line has come after its beginning.
PATIENCE = 16


class Unwrapper:
    """Finds the records in the lines of one file.

    Each record, and each line that is not blank and has none, comes out once. `wrapper`: the name
    of what is around the records, empty as long as no line has told it.
    """

    def __init__(
        self,
        wrapper: str,
        max_line: int,
        is_record: Callable[[bytes], bool],
        make_objects: Callable[[], Objects] | None = None,
    ) -> None:
        """`max_line`: the longest record. `is_record` tells whether an object is a valid record.

        `make_objects` makes what finds the objects in a stream's lines; by default an
        `ObjectReader`.
        """
        self.wrapper = LINES if wrapper == DOCUMENT else wrapper
        self._max_line = max_line
        self._is_record = is_record
        self._make_objects = make_objects
        self._streams: dict[str, Stream] = {}  # those with something unfinished, the oldest first
        self._resume = 0

    @property
    def has_pending(self) -> bool:
        """Whether something is unfinished."""
        return bool(self._streams)

    @property
    def resume(self) -> int | None:
        """Where a new unwrapper has to begin to come to the same state; None: anywhere.

        That is where something was unfinished first since nothing was.
        """
        return self._resume if self._streams else None

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return sum(stream.size for stream in self._streams.values())

    def copy(self) -> "Unwrapper":
        """Return an unwrapper of its own in the same state."""
        shared = (self._is_record, self._make_objects)
        return copy.deepcopy(self, {id(one): one for one in shared})

    def feed(self, line: bytes, at: int) -> Iterator[Found]:
        """Yield what a line, which stands at the offset `at`, makes whole or breaks off."""
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
        """Yield all that is unfinished: nothing that belongs to it will come."""
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
            # What stands before it is done with.
            self._resume = stream.begun

    def _stream(self, name: str) -> Stream:
        return self._streams.get(name) or Stream(self._max_line, self._new_objects())

    def _new_objects(self) -> Objects:
        if self._make_objects is None:
            return ObjectReader(self._max_line, self._is_record)
        return self._make_objects()

    def _note(self, name: str, stream: Stream, at: int) -> None:
        """Keep a stream as long as it has something unfinished, in order of its beginning."""
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
