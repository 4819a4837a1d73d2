"""Chained digests of a content: find the common beginning of two contents without keeping either.

A content is cut into pieces. A piece ends at the first line end that is at least a sixteenth of its
offset, up to 64 KiB, after its start; in the first KiB every line is a piece. The digest of a piece
covers that of the previous piece, so equal digests at an offset mean equal contents up to there.
The ends of pieces depend on the content only, so copies are cut alike.

A digest is the SHA-256 of a piece's first KiB and of the CRC-32 of the whole piece: it covers every
byte of a log, and CRC-32 takes a third of the time. Logs differ in the ids and times at the
beginning of a piece. If only the rest differs, CRC-32 misses one change in 2³², and none within
four bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

HEADS = 4  # number of first pieces by which contents that begin alike are found
_OFFSET_BYTES, _DIGEST_BYTES = 5, 7
_MARK_BYTES = _OFFSET_BYTES + _DIGEST_BYTES  # a multiple of 3, so base64 adds no padding
_MAX_OFFSET = 1 << (8 * _OFFSET_BYTES)
_DENSE_BYTES = 1 << 10
_PIECE_BYTES = 1 << 16
_SHARE = 16
_CONFIRMED_BYTES = 1 << 16
_HASHED_BYTES = 1 << 10  # of each piece
_FORMAT = "2"  # of digests; those of other formats can't be compared


class Mark(NamedTuple):
    """The digest of a content up to an offset."""

    offset: int
    digest: bytes


def _start(offset: int) -> Mark:
    """Return the first mark of a chain; it says nothing about the content before it."""
    return Mark(offset, bytes(_DIGEST_BYTES))


def _share_of(offset: int) -> int:
    return offset // _SHARE if offset >= _DENSE_BYTES else 0


class Chain:
    """The digests of one content up to `offset`, as far as it was read.

    Few are kept: they are a sixteenth of their offset apart. Those around `end`, the end of the
    last whole line, are kept to recognise a file.
    """

    def __init__(self, begin: Mark | None = None) -> None:
        """`begin`: a mark to continue from; by default the start of a content."""
        begin = begin or _start(0)
        self._kept = bytearray(_packed(begin))
        self._last_kept = self._before = self.end = begin
        self._begin_piece(begin)

    @classmethod
    def at(cls, offset: int) -> "Chain":
        """Return a chain from an offset on; content before it was not read."""
        return cls(_start(offset))

    @classmethod
    def before(cls, offset: int) -> "Chain":
        """Return a chain from a little before an offset on."""
        return cls.at(max(0, offset - _PIECE_BYTES))

    @classmethod
    def decode(cls, text: str) -> "Chain":
        """Restore a chain that `encode` returned; an empty one for text of an older version."""
        found, *parts = text.split(".")
        chain = cls()
        if found != _FORMAT:
            return chain
        kept, last = map(base64.b64decode, parts)
        chain._kept = bytearray(kept)
        chain._before, chain._piece, chain.end = _marks(last)
        chain.rewind(chain.end.offset)
        return chain

    def encode(self) -> str:
        """Encode the chain as text, without an unfinished line; empty if there is no whole line."""
        if self.is_empty:
            return ""
        last = b"".join(map(_packed, (self._before, self._piece, self.end)))
        return ".".join(
            (_FORMAT, *(base64.b64encode(part).decode() for part in (self._kept, last)))
        )

    def _begin_piece(self, mark: Mark) -> None:
        self._piece = mark
        self.offset = mark.offset
        self._hash = hashlib.sha256(mark.digest)
        self._crc = 0

    @property
    def start(self) -> int:
        """Where the chain begins: above 0 if content before it was never read."""
        return next(_marks(self._kept[:_MARK_BYTES])).offset

    @property
    def is_empty(self) -> bool:
        """Whether no whole line is known."""
        return self.end.offset <= self.start

    @property
    def heads(self) -> tuple[bytes, ...]:
        """The digests of the first pieces; none if the chain does not begin at the start."""
        return tuple(mark.digest for mark in self._first_marks())

    def _first_marks(self) -> Iterator[Mark]:
        first = self._kept[_MARK_BYTES : (HEADS + 1) * _MARK_BYTES]
        return iter(()) if self.start else _marks(first)

    def feed(self, data: bytes) -> None:
        """Add the next data of the content."""
        at, last, view = 0, data.rfind(b"\n") + 1, memoryview(data)
        while at < len(data):
            goal = self._piece.offset + min(_share_of(self._piece.offset), _PIECE_BYTES)
            wanted = max(at, at + goal - self.offset - 1)
            found = data.find(b"\n", wanted) + 1
            stop = found or (last if at < last else len(data))
            hashed = self._piece.offset + _HASHED_BYTES - self.offset
            if hashed > 0:
                self._hash.update(view[at : min(stop, at + hashed)])
            self._crc = crc32(view[at:stop], self._crc)
            self.offset += stop - at
            at = stop
            if stop <= last:
                self._note_line_end(is_piece=bool(found))

    def _note_line_end(self, *, is_piece: bool) -> None:
        self.end = mark = self.now
        if is_piece:
            self._before = self._piece
            self._begin_piece(mark)
            enough = self._last_kept.offset + _share_of(self._last_kept.offset)
            if enough <= mark.offset < _MAX_OFFSET:
                self._last_kept = mark
                self._kept += _packed(mark)

    @property
    def now(self) -> Mark:
        """The digest up to `offset`, even within a line."""
        whole = self._hash.copy()
        whole.update(self._crc.to_bytes(4))
        return Mark(self.offset, whole.digest()[:_DIGEST_BYTES])

    def rewind(self, offset: int) -> None:
        """Go back to the last start of a piece at or before an offset."""
        around = [mark for mark in (self._before, self._piece) if mark.offset <= offset]
        kept = [mark for mark in _marks(self._kept) if mark.offset <= offset] or [_start(offset)]
        self._kept = bytearray(b"".join(map(_packed, kept)))
        self._last_kept = kept[-1]
        begins = sorted({*kept, *around})
        self._before = begins[-2:][0]
        self._begin_piece(begins[-1])
        if self.end.offset > offset:
            self.end = begins[-1]

    def marks(self) -> list[Mark]:
        """Return all marks in order: the first is the chain's start, the last one `end`."""
        return sorted({*_marks(self._kept), self._before, self._piece, self.end})

    def recognised_from(self) -> Mark:
        """Return the mark from which a content must agree to be recognised."""
        return self.piece_before(self.end.offset - _CONFIRMED_BYTES)

    def piece_before(self, offset: int) -> Mark:
        """Return the last start of a piece at or before an offset, or the chain's start."""
        begins = sorted({*_marks(self._kept), self._before, self._piece})
        return next((mark for mark in reversed(begins) if mark.offset <= offset), begins[0])

    def may_begin(self, other: "Chain") -> bool:
        """Return True if another chain may be of the same content and covers more of it."""
        kept = other._kept  # noqa: SLF001 - of the same class
        return self.end.offset < other.end.offset and kept.startswith(self._kept)

    def may_agree_beyond(self, offset: int, other: "Chain") -> bool:
        """Return True if the contents may agree in a line after an offset at which lines end.

        Only their first pieces are compared.
        """
        agreed = 0
        theirs = other._first_marks()  # noqa: SLF001 - of the same class
        for mine, others in zip(self._first_marks(), theirs, strict=False):
            if mine != others:
                # Pieces of several lines may differ and still begin with equal lines.
                return agreed > offset or agreed >= _DENSE_BYTES
            agreed = mine.offset
        return True


def _packed(mark: Mark) -> bytes:
    return mark.offset.to_bytes(_OFFSET_BYTES) + mark.digest


def _marks(data: Iterable[int]) -> Iterator[Mark]:
    packed = bytes(data)
    for at in range(0, len(packed), _MARK_BYTES):
        middle = at + _OFFSET_BYTES
        yield Mark(int.from_bytes(packed[at:middle]), packed[middle : at + _MARK_BYTES])
