"""Walk the fields of a protobuf message without building it; write the few that answers have.

A built message takes many times its size in memory, so large ones are walked first.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ..values.varints import uvarint

# Fields to walk in one request, at least one per span: more than any exporter sends in 16 MiB.
MAX_FIELDS = 200_000
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class WireError(ValueError):
    """The bytes are not a protobuf message."""


class TooManyError(Exception):
    """The message has more fields than any exporter sends."""


class Field(NamedTuple):
    """A field: its number, and the offsets of its beginning, its content and its end."""

    number: int
    begin: int
    content: int
    end: int
    is_message: bool


class Walk:
    """A walk through the messages of one request."""

    def __init__(self, data: bytes) -> None:
        """`data`: the whole request."""
        self.data = data
        self._left = MAX_FIELDS

    def fields(self, start: int, end: int) -> Iterator[Field]:
        """Yield the fields of the message in a range; raises `WireError` and `TooManyError`."""
        at = start
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise TooManyError
            begin = at
            tag, at = self._varint(at, end)
            kind = tag & 7
            content, at = self._content(kind, at, end)
            if at > end or not tag >> 3:
                raise WireError
            yield Field(tag >> 3, begin, content, at, kind == _LENGTH)

    def messages(self, number: int, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the messages under a field number of the message in a range."""
        for field in self.fields(start, end):
            if field.number == number and field.is_message:
                yield field.content, field.end

    def _content(self, kind: int, at: int, end: int) -> tuple[int, int]:
        """Return the start and the end of a field's content."""
        if kind == _LENGTH:
            size, at = self._varint(at, end)
            return at, at + size
        if kind == _VARINT:
            return at, self._varint(at, end)[1]
        if kind == _FIXED64:
            return at, at + 8
        if kind == _FIXED32:
            return at, at + 4
        raise WireError

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        """Return a number and its end."""
        value = shift = 0
        for place in range(at, min(end, at + _LONGEST_VARINT)):
            byte = self.data[place]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, place + 1
            shift += 7
        raise WireError


def delimited(number: int, content: bytes) -> bytes:
    """Encode a field that holds text or a message."""
    return uvarint(number << 3 | _LENGTH) + uvarint(len(content)) + content


def integer(number: int, value: int) -> bytes:
    """Encode a field that holds a non-negative number."""
    return uvarint(number << 3 | _VARINT) + uvarint(value)
