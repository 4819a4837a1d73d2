"""Convert messages to blocks of lines. Each message is whole: no record spans two of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...positions import PartitionOffset
from ...wrappers.rows import CSV
from ..cutters import make_framer
from ..document_cutter import DOCUMENT
from ..framing import joined
from ..heads import Begin
from ..messages import Messages, Skip
from ..model import BLOCK_BYTES, Block
from ..nuls import NUL

_MAX_MESSAGES = 10_000
# Beginnings of content that may not be plain lines: an array, or a byte order mark.
_ODD = (b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Cut:
    """Rules for cutting messages into lines: the source, the longest line, the wrapper."""

    source: str
    max_line: int
    wrapper: str

    def is_plain(self, value: bytes) -> bool:
        """Return True if a message consists of lines that can be used unchanged."""
        if len(value) > self.max_line or NUL in value or self.wrapper in (CSV, DOCUMENT):
            return False
        return value.startswith(b"{") or not value.lstrip().startswith(_ODD)


class PartitionBlocks:
    """Builder of the blocks of one partition; `at`: the position after the messages added."""

    def __init__(self, cut: Cut, at: PartitionOffset) -> None:
        """Start at an offset."""
        self._cut = cut
        self.at = at
        self._begin()

    def _begin(self) -> None:
        self._before = self.at
        self._parts: list[bytes] = []
        self._size = 0
        self._ends: list[int] = []
        self._offsets: list[int] = []

    def add(self, offset: int, value: bytes | None) -> Iterator[Block]:
        """Add the next message; yield full blocks. Blank messages only advance the position."""
        lines = self.at.lines if offset == self.at.offset else 0
        if not value or value.isspace():
            self._reach(offset + 1)
        elif lines or not self._cut.is_plain(value):
            yield from self.take()
            yield from self._alone(offset, value, lines)
        else:
            self._parts.append(value if value.endswith(b"\n") else value + b"\n")
            self._size += len(self._parts[-1])
            self._ends.append(self._size)
            self._offsets.append(offset)
            self._reach(offset + 1)
            if self._size >= BLOCK_BYTES or len(self._ends) >= _MAX_MESSAGES:
                yield from self.take()

    def end(self, offset: int) -> None:
        """Advance to an offset before which there are no more messages."""
        if offset > self.at.offset:
            self._reach(offset)

    def _reach(self, offset: int) -> None:
        self.at = replace(self.at, offset=offset, lines=0)

    def take(self) -> Iterator[Block]:
        """Yield a block of the messages added since the last one."""
        if self.at != self._before:
            messages = Messages(self._before, self.at, tuple(self._ends), tuple(self._offsets))
            text = b"".join(self._parts)
            yield self._block(text, messages)
            self._begin()

    def _block(self, text: bytes, messages: Messages) -> Block:
        key = self.at.key
        return Block(self._cut.source, key, text, 0, len(text), None, ends=True, messages=messages)

    def _alone(self, offset: int, value: bytes, lines: int) -> Iterator[Block]:
        """Yield the blocks of one message, of which some lines may have been counted before."""
        wrapper, before = self._cut.wrapper, replace(self.at, offset=offset, lines=0)
        framer, begin = make_framer(self._cut.max_line, wrapper), Begin(wrapper)
        begin.feed(value)
        found = joined([framer.feed(value), framer.flush()])
        self._reach(offset + 1)
        whole = Messages(before, self.at, (len(found.text),), (offset,))
        block = Block.of(
            self._cut.source,
            self.at.key,
            found,
            len(value),
            None,
            0,
            ends=True,
            wrapper=framer.wrapper,
        )
        block = replace(block, head=begin.head, messages=whole)
        if not lines:
            yield block
        else:
            counted, rest = block.cut(lines)
            if rest is None:
                yield self._block(b"", Messages(before, self.at))
            else:
                yield replace(counted, is_replayed=True)
                yield rest
        self._begin()


def note(cut: Cut, before: PartitionOffset, at: PartitionOffset, skip: Skip | None) -> Block:
    """Return a block without lines, for a position that changed without messages."""
    messages = Messages(before, at, skip=skip)
    return Block(cut.source, at.key, b"", 0, 0, None, ends=True, messages=messages)
