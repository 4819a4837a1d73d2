"""The content of a file, plain or gzip, as one stream of decompressed bytes."""

import hashlib
import os
import stat
import zlib

from .model import Head

HEAD_BYTES = 1024
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib's code for "gzip, largest window"
_RAW_CHUNK = 1 << 18


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
        self.is_gzip = os.pread(self._file, 2, 0) == _GZIP
        self.at = 0
        self._raw_at = 0
        self._pending = False
        self._inflate = zlib.decompressobj(_GZIP_WINDOW)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    @property
    def size(self) -> int:
        """Bytes of the file as it stands on disk."""
        return os.fstat(self._file).st_size

    @property
    def links(self) -> int:
        """Names that the file has; 0 once it is deleted."""
        return os.fstat(self._file).st_nlink

    @property
    def behind(self) -> int:
        """Bytes that have not been read: of a gzip file those on disk, at least 1 if any."""
        if not self.is_gzip:
            return max(0, self.size - self.at)
        inflate = self._inflate
        held = self._pending or bool(inflate.unconsumed_tail or inflate.unused_data)
        return max(int(held), self.size - self._raw_at)

    @property
    def is_complete(self) -> bool:
        """Whether a gzip file ends where reading stands; plain files never say so."""
        return self.is_gzip and self.at > 0 and self._inflate.eof and self.behind == 0

    def seek(self, offset: int) -> None:
        """Go on at an offset of the decompressed content; gzip has to be read up to there."""
        if not self.is_gzip:
            self.at = offset
            return
        while self.at < offset:
            if not self.read(min(_RAW_CHUNK, offset - self.at)):
                return

    def read(self, limit: int) -> bytes:
        """Up to `limit` bytes, empty where nothing is there now; raises OSError, zlib.error."""
        data = self._read_gzip(limit) if self.is_gzip else os.pread(self._file, limit, self.at)
        self.at += len(data)
        return data

    def _read_gzip(self, limit: int) -> bytes:
        while True:
            if self._inflate.eof:
                raw = self._inflate.unused_data or self._read_raw()
                # Archives may be padded with zeros behind their last member.
                raw = raw.lstrip(b"\0")
                self._inflate = zlib.decompressobj(_GZIP_WINDOW) if raw else self._inflate
            else:
                raw = self._inflate.unconsumed_tail
                if not raw and not self._pending:
                    raw = self._read_raw()
            if not raw and not self._pending:
                return b""
            data = self._inflate.decompress(raw, limit)
            # zlib may hold more output than it was allowed to give.
            self._pending = len(data) == limit
            if data:
                return data

    def _read_raw(self) -> bytes:
        raw = os.pread(self._file, _RAW_CHUNK, self._raw_at)
        self._raw_at += len(raw)
        return raw

    def head(self, length: int = HEAD_BYTES) -> Head:
        """The fingerprint of up to `length` first bytes as they stand now."""
        if self.is_gzip:
            raw = os.pread(self._file, _RAW_CHUNK, 0)
            data = zlib.decompressobj(_GZIP_WINDOW).decompress(raw, length)[:length]
        else:
            data = os.pread(self._file, length, 0)
        return Head(len(data), hashlib.blake2b(data, digest_size=16).hexdigest())

    def matches(self, head: Head) -> bool:
        """Whether the content begins as it did when the fingerprint was taken."""
        return head.length > 0 and self.head(head.length) == head
