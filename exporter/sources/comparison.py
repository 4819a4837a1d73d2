"""Compare contents: find their common beginning in whole lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from .archive_kinds import ArchiveError
from .chain import HEADS, Chain, Mark
from .content import Content
from .document_cutter import is_document

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Common:
    """The common beginning of two contents: `offset` is the end of its last whole line.

    `ended`: all of the first content agrees; `other_ended`: all whole lines of the second do.
    `is_unsure`: the first ended before its last lines could be compared.
    """

    offset: int
    ended: bool
    other_ended: bool
    is_unsure: bool = False


def peek(
    content: Content, start: int, end: int | None = None, chunk: int = _CHUNK
) -> Iterator[bytes]:
    """Iterate over an open file's content between two offsets; keep its own offset.

    Stops at damage, which reading the file will report.
    """
    twin = content.twin()
    try:
        twin.seek(start)
        while end is None or twin.offset < end:
            before = twin.progress
            data = twin.read(chunk if end is None else min(chunk, end - twin.offset))
            if data:
                yield data
            elif twin.progress == before:
                return
    except ArchiveError:
        return
    finally:
        twin.close()


def with_last_newline(data: Iterator[bytes]) -> Iterator[bytes]:
    """Add the last newline to a finished content if it is missing."""
    last = b"\n"
    for last in data:
        yield last
    if not last.endswith(b"\n"):
        yield b"\n"


def common_lines(one: Iterator[bytes], other: Iterator[bytes], start: int) -> Common:
    """Compare two contents byte by byte from an offset up to which they agree."""
    mine = others = b""
    at = whole = start
    while True:
        mine, others = mine or next(one, b""), others or next(other, b"")
        size = min(len(mine), len(others))
        if not size:
            # An unfinished line of the other may continue like this one.
            return Common(whole, ended=not mine, other_ended=not others)
        same = size if mine[:size] == others[:size] else _same(mine, others, size)
        line_end = mine.rfind(b"\n", 0, same) + 1
        whole = at + line_end if line_end else whole
        if same < size:
            is_over = not any(b"\n" in data for data in chain((others[same:],), other))
            return Common(whole, ended=False, other_ended=is_over)
        at += size
        mine, others = mine[size:], others[size:]


def _same(one: bytes, other: bytes, size: int) -> int:
    """Return the length of the common beginning, within `size` bytes that differ."""
    low, high = 0, size
    while low + 1 < high:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def chain_of(content: Content, end: int, start: Mark | None = None) -> Chain:
    """Read a content up to an offset and return its digests."""
    found = Chain(start)
    for data in peek(content, found.offset, end):
        found.feed(data)
    return found


def is_recognised(content: Content, known: Chain) -> bool:
    """Return True if a content matches a known one just before the known end."""
    if known.is_empty:
        return True
    return chain_of(content, known.end.offset, known.recognised_from()).end == known.end


def is_still(content: Content, known: Chain) -> bool:
    """Return True if an open file still matches just before the point it was read to."""
    return chain_of(content, known.offset, known.recognised_from()).now == known.now


def agreed_marks(content: Content, known: Chain) -> Common:
    """Compare a content with the digests of one that can no longer be read."""
    first, *marks = known.marks()
    walk, agreed = Chain(first), 0
    data = peek(content, first.offset, known.end.offset)
    rest = b""
    for mark in marks:
        rest = _feed_up_to(walk, mark.offset, rest, data)
        if walk.offset < mark.offset:
            is_unsure = walk.end.offset > agreed
            return Common(agreed, ended=True, other_ended=False, is_unsure=is_unsure)
        if walk.end != mark:
            return Common(agreed, ended=False, other_ended=False)
        agreed = mark.offset
    is_longer = any(peek(content, agreed, agreed + 1))
    return Common(agreed, ended=not is_longer, other_ended=True)


def _feed_up_to(walk: Chain, offset: int, rest: bytes, data: Iterator[bytes]) -> bytes:
    """Feed data up to an offset; return the data read beyond it."""
    while walk.offset < offset and (rest := rest or next(data, b"")):
        size = offset - walk.offset
        walk.feed(rest[:size])
        rest = rest[size:]
    return rest


_HEAD_BYTES = 1 << 16
_HEAD_CHUNK = 1 << 11
_FIRST_LINE_BYTES = 1 << 22


class Heads:
    """The beginning of a content, to find others that begin alike."""

    def __init__(self, content: Content, *, is_over: bool = False) -> None:
        """Read the first pieces, or the first line if that is long; raise one of `READ_ERRORS`.

        `is_over`: the last line needs no newline.
        """
        if not content.is_archive:
            content.first_bytes()  # refuses other encodings
        self._data, found = b"", Chain()
        parts = peek(content, 0, chunk=_HEAD_CHUNK)
        for data in with_last_newline(parts) if is_over else parts:
            self._data += data
            found.feed(data)
            size = len(self._data)
            if len(found.heads) == HEADS or size >= (
                _FIRST_LINE_BYTES if found.is_empty else _HEAD_BYTES
            ):
                break
        self.digests = found.heads
        self._offsets = [mark.offset for mark in found.marks()]
        # A content without a line end in this many bytes can't be identified by its lines; neither
        # can an array, whose lines are its elements.
        is_large = len(self._data) >= _FIRST_LINE_BYTES
        self.has_line = bool(self.digests) or is_large or is_document(self._data) is True

    def offset(self, depth: int) -> int:
        """Return the end of the first `depth` pieces."""
        return self._offsets[depth]

    def differs_at(self, depth: int) -> bool:
        """Return True if the piece after the first `depth` ones is known and a single line."""
        if depth >= len(self.digests):
            return False
        start, end = self._offsets[depth : depth + 2]
        return self._data.find(b"\n", start) == end - 1
