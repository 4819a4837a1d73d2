"""Framing: cut a stream of bytes into whole lines, with bounded memory.

NUL bytes end a line as a newline does. Those at the end of what is there end nothing yet: the file
may have been allocated ahead of its writer.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from .nuls import NUL, without_nul_tail


class Gap(NamedTuple):
    """Bytes of the stream that are missing in a text at a place; -1 for a newline added there.

    Among them are `too_long` lines and `nul_bytes`.
    """

    place: int
    size: int
    too_long: int = 0
    nul_bytes: int = 0


class Lines(NamedTuple):
    """Lines, each with the newline or NUL that ends it, and what was left out between them.

    `nul_bytes`: how many NULs are in the text and its gaps.
    """

    text: bytes
    gaps: tuple[Gap, ...] = ()
    nul_bytes: int = 0

    @property
    def too_long(self) -> int:
        """How many lines were left out because they were too long."""
        return sum(gap.too_long for gap in self.gaps)

    @property
    def size(self) -> int:
        """How many bytes of the stream this is."""
        return len(self.text) + sum(gap.size for gap in self.gaps)

    def then(self, other: "Lines") -> "Lines":
        """Return these lines and those that follow them in the stream."""
        if not (self.text or self.gaps):
            return other
        shift = len(self.text)
        gaps = (gap._replace(place=gap.place + shift) for gap in other.gaps)
        return Lines(self.text + other.text, (*self.gaps, *gaps), self.nul_bytes + other.nul_bytes)


NONE = Lines(b"")


def joined(pieces: Iterable[Lines]) -> Lines:
    """Return the lines of pieces of a stream, in one."""
    texts: list[bytes] = []
    gaps: list[Gap] = []
    size = nul_bytes = 0
    for piece in pieces:
        texts.append(piece.text)
        gaps += [gap._replace(place=gap.place + size) for gap in piece.gaps]
        size += len(piece.text)
        nul_bytes += piece.nul_bytes
    return Lines(b"".join(texts), tuple(gaps), nul_bytes)


def skipped(size: int, nul_bytes: int = 0) -> Lines:
    """Return bytes of the stream that are no line, among them so many NULs."""
    return Lines(b"", (Gap(0, size, 0, nul_bytes),), nul_bytes) if size else NONE


def offsets_of(places: list[int], start: int, gaps: Iterable[Gap]) -> list[int]:
    """Return where places of a text are in a stream, of which the text begins at `start`."""
    shift, left = start, iter((*gaps, Gap(-1, 0)))
    gap = next(left)
    offsets = []
    for place in places:
        while 0 <= gap.place <= place:
            shift += gap.size
            gap = next(left)
        offsets.append(place + shift)
    return offsets


class Cutter(Protocol):
    """Cuts bytes that end with no NUL."""

    @property
    def pending_bytes(self) -> int:
        """How many bytes were fed since the end of what was given out."""

    @property
    def wrapper(self) -> str:
        """`document` if the stream is cut into the elements of arrays, else empty."""

    def feed(self, data: bytes, *, has_nuls: bool = True) -> Lines:
        """Return what ends in this data, whose last byte is not NUL; others may be."""

    def end_by_nuls(self, nuls: int) -> Lines:
        """Return what is ended by so many NULs that follow it, and them."""

    def flush(self) -> Lines:
        """Return the rest of a finished stream."""


class Framer:
    """Cuts one stream of bytes, and holds the NULs at its present end back.

    `waiting_nuls` is how many these are.
    """

    def __init__(self, cutter: Cutter) -> None:
        """`cutter` decides what a line is."""
        self._cutter = cutter
        self.waiting_nuls = 0

    @property
    def wrapper(self) -> str:
        """`document` if the stream is cut into the elements of arrays, else empty."""
        return self._cutter.wrapper

    @property
    def pending_bytes(self) -> int:
        """How many bytes have been fed since the end of the last complete line."""
        return self._cutter.pending_bytes + self.waiting_nuls

    def feed(self, chunk: bytes) -> Lines:
        """Return the lines that end in this chunk."""
        if self.waiting_nuls or chunk.find(NUL) >= 0:
            return self._feed_nuls(chunk)
        return self._cutter.feed(chunk, has_nuls=False)

    def _feed_nuls(self, chunk: bytes) -> Lines:
        data = without_nul_tail(chunk)
        tail = len(chunk) - len(data)
        if not data:
            self.waiting_nuls += tail
            return NONE
        waited, self.waiting_nuls = self.waiting_nuls, tail
        if not waited:
            return self._cutter.feed(data)
        return self._cutter.end_by_nuls(waited).then(self._cutter.feed(data))

    def feed_nuls(self, size: int) -> None:
        """The stream goes on with so many NULs."""
        self.waiting_nuls += size

    def flush(self) -> Lines:
        """Return the unterminated last line of a finished stream, and the NULs behind it."""
        nuls, self.waiting_nuls = self.waiting_nuls, 0
        return self._cutter.flush().then(skipped(nuls, nuls))
