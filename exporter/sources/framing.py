"""Framing: cut a stream of bytes into whole lines, with bounded memory.

NUL bytes end a line as a newline does. At the current end of a file they end nothing yet: the
space may have been allocated ahead, for its writer to fill.
"""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from .nuls import NUL, without_nul_tail


class Gap(NamedTuple):
    """Bytes of the stream that are missing in a text at a place; size -1 for an added newline.

    They include `too_long` lines and `nul_bytes`.
    """

    place: int
    size: int
    too_long: int = 0
    nul_bytes: int = 0


class Lines(NamedTuple):
    """Lines, each with the newline or NUL that ends it, and the gaps between them.

    `nul_bytes`: the number of NULs in the text and its gaps.
    """

    text: bytes
    gaps: tuple[Gap, ...] = ()
    nul_bytes: int = 0

    @property
    def too_long(self) -> int:
        """The number of lines omitted because they were too long."""
        return sum(gap.too_long for gap in self.gaps)

    @property
    def size(self) -> int:
        """The number of bytes of the stream."""
        return len(self.text) + sum(gap.size for gap in self.gaps)

    def then(self, other: "Lines") -> "Lines":
        """Return these lines followed by others."""
        if not (self.text or self.gaps):
            return other
        shift = len(self.text)
        gaps = (gap._replace(place=gap.place + shift) for gap in other.gaps)
        return Lines(self.text + other.text, (*self.gaps, *gaps), self.nul_bytes + other.nul_bytes)


NONE = Lines(b"")


def joined(pieces: Iterable[Lines]) -> Lines:
    """Join the lines of consecutive pieces of a stream."""
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
    """Return a gap of bytes that include a number of NULs."""
    return Lines(b"", (Gap(0, size, 0, nul_bytes),), nul_bytes) if size else NONE


def offsets_of(places: list[int], start: int, gaps: Iterable[Gap]) -> list[int]:
    """Return the stream offsets of places in a text that begins at `start`."""
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
    """A cutter of data whose last byte is not NUL."""

    @property
    def pending_bytes(self) -> int:
        """The number of bytes fed since the end of the last returned line."""

    @property
    def wrapper(self) -> str:
        """`document` if the stream is cut into the elements of arrays, else empty."""

    def feed(self, data: bytes, *, has_nuls: bool = True) -> Lines:
        """Return the lines that end in this data, whose last byte is not NUL; others may be."""

    def end_by_nuls(self, nuls: int) -> Lines:
        """Return the line that is ended by a number of NULs, and the NULs."""

    def flush(self) -> Lines:
        """Return the rest of a finished stream."""


class Framer:
    """A framer of one stream of bytes that holds back the NULs at its current end.

    `waiting_nuls` is their number.
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
        """The number of bytes fed since the end of the last complete line."""
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
        """Note that the stream continues with a number of NULs."""
        self.waiting_nuls += size

    def flush(self) -> Lines:
        """Return the unterminated last line of a finished stream, and the NULs after it."""
        nuls, self.waiting_nuls = self.waiting_nuls, 0
        return self._cutter.flush().then(skipped(nuls, nuls))
