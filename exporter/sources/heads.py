"""The first bytes of a file that are not NUL: they tell which content it is.

A hole at a file's head is as long as what was truncated there, or is filled by the writer later.
"""

import os
import re

from ..wrappers.rows import CSV, HEAD_BYTES
from .archive_kinds import ArchiveError, ArchiveKind
from .archives import Unpacker
from .fingerprints import FINGERPRINT_BYTES
from .nuls import NUL, end_of_nuls, is_nul, without_nul_tail

# What a text in UTF-16 begins with: its mark, or a JSON object or array.
_UTF16 = re.compile(rb"\xff\xfe|\xfe\xff|\0?[{\[]\0[\s\"{\[]\0")

_CHUNK = 1 << 18
_NUL_CHECK = 1 << 12  # so many NULs are read again where more were seen before


def refuse_utf16(begin: bytes) -> None:
    """Raise `ArchiveError` if a content that begins so is in UTF-16."""
    if _UTF16.match(begin):
        raise ArchiveError("is in UTF-16; convert it to UTF-8: iconv -f UTF-16 -t UTF-8")


class Begin:
    """What a stream that can't be read again begins with, if it is CSV: its header."""

    def __init__(self, wrapper: str) -> None:
        """`wrapper`: what is around the stream's records."""
        self._is_kept = wrapper == CSV
        self.head = b""

    def feed(self, chunk: bytes) -> None:
        """Take what was read next."""
        if self._is_kept and len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]


class Head:
    """The head of an open file, of which it remembers where the NULs end that it begins with."""

    def __init__(self, file: int) -> None:
        """`file` is the open file's number."""
        self._file = file
        self._end = 0
        self._state = (0, 0)
        self._unpacked = ((0, 0), b"")

    def read(self, length: int, kind: ArchiveKind | None) -> bytes:
        """Return up to `length` (at most 1024) first bytes as they stand now, decompressed.

        NULs before them are left out, and those behind them: a writer may still fill these.
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
        """Decompress an archive's leading NULs again only if it has changed."""
        state, (known, data) = self._look(), self._unpacked
        if state != known:
            unpacker, data = Unpacker(kind, self._file), b""
            while len(data) < FINGERPRINT_BYTES and (more := unpacker.read(_CHUNK)):
                data += more if data else more.lstrip(NUL)
            self._unpacked = (state, data)
        return data[:length]

    def _end_of_nuls(self) -> int:
        """Return where the leading NULs end: at the file's end if there is nothing else."""
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
        """Return whether there are still NULs at the file's head and before their end."""
        size = min(self._end, _NUL_CHECK)
        return self._end > 0 and all(
            is_nul(os.pread(self._file, size, at)) for at in (0, self._end - size)
        )
