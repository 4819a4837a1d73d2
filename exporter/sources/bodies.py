"""Bodies of pushed batches: decompressed as they arrive, and cut into numbered lines."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice

from ..receipts import ERRORS_KEPT
from .archive_kinds import KINDS, ArchiveError, Member
from .cutters import make_framer
from .framing import Gap, Lines, joined
from .heads import Begin, refuse_utf16
from .model import Block
from .nuls import NUL

MAX_BYTES = 1 << 24
# Finding the offsets of this many lines blocks the event loop for some 20 ms.
MAX_LINES = 50_000
# Suffix of a file with the same compression, by the name in `Content-Encoding`.
ENCODINGS = {"gzip": ".gz", "x-gzip": ".gz", "zstd": ".zst"}
_PIECE = 1 << 18
# Bytes cut into lines at a time.
_CUT = 1 << 16


class TooLargeError(Exception):
    """A body has too many bytes or lines for a batch."""


class Inflow:
    """A buffer that decompresses a body as it arrives; `size` is its number of bytes."""

    def __init__(self, encoding: str = "") -> None:
        """`encoding` is one of `ENCODINGS`, or empty."""
        suffix = ENCODINGS.get(encoding)
        self._kind = next((kind for kind in KINDS if kind.suffix == suffix), None)
        self._member: Member | None = None
        self._parts: list[bytes] = []
        self.size = 0

    @property
    def is_packed(self) -> bool:
        """Whether a little input may become much."""
        return self._kind is not None

    def feed(self, data: bytes) -> None:
        """Take the next bytes; raises `ArchiveError` and `TooLargeError`."""
        if self._kind is None:
            self._keep(data)
            return
        while data:
            if self._member is None:
                self._member = self._kind.member()
            elif self._member.eof:
                # Archives may be padded with zeros after their last member.
                data = data.lstrip(NUL)
                self._member = self._kind.member() if data else self._member
            if data:
                data = self._unpack(self._member, data)

    def _unpack(self, member: Member, data: bytes) -> bytes:
        """Decompress a member; return the data that follows it."""
        self._keep(member.decompress(data, _PIECE))
        while not (member.eof or member.needs_input):
            self._keep(member.decompress(b"", _PIECE))
        return member.unused_data if member.eof else b""

    def _keep(self, data: bytes) -> None:
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise TooLargeError(f"a batch must be at most {MAX_BYTES} bytes, decompressed")
        self._parts.append(data)

    def whole(self) -> bytes:
        """Return the body; raises `ArchiveError` if its compressed data is incomplete."""
        if self._kind is not None and not (self._member and self._member.eof):
            raise ArchiveError("ends before its compressed content does")
        return b"".join(self._parts)


@dataclass(frozen=True, slots=True)
class Body:
    """A body, and the block of its lines or elements of arrays, which are numbered from 1.

    `too_long`: the offsets and numbers of the first lines that were too long.
    """

    data: bytes
    block: Block
    digest: str
    starts: list[int] = field(default_factory=list)  # of the elements of arrays
    too_long: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """The memory of the body in bytes."""
        return len(self.data) + len(self.block.text)

    def numbered(self, offsets: Iterable[int]) -> Iterator[int]:
        """Yield the number of the line or element at each offset; offsets must ascend."""
        if self.block.wrapper:
            gaps = [(at, gap.too_long) for at, gap in _placed(self.block.gaps) if gap.too_long]
            for offset in offsets:
                lost = sum(number for at, number in gaps if at < offset)
                yield bisect_right(self.starts, offset) + lost
            return
        at = number = 0
        for offset in offsets:
            number += self.data.count(b"\n", at, max(at, offset))
            at = max(at, offset)
            yield number + 1


def body_of(data: bytes, source: str, key: str, max_line: int, wrapper: str) -> Body:
    """Cut a body into lines; raises `ArchiveError` and `TooLargeError`.

    `source` and `key`: of the block. `wrapper`: the configured one.
    """
    *_, body = body_in_steps(data, source, key, max_line, wrapper)
    assert body is not None  # the last step yields it
    return body


def body_in_steps(
    data: bytes, source: str, key: str, max_line: int, wrapper: str
) -> Iterator[Body | None]:
    """Do the same in steps, which yield None except for the last: others take turns with it."""
    refuse_utf16(data)
    framer, begin = make_framer(max_line, wrapper), Begin(wrapper)
    begin.feed(data)
    found, left = [], MAX_LINES
    for at in range(0, len(data), _CUT):
        if at:
            yield None
        found.append(framer.feed(data[at : at + _CUT]))
        # Check now: a line takes far more memory and time than its bytes, which may be only two.
        left = _left(left, found[-1])
    found.append(framer.flush())
    _left(left, found[-1])
    lines, kind = joined(found), framer.wrapper
    block = Block.of(source, key, lines, len(data), None, 0, ends=True, wrapper=kind)
    block = replace(block, head=begin.head)
    if lines.text == data:
        data = lines.text
    body = Body(data, block, hashlib.sha256(data).hexdigest(), block.starts if kind else [])
    yield replace(body, too_long=tuple(islice(_too_long(body, max_line), ERRORS_KEPT)))


def _left(left: int, found: Lines) -> int:
    """Return how many more lines are allowed after these; raises `TooLargeError`."""
    left -= found.text.count(b"\n") + found.text.count(NUL)
    if left < 0:
        raise TooLargeError(f"a batch must be at most {MAX_LINES} lines")
    return left


def _placed(gaps: Iterable[Gap]) -> Iterator[tuple[int, Gap]]:
    """Yield gaps with their offsets in the body."""
    shift = 0
    for gap in gaps:
        yield gap.place + shift, gap
        shift += gap.size


def _too_long(body: Body, max_line: int) -> Iterator[tuple[int, int]]:
    found = [(at, gap) for at, gap in _placed(body.block.gaps) if gap.too_long]
    if body.block.wrapper:
        for at, gap in found:
            (before,) = body.numbered([at])
            yield from ((at, before + 1 + place) for place in range(gap.too_long))
        return
    offsets = [
        at + start
        for at, gap in islice(found, ERRORS_KEPT)
        for start in _long_lines(body.data[at : at + gap.size], max_line)
    ]
    yield from zip(offsets, body.numbered(offsets), strict=True)


def _long_lines(text: bytes, max_line: int) -> Iterator[int]:
    at = 0
    for line in BytesIO(text):
        if len(line.rstrip(b"\r\n")) > max_line and not line.isspace():
            yield at
        at += len(line)
