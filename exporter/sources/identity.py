"""Which content a file is: by device and inode, by its first bytes, and by chained digests."""

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
    """The inode that holds a content, the content's fingerprint, and the digests of its lines."""

    def __init__(self, position: Position | None) -> None:
        """Begin with what a read position tells."""
        self.inode = _NO_INODE if position is None else (position.device, position.inode)
        self.fingerprint = NO_FINGERPRINT if position is None else position.fingerprint
        self.chain = _chain_of(position)
        self.heads = self.chain.heads
        self._tail = _NO_TAIL
        self._confirmed: tuple[object, ...] = ()  # the file as it was when it was recognised last
        # The archive that is known to have this content: inode and size.
        self._archive = (self.inode, 0 if position is None else position.archive_size)

    def is_of(self, content: Content, offset: int) -> bool:
        """Return whether an open file has this content, at least as far as `offset`."""
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
        """Return whether an archive has what was read; that takes unpacking it once."""
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
        """Return whether an open file begins with the same pieces."""
        return Heads(content).digests[: len(self.heads)] == self.heads

    def contradicts(self, content: Content) -> bool:
        """Return whether an open file begins with something else."""
        return self.fingerprint.length > 0 and not content.matches(self.fingerprint)

    def is_overwritten(self, content: Content, offset: int, news: int) -> bool:
        """Return whether a plain file is no longer what was read up to an offset.

        `news`: how many bytes were just read behind it. Where they are many, as of a backlog, only
        what stands just before is compared.
        """
        if self.contradicts(content):
            return True
        if news < _MANY_BYTES and offset == self.chain.offset:
            return not is_still(content, self.chain)
        end, tail = self._tail
        if offset != end:
            return False  # it was passed over
        return fingerprint_of(content.bytes_before(offset, tail.length)) != tail

    def learn(self, content: Content) -> None:
        """Take a longer fingerprint if there are more bytes now; raise one of `READ_ERRORS`."""
        if self.fingerprint.length < FINGERPRINT_BYTES:
            begin = content.first_bytes()
            if is_extended_by(self.fingerprint, begin):
                self.fingerprint = fingerprint_of(begin)
        if not self.heads:
            self.heads = Heads(content).digests

    def read(self, content: Content, chunk: bytes) -> None:
        """Take what was just read of an open file; raise OSError."""
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
        """Read again what the digests lack up to an offset."""
        self.chain.rewind(offset)
        for data in peek(content, self.chain.offset, offset):
            self.chain.feed(data)
        if self.chain.offset != offset:
            self.chain = Chain.at(offset)

    def start_at(self, content: Content | None, offset: int) -> None:
        """What stands before an offset is known already; raise OSError."""
        if offset and content is not None:
            self._catch_up(content, offset)

    def skip(self, content: Content, offset: int) -> None:
        """What stands before an offset is not read, but for a little; raise OSError."""
        self.chain = Chain.before(offset)
        if not content.is_archive:
            self._catch_up(content, offset)

    def move(self, content: Content) -> None:
        """The content is read from this open file now."""
        self.inode = content.inode
        self._tail = _NO_TAIL

    def forget_inode(self) -> None:
        """The inode holds something else now."""
        self.inode = _NO_INODE


def _chain_of(position: Position | None) -> Chain:
    if position is None:
        return Chain()
    known = Chain.decode(position.chain)
    if known.is_empty and position.offset:
        # An older ledger knows no more of the content.
        return Chain.before(position.offset)
    return known
