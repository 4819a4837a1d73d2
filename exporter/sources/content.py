"""The content of a file, plain or gzip, as one stream of decompressed bytes."""

import hashlib
import os
import stat

from .model import Head
from .unpack import Unpacker

HEAD_BYTES = 1024
_GZIP = b"\x1f\x8b"
_HEAD_CHUNK = 1 << 14
_PASS_BYTES = 1 << 24  # passed over in one call, so that no archive keeps others waiting


class Content:
    """An open file read from its beginning or from an offset; `at` is the next byte's offset."""

    def __init__(self, path: str) -> None:
        """Opens the file; raises OSError. A directory or device is refused."""
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._file)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._file)
            raise IsADirectoryError(21, "is not a regular file", path)
        self.device, self.inode = status.st_dev, status.st_ino
        self.restart()

    def restart(self) -> None:
        """Begin anew: a file that was empty may have become an archive."""
        magic = os.pread(self._file, len(_GZIP), 0)
        self.is_gzip = bool(magic) and _GZIP.startswith(magic)
        self._at = 0
        self._goal = 0
        self._unpacker = Unpacker(self._file)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    @property
    def size(self) -> int:
        """Bytes of the file as it stands on disk; those read where it can't be told any more."""
        try:
            return os.fstat(self._file).st_size
        except OSError:
            return self.progress

    @property
    def mtime(self) -> float:
        """When the file changed last (Unix time)."""
        return os.fstat(self._file).st_mtime

    @property
    def links(self) -> int:
        """Names that the file has; 0 once it is deleted."""
        try:
            return os.fstat(self._file).st_nlink
        except OSError:
            return 0

    @property
    def is_stale(self) -> bool:
        """Whether a file server has forgotten the open file."""
        try:
            os.fstat(self._file)
        except OSError:
            return True
        return False

    @property
    def at(self) -> int:
        """The offset of the next byte that `read` gives."""
        return max(self._at, self._goal)

    @property
    def progress(self) -> int:
        """How far the file on disk has been read."""
        return self._unpacker.raw_at if self.is_gzip else self._at

    @property
    def behind(self) -> int:
        """Bytes that have not been read: of a gzip file those on disk, at least 1 if any."""
        if not self.is_gzip:
            return max(0, self.size - self._at)
        return max(int(self._unpacker.is_holding), self.size - self._unpacker.raw_at)

    @property
    def is_complete(self) -> bool:
        """Whether a gzip file ends where reading stands; plain files never say so."""
        ended = self.is_gzip and self._at >= self._goal and self._unpacker.is_between_members
        return ended and self.behind == 0

    def seek(self, offset: int) -> None:
        """Go on at an offset of the decompressed content; gzip is passed over as `read` is called.

        An archive that does not reach that far yet gives nothing until it does.
        """
        self._goal = offset
        if not self.is_gzip:
            self._at = offset

    def seek_end(self, offset: int, size: int) -> None:
        """Go on behind a complete archive of this size, whose content ends at `offset`."""
        self._at = self._goal = offset
        self._unpacker = Unpacker(self._file, raw_at=size)

    def read(self, limit: int) -> bytes:
        """Up to `limit` bytes, empty where nothing is there now; raises OSError, zlib.error."""
        if not self.is_gzip:
            data = os.pread(self._file, limit, self._at)
        else:
            data = self._unpacker.read(limit) if self._has_passed() else b""
        self._at += len(data)
        return data

    def _has_passed(self) -> bool:
        stop = min(self._goal, self._at + _PASS_BYTES)
        while self._at < stop:
            passed = len(self._unpacker.read(min(1 << 18, stop - self._at)))
            self._at += passed
            if not passed:
                return False
        return self._at >= self._goal

    def back(self, size: int) -> None:
        """Take back what was just read of a plain file."""
        self._at -= size
        self._goal = min(self._goal, self._at)

    def begin(self, length: int = HEAD_BYTES) -> bytes:
        """Up to `length` first bytes as they stand now; raises OSError, zlib.error."""
        if not self.is_gzip:
            return os.pread(self._file, length, 0)
        unpacker = Unpacker(self._file, _HEAD_CHUNK)
        data = b""
        while len(data) < length and (more := unpacker.read(length - len(data))):
            data += more
        return data

    def head(self, length: int = HEAD_BYTES) -> Head:
        """The fingerprint of up to `length` first bytes as they stand now."""
        return head_of(self.begin(length))

    def matches(self, head: Head) -> bool:
        """Whether the content begins as it did when the fingerprint was taken."""
        return head.length > 0 and self.head(head.length) == head


def head_of(data: bytes) -> Head:
    """The fingerprint of these first bytes."""
    return Head(len(data), hashlib.blake2b(data, digest_size=16).hexdigest())
