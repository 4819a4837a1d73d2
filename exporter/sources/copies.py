"""Copy detection: a second name, or a copy such as a log's archive, counts nothing."""

import os
from collections import defaultdict

from ..positions import Fingerprint
from .content import READ_ERRORS, Content
from .fingerprints import FINGERPRINT_BYTES, MINIMUM_BYTES, fingerprint_of
from .model import STDIN
from .tailed_file import TailedFile


def is_copy_of(file: TailedFile, content: Content, path: str) -> bool:
    """Return whether content that begins like a living file is its copy.

    It surely is if a whole fingerprint agrees; of less the names decide.
    """
    if file.identity.inode == content.inode:
        return True
    if file.is_rotated and path == file.names.origin:
        return False  # its successor
    if file.identity.fingerprint.length >= FINGERPRINT_BYTES:
        return True
    if _outgrows(file, content):
        return False
    names = map(os.path.basename, (file.names.path, *file.names.followed()))
    return any(map(os.path.basename(path).startswith, names))


def _outgrows(file: TailedFile, content: Content) -> bool:
    """Return whether plain content is longer than the file, which a copy never is."""
    own = file.content
    if own is None or content.is_archive or not file.holds(own):
        return False
    return content.size > own.size


class CopyDetector:
    """Tell which of several paths, looked at in order, hold what an earlier one holds."""

    def __init__(self) -> None:
        """Begin with no path looked at."""
        self._inodes: set[tuple[int, int]] = set()
        self._names: defaultdict[Fingerprint, list[str]] = defaultdict(list)

    def is_copy(self, path: str) -> bool:
        """Return whether an earlier path had this content; what can't be read is no copy."""
        if path == STDIN:
            return False
        try:
            inode, begin = _look(path)
        except READ_ERRORS:
            return False  # reading it will tell why
        begins_alike = self._begins_like_earlier(begin, os.path.basename(path))
        is_same_file = inode in self._inodes
        self._inodes.add(inode)
        return is_same_file or begins_alike

    def _begins_like_earlier(self, begin: bytes, name: str) -> bool:
        names = self._names[fingerprint_of(begin)]
        alike = bool(names) if len(begin) >= FINGERPRINT_BYTES else any(map(name.startswith, names))
        names.append(name)
        return alike and len(begin) >= MINIMUM_BYTES


def _look(path: str) -> tuple[tuple[int, int], bytes]:
    content = Content(path)
    try:
        return content.inode, content.first_bytes()
    finally:
        content.close()
