"""Chained digests of a content: tell how far two contents begin alike without keeping either.

A content is cut into pieces: one ends with the first line end that is at least a sixteenth of the
offset, at most 64 KiB, behind its start; of the first KiB every line is one. The digest of a piece
covers that of the piece before, so that equal digests at an offset mean equal contents up to
there. Where pieces end depends on the content alone, thus copies are cut alike.

A digest is the SHA-256 of a piece's first KiB and of the CRC-32 of all of it: every byte of a log
goes through it, and a CRC-32 takes a third of the time. Logs differ in the ids and times that a
piece begins with; where only its rest differs a CRC-32 misses one change in 2³², none within four
bytes.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from zlib import crc32

HEADS = 4  # so many first pieces find the contents that begin alike
_OFFSET_BYTES, _DIGEST_BYTES = 5, 7
_MARK_BYTES = _OFFSET_BYTES + _DIGEST_BYTES  # a multiple of 3: base64 pads nothing
_MAX_OFFSET = 1 << (8 * _OFFSET_BYTES)
_DENSE_BYTES = 1 << 10
_PIECE_BYTES = 1 << 16
_SHARE = 16
_CONFIRMED_BYTES = 1 << 16
_HASHED_BYTES = 1 << 10  # of each piece
_FORMAT = "2"  # what digests are made of; those of other formats tell nothing


class Mark(NamedTuple):
    """The digest of a content up to an offset."""

    offset: int
    digest: bytes


def _start(offset: int) -> Mark:
    """Return the mark that a chain begins with; it tells nothing of what stands before it."""
    return Mark(offset, bytes(_DIGEST_BYTES))


def _share_of(offset: int) -> int:
    return offset // _SHARE if offset >= _DENSE_BYTES else 0


class Chain:
    """The digests of one content as far as it was read: `offset`.

    Few are kept: a sixteenth of their offset apart, and those around `end`, the end of the last
    whole line, by which a file is recognised.
    """

    def __init__(self, begin: Mark | None = None) -> None:
        """`begin`: a mark to go on from; by default the start of a content."""
        begin = begin or _start(0)
        self._kept = bytearray(_packed(begin))
        self._last_kept = self._before = self.end = begin
        self._begin_piece(begin)

    @classmethod
    def at(cls, offset: int) -> "Chain":
        """Begin at an offset: what stands before was not read."""
        return cls(_start(offset))

    @classmethod
    def before(cls, offset: int) -> "Chain":
        """Begin a little before an offset."""
        return cls.at(max(0, offset - _PIECE_BYTES))

    @classmethod
    def decode(cls, text: str) -> "Chain":
        """Restore what `encode` returned; from the text of an older version nothing."""
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
        """Return it as text; nothing of an unfinished line, empty if there is no other."""
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
        """Where it begins: above 0 if what stands before was never read."""
        return next(_marks(self._kept[:_MARK_BYTES])).offset

    @property
    def is_empty(self) -> bool:
        """Whether no whole line is known."""
        return self.end.offset <= self.start

    @property
    def heads(self) -> tuple[bytes, ...]:
        """The digests of the first pieces; none if it does not begin at the start."""
        return tuple(mark.digest for mark in self._first_marks())

    def _first_marks(self) -> Iterator[Mark]:
        first = self._kept[_MARK_BYTES : (HEADS + 1) * _MARK_BYTES]
        return iter(()) if self.start else _marks(first)

    def feed(self, data: bytes) -> None:
        """Take what comes next of the content."""
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
        """The digest up to `offset`, in the midst of a line too."""
        whole = self._hash.copy()
        whole.update(self._crc.to_bytes(4))
        return Mark(self.offset, whole.digest()[:_DIGEST_BYTES])

    def rewind(self, offset: int) -> None:
        """Go back to where the last piece begins at or before an offset."""
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
        """Return what is known, in order: the last is `end`, the first where it begins."""
        return sorted({*_marks(self._kept), self._before, self._piece, self.end})

    def recognised_from(self) -> Mark:
        """Return the mark from which on a content must agree to be recognised."""
        return self.piece_before(self.end.offset - _CONFIRMED_BYTES)

    def piece_before(self, offset: int) -> Mark:
        """Return where the last piece begins at or before an offset, or the chain's start."""
        begins = sorted({*_marks(self._kept), self._before, self._piece})
        return next((mark for mark in reversed(begins) if mark.offset <= offset), begins[0])

    def may_begin(self, other: "Chain") -> bool:
        """Return whether another chain may be of the same content, and knows more of it."""
        kept = other._kept  # noqa: SLF001 - of the same class
        return self.end.offset < other.end.offset and kept.startswith(self._kept)

    def may_agree_beyond(self, offset: int, other: "Chain") -> bool:
        """Return whether the contents may agree in a line behind an offset at which lines end.

        Only their first pieces are compared.
        """
        agreed = 0
        theirs = other._first_marks()  # noqa: SLF001 - of the same class
        for mine, others in zip(self._first_marks(), theirs, strict=False):
            if mine != others:
                # A piece of several lines may begin with lines that are the same.
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
