"""Parse server-sent events into the JSON values of their data, with bounded memory."""

from typing import Any, Final

from .bodies import WHOLE, BoundedBuffer, parsed

_DATA: Final = b"data:"
_END_OF_CHAT: Final = b"[DONE]"
# The value returned for the last event of Chat Completions.
DONE: Final = {"type": "[DONE]"}


class EventReader:
    """An incremental parser for the events of one stream."""

    __slots__ = ("_lines", "_rest", "_size")

    def __init__(self) -> None:
        """Start with an empty stream."""
        self._rest = BoundedBuffer()
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Any]:
        """Add bytes; return the values of the events that they complete."""
        found: list[Any] = []
        first, *others = data.split(b"\n")
        if not others:
            self._rest.append(first)
            return found
        if len(self._rest):
            self._rest.append(first)
            self._end_rest(found)
        else:
            self._add(first, found)
        for line in others[:-1]:
            self._add(line, found)
        if others[-1]:
            self._rest.append(others[-1])
        return found

    def end(self) -> list[Any]:
        """Return the value of a last event without its blank line."""
        found: list[Any] = []
        self._end_rest(found)
        self._add(b"", found)
        return found

    def _end_rest(self, found: list[Any]) -> None:
        """Add the line that began in earlier bytes."""
        rest, self._rest = self._rest, BoundedBuffer()
        if len(rest) <= WHOLE:
            self._add(rest.kept(), found)
        elif rest.starts_with(_DATA):
            # In every protocol, an event that long is a single line.
            found.append(rest.parse(skip=len(_DATA)))

    def _add(self, line: bytes, found: list[Any]) -> None:
        """Add a line; a blank one ends an event."""
        line = line.rstrip(b"\r")
        if line.startswith(_DATA):
            if self._size <= WHOLE:
                self._lines.append(line[len(_DATA) :])
                self._size += len(line)
        elif not line and self._lines:
            found.append(_value(b"\n".join(self._lines)))
            self._lines, self._size = [], 0


def _value(data: bytes) -> Any:
    return DONE if data.strip() == _END_OF_CHAT else parsed(data)
