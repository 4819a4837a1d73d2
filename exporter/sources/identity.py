"""Which content a file is: by device and inode, and by its first bytes."""

from ..positions import Position
from .content import Content
from .fingerprints import (
    FINGERPRINT_BYTES,
    MINIMUM_BYTES,
    NO_FINGERPRINT,
    fingerprint_of,
    is_extended_by,
)

_NO_INODE = (0, 0)


class Identity:
    """The inode that holds a content, and the content's fingerprint."""

    def __init__(self, position: Position | None) -> None:
        """Begin with what a read position tells."""
        self.inode = _NO_INODE if position is None else (position.device, position.inode)
        self.fingerprint = NO_FINGERPRINT if position is None else position.fingerprint

    def is_of(self, content: Content, offset: int) -> bool:
        """Return whether an open file has this content, at least as far as `offset`."""
        if self.fingerprint.length < MINIMUM_BYTES and self.inode != content.inode:
            return False
        if self.fingerprint.length == 0:
            return True
        return content.matches(self.fingerprint) and (content.is_archive or content.size >= offset)

    def contradicts(self, content: Content) -> bool:
        """Return whether an open file begins with something else."""
        return self.fingerprint.length > 0 and not content.matches(self.fingerprint)

    def learn(self, content: Content) -> None:
        """Take a longer fingerprint if there are more bytes now; raise one of `READ_ERRORS`."""
        if self.fingerprint.length < FINGERPRINT_BYTES:
            begin = content.first_bytes()
            if is_extended_by(self.fingerprint, begin):
                self.fingerprint = fingerprint_of(begin)

    def move(self, content: Content) -> None:
        """The content is read from this open file now."""
        self.inode = content.inode

    def forget_inode(self) -> None:
        """The inode holds something else now."""
        self.inode = _NO_INODE
