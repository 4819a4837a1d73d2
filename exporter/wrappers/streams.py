"""One stream of a file: the messages that one program wrote."""

from collections.abc import Iterator

from ..errors import Reason
from .message import Found, Message
from .objects import Objects


class Stream:
    """A stream that joins the parts of messages and finds the objects in their lines."""

    def __init__(self, max_bytes: int, objects: Objects) -> None:
        """`max_bytes` limits a message. `objects` finds the objects in its lines."""
        self.objects = objects
        self._max_bytes = max_bytes
        self._parts: list[bytes] = []
        self._parts_size = 0
        self._parts_begun = 0
        self._time: str | None = None

    @property
    def has_pending(self) -> bool:
        """Whether a message or an object is unfinished."""
        return self._parts_size > 0 or self.objects.has_pending

    @property
    def begun(self) -> int:
        """The offset at which the oldest unfinished one begins."""
        return self.objects.begun if self.objects.has_pending else self._parts_begun

    @property
    def size(self) -> int:
        """The number of bytes kept in memory."""
        return sum(map(len, self._parts)) + self.objects.size

    def feed(self, message: Message, at: int) -> Iterator[Found]:
        """Yield what a message at the offset `at` completes or interrupts."""
        if message.text is None:
            yield from self.give_up()
            yield Found(b"", message.time, Reason.not_json)
        elif message.is_whole and not self._parts_size:
            yield from self._read(message.text, at, message.time)
        else:
            self._join(message.text, at, message.time)
            if message.is_whole:
                yield from self._end_message()

    def give_up(self) -> Iterator[Found]:
        """Yield what is unfinished; it counts as invalid."""
        yield from self.objects.give_up()
        if self._parts_size:
            yield self._take_parts()

    def _read(self, text: bytes, at: int, time: str | None) -> Iterator[Found]:
        for line in text.removesuffix(b"\n").split(b"\n"):
            yield from self.objects.feed(line, at, time)

    def _join(self, text: bytes, at: int, time: str | None) -> None:
        if not self._parts_size:
            self._parts_begun, self._time = at, time
        # An empty part counts as a byte, so that the message is known to be unfinished.
        self._parts_size += len(text) or 1
        if self._parts_size > self._max_bytes:
            self._parts.clear()
        else:
            self._parts.append(text)

    def _end_message(self) -> Iterator[Found]:
        whole = self._take_parts()
        if whole.reason is None:
            yield from self._read(whole.text, self._parts_begun, whole.time)
        else:
            # A line of the unfinished object is missing.
            yield from self.objects.give_up()
            yield whole

    def _take_parts(self) -> Found:
        reason = Reason.line_too_long if self._parts_size > self._max_bytes else None
        found = Found(b"".join(self._parts), self._time, reason)
        self._parts, self._parts_size, self._time = [], 0, None
        return found
