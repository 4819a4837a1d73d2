"""The first bytes of a file that are not NUL, by which its content is identified.

A hole at a file's head is as long as the content truncated there, or its writer fills it later.
"""

import os
import re

from ..wrappers.rows import CSV, HEAD_BYTES
from .archive_kinds import ArchiveError, ArchiveKind
from .archives import Unpacker
from .fingerprints import FINGERPRINT_BYTES
from .nuls import NUL, end_of_nuls, is_nul, without_nul_tail

# The beginning of a text in UTF-16: its byte order mark, or a JSON object or array.
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|\0?[{\[]\0[\s\"{\[]\0")

_CHUNK = 1 << 18
_NUL_CHECK = 1 << 12  # NULs to read again at both ends of a longer known run


def refuse_utf16(begin: bytes) -> None:
    """Raise `ArchiveError` if content with this beginning is in UTF-16."""
    if _UTF16.match(begin):
        raise ArchiveError("is in UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8")


class Begin:
    """The beginning of a CSV stream that can't be read again, for its header."""

    def __init__(self, wrapper: str) -> None:
        """`wrapper`: what wraps the stream's records."""
        self._is_kept = wrapper == CSV
        self.head = b""

    def feed(self, chunk: bytes) -> None:
        """Add the next data."""
        if self._is_kept and len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]


class Head:
    """The head of an open file; remembers the end of its leading NULs."""

    def __init__(self, file: int) -> None:
        """`file` is a file descriptor."""
        self._file = file
        self._end = 0
        self._state = (0, 0)
        self._unpacked = ((0, 0), b"")

    def read(self, length: int, kind: ArchiveKind | None) -> bytes:
        """Return up to `length` (at most 1024) first bytes as they are now, decompressed.

        Leading NULs are left out, and so are trailing ones, which a writer may still fill.
        """
        if kind is not None:
            data = self._read_unpacked(length, kind)
        else:
            data = os.pread(self._file, length, 0)
            if data[:1] == NUL:
                data = os.pread(self._file, length, self._end_of_nuls())
        refuse_utf16(data)
        return without_nul_tail(data)

    def _read_unpacked(self, length: int, kind: ArchiveKind) -> bytes:
        unpacker = Unpacker(kind, self._file)
        data = unpacker.read(length)
        if data[:1] == NUL:
            return self._read_behind_nuls(length, kind)
        while len(data) < length and (more := unpacker.read(length - len(data))):
            data += more
        return data

    def _read_behind_nuls(self, length: int, kind: ArchiveKind) -> bytes:
        """Return an archive's first bytes after its leading NULs; cached until it changes."""
        state, (known, data) = self._look(), self._unpacked
        if state != known:
            unpacker, data = Unpacker(kind, self._file), b""
            while len(data) < FINGERPRINT_BYTES and (more := unpacker.read(_CHUNK)):
                data += more if data else more.lstrip(NUL)
            self._unpacked = (state, data)
        return data[:length]

    def _end_of_nuls(self) -> int:
        """Return the end of the leading NULs, which is the file's end if there is nothing else."""
        state = self._look()
        is_known = self._ends_here() if self._has_text_at(self._end) else state == self._state
        if not is_known:
            self._end, self._state = end_of_nuls(self._file), state
        return self._end

    def _look(self) -> tuple[int, int]:
        status = os.fstat(self._file)
        return status.st_size, status.st_mtime_ns

    def _has_text_at(self, offset: int) -> bool:
        return not is_nul(os.pread(self._file, 1, offset))

    def _ends_here(self) -> bool:
        """Return True if there are still NULs at the file's head and before their known end."""
        size = min(self._end, _NUL_CHECK)
        return self._end > 0 and all(
            is_nul(os.pread(self._file, size, at)) for at in (0, self._end - size)
        )
