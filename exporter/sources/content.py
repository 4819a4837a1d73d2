"""The content of a file, plain or an archive, as one stream of decompressed bytes."""

import os
import stat

from ..positions import Fingerprint
from .archive_kinds import MAGIC_BYTES, ArchiveError, kind_of
from .archives import Unpacker
from .fingerprints import FINGERPRINT_BYTES, fingerprint_of
from .heads import Head, refuse_utf16
from .plain import PlainFile

READ_ERRORS = (OSError, ArchiveError)  # raised by opening and reading a content

_PASS_CHUNK = 1 << 18
_PASS_BYTES = 1 << 24  # skipped in one call, so that no archive blocks other files


class Content:
    """An open file, read from its beginning or from an offset."""

    def __init__(self, path: str | int) -> None:
        """Open a path or duplicate an open file; raise OSError, also for a directory or device."""
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        self._file = os.open(path, flags) if isinstance(path, str) else os.dup(path)
        status = os.fstat(self._file)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._file)
            raise IsADirectoryError(21, "is not a regular file", path)
        self.inode = (status.st_dev, status.st_ino)
        self._plain = PlainFile(self._file)
        self._head = Head(self._file)
        self.restart()

    def twin(self) -> "Content":
        """Return the same open file, to be read from its beginning; raise OSError."""
        return Content(self._file)

    def restart(self) -> None:
        """Start again: a file that was empty may have become an archive."""
        self._kind = kind_of(os.pread(self._file, MAGIC_BYTES, 0))
        self._unpacker = Unpacker(self._kind, self._file) if self._kind else None
        self._offset = 0
        self._goal = 0

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    @property
    def is_archive(self) -> bool:
        """Whether the content is decompressed."""
        return self._kind is not None

    @property
    def size(self) -> int:
        """Bytes on disk; the bytes read so far if the file handle is stale."""
        try:
            return os.fstat(self._file).st_size
        except OSError:
            return self.progress

    @property
    def mtime(self) -> float:
        """When the file was last changed (Unix time)."""
        return os.fstat(self._file).st_mtime

    @property
    def links(self) -> int:
        """The number of names of the file; 0 once it is deleted."""
        try:
            return os.fstat(self._file).st_nlink
        except OSError:
            return 0

    @property
    def is_stale(self) -> bool:
        """Whether the file handle is stale, as on NFS."""
        try:
            os.fstat(self._file)
        except OSError:
            return True
        return False

    @property
    def offset(self) -> int:
        """The offset of the next byte that `read` returns."""
        return max(self._offset, self._goal)

    @property
    def progress(self) -> int:
        """The number of bytes on disk that were read."""
        return self._unpacker.raw_offset if self._unpacker else self._offset

    @property
    def unread_bytes(self) -> int:
        """Bytes on disk that have not been read; at least 1 if an archive has more to return.

        NULs at a plain file's end don't count: their writer may never fill them.
        """
        if self._unpacker is None:
            is_waiting = self._plain.is_waiting(self._offset)
            return 0 if is_waiting else max(0, self.size - self._offset)
        return max(int(self._unpacker.has_pending), self.size - self._unpacker.raw_offset)

    @property
    def is_complete(self) -> bool:
        """Whether reading has reached an archive's end; a plain file is never complete."""
        if self._unpacker is None or self._offset < self._goal:
            return False
        return self._unpacker.is_between_members and self.unread_bytes == 0

    def seek(self, offset: int) -> None:
        """Continue at an offset of the decompressed content.

        In an archive, `read` skips to it step by step. An archive that is shorter returns nothing
        until it has grown that far.
        """
        self._goal = offset
        if self._unpacker is None:
            self._offset = offset

    def seek_end(self, offset: int, size: int) -> None:
        """Continue after a complete archive of this size, whose content ends at `offset`."""
        assert self._kind is not None
        self._offset = self._goal = offset
        self._unpacker = Unpacker(self._kind, self._file, raw_offset=size)

    def read(self, limit: int) -> bytes:
        """Return up to `limit` bytes, empty at the current end; raise one of `READ_ERRORS`."""
        self._look_at_begin()
        if self._unpacker is not None:
            data = self._unpacker.read(limit) if self._has_passed(self._unpacker) else b""
        else:
            data = self._plain.read(self._offset, limit)
        if not self._offset:
            refuse_utf16(data)
        self._offset += len(data)
        return data

    def pass_nuls(self) -> int:
        """Skip the NULs at which the last read stopped; return how many there are."""
        start = self._offset
        if self._unpacker is None:
            self._offset = self._plain.pass_nuls(start)
        return self._offset - start

    def _look_at_begin(self) -> None:
        """Check again if a file that was too short is an archive; refuse other encodings."""
        if self._offset < MAGIC_BYTES:
            begin = os.pread(self._file, MAGIC_BYTES, 0)
            if self._offset == self._goal == 0 and kind_of(begin) is not self._kind:
                self.restart()
            if self._kind is None:
                refuse_utf16(begin)

    def _has_passed(self, unpacker: Unpacker) -> bool:
        """Skip some of the content before the goal; return True if the goal is reached."""
        stop = min(self._goal, self._offset + _PASS_BYTES)
        while self._offset < stop:
            passed = len(unpacker.read(min(_PASS_CHUNK, stop - self._offset)))
            self._offset += passed
            if not passed:
                return False
        return self._offset >= self._goal

    def unread(self, size: int) -> None:
        """Step back over bytes just read from a plain file."""
        self._offset -= size
        self._goal = min(self._goal, self._offset)

    def first_bytes(self, length: int = FINGERPRINT_BYTES) -> bytes:
        """Return up to `length` first bytes as they are now; raise one of `READ_ERRORS`.

        Leading and trailing NULs are left out.
        """
        return self._head.read(length, self._kind)

    def bytes_before(self, offset: int, size: int) -> bytes:
        """Return the bytes of a plain file before an offset."""
        return os.pread(self._file, size, max(0, offset - size))

    def matches(self, known: Fingerprint) -> bool:
        """Return True if the content still begins as when the fingerprint was taken."""
        return known.length > 0 and fingerprint_of(self.first_bytes(known.length)) == known


def reason_of(error: OSError | ArchiveError) -> str:
    """Return what went wrong, without paths."""
    return getattr(error, "strerror", None) or str(error)


def try_open(path: str) -> tuple[Content | None, str]:
    """Return the open file, or why it can't be opened."""
    try:
        return Content(path), ""
    except OSError as error:
        return None, reason_of(error)
