"""Identify a file's content by device and inode, by its first bytes, and by chained digests."""

from ..positions import Position
from .chain import HEADS, Chain
from .comparison import Heads, agreed_marks, is_recognised, is_still, peek
from .content import Content
from .fingerprints import (
    FINGERPRINT_BYTES,
    MINIMUM_BYTES,
    NO_FINGERPRINT,
    fingerprint_of,
    is_extended_by,
)

_NO_INODE = (0, 0)
_NO_TAIL = (-1, NO_FINGERPRINT)
_TAIL_BYTES = 1 << 12
_MAX_TAIL_BYTES = 1 << 16
_MANY_BYTES = 1 << 18


class Identity:
    """The identity of a content: its inode, its fingerprint, and the digests of its lines."""

    def __init__(self, position: Position | None) -> None:
        """Start from a read position, if any."""
        self.inode = _NO_INODE if position is None else (position.device, position.inode)
        self.fingerprint = NO_FINGERPRINT if position is None else position.fingerprint
        self.chain = _chain_of(position)
        self.heads = self.chain.heads
        self._tail = _NO_TAIL
        self._confirmed: tuple[object, ...] = ()  # the file's state when it was last recognised
        # Inode and size of the archive that is known to have this content.
        self._archive = (self.inode, 0 if position is None else position.archive_size)

    def is_of(self, content: Content, offset: int) -> bool:
        """Return True if an open file has this content, at least up to `offset`."""
        is_same = self.inode == content.inode
        if self.fingerprint.length == 0:
            return is_same and not content.first_bytes(1)
        if not content.matches(self.fingerprint):
            return False
        if content.is_archive:
            return self._is_archived_in(content)
        if content.size < offset:
            return False
        if self.chain.is_empty:
            return is_same or self._may_be(content)
        found = (content.inode, content.size, content.mtime)
        if found != self._confirmed and is_recognised(content, self.chain):
            self._confirmed = found
        return found == self._confirmed

    def _is_archived_in(self, content: Content) -> bool:
        """Return True if an archive has the content read so far; this unpacks it once."""
        found = (content.inode, content.size)
        if found != self._archive:
            if not (self.chain.is_empty or agreed_marks(content, self.chain).other_ended):
                return False
            self._archive = found
        return self.begins_like(content)

    def _may_be(self, content: Content) -> bool:
        if self.heads:
            return self.begins_like(content)
        return self.fingerprint.length >= MINIMUM_BYTES

    def begins_like(self, content: Content) -> bool:
        """Return True if an open file begins with the same pieces."""
        return Heads(content).digests[: len(self.heads)] == self.heads

    def contradicts(self, content: Content) -> bool:
        """Return True if an open file begins differently."""
        return self.fingerprint.length > 0 and not content.matches(self.fingerprint)

    def is_overwritten(self, content: Content, offset: int, news: int) -> bool:
        """Return True if a plain file no longer has the content read up to an offset.

        `news`: how many bytes were just read after it. If they are many, as in a backlog, only the
        bytes just before the offset are compared.
        """
        if self.contradicts(content):
            return True
        if news < _MANY_BYTES and offset == self.chain.offset:
            return not is_still(content, self.chain)
        end, tail = self._tail
        if offset != end:
            return False  # it was skipped
        return fingerprint_of(content.bytes_before(offset, tail.length)) != tail

    def learn(self, content: Content) -> None:
        """Extend the fingerprint if there are more bytes now; raise one of `READ_ERRORS`."""
        if self.fingerprint.length < FINGERPRINT_BYTES:
            begin = content.first_bytes()
            if is_extended_by(self.fingerprint, begin):
                self.fingerprint = fingerprint_of(begin)
        if not self.heads:
            self.heads = Heads(content).digests

    def read(self, content: Content, chunk: bytes) -> None:
        """Add data just read from an open file; raise OSError."""
        start = content.offset - len(chunk)
        if self.chain.offset != start:
            self._catch_up(content, start)
        self.chain.feed(chunk)
        if len(self.heads) < HEADS:
            self.heads = self.chain.heads or self.heads
        line = len(chunk) - chunk.rfind(b"\n", 0, -1)
        tail = chunk[-min(max(line, _TAIL_BYTES), _MAX_TAIL_BYTES) :]
        self._tail = content.offset, fingerprint_of(tail)

    def _catch_up(self, content: Content, offset: int) -> None:
        """Read the content that the digests lack up to an offset."""
        self.chain.rewind(offset)
        for data in peek(content, self.chain.offset, offset):
            self.chain.feed(data)
        if self.chain.offset != offset:
            self.chain = Chain.at(offset)

    def start_at(self, content: Content | None, offset: int) -> None:
        """Start at an offset, before which the content is known; raise OSError."""
        if offset and content is not None:
            self._catch_up(content, offset)

    def skip(self, content: Content, offset: int) -> None:
        """Skip to an offset, reading only a little before it; raise OSError."""
        self.chain = Chain.before(offset)
        if not content.is_archive:
            self._catch_up(content, offset)

    def move(self, content: Content) -> None:
        """Note that the content is read from this open file now."""
        self.inode = content.inode
        self._tail = _NO_TAIL

    def forget_inode(self) -> None:
        """Note that the inode has other content now."""
        self.inode = _NO_INODE


def _chain_of(position: Position | None) -> Chain:
    if position is None:
        return Chain()
    known = Chain.decode(position.chain)
    if known.is_empty and position.offset:
        # An older ledger has no digests of the content.
        return Chain.before(position.offset)
    return known
