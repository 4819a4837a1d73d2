"""Decompress archives: several members in one file, zero padding, bounded memory."""

import os

from .archive_kinds import ArchiveKind
from .nuls import NUL


class Unpacker:
    """A decompressor for an open file; `raw_offset` is how far the file was read."""

    def __init__(
        self, kind: ArchiveKind, file: int, chunk: int = 1 << 15, raw_offset: int = 0
    ) -> None:
        """`raw_offset` must be the beginning of a member."""
        self._kind = kind
        self._file = file
        self._chunk = chunk
        self._member = kind.member()
        self.raw_offset = raw_offset

    @property
    def has_pending(self) -> bool:
        """Whether output of the input read so far was not returned yet."""
        member = self._member
        # Archives may be padded with zeros after their last member.
        return bool(member.unused_data.lstrip(NUL)) if member.eof else not member.needs_input

    @property
    def is_between_members(self) -> bool:
        """Whether the file may end here."""
        return self._member.eof and not self.has_pending

    def read(self, limit: int) -> bytes:
        """Return up to `limit` bytes, empty at the current end; raise OSError, ArchiveError."""
        while True:
            raw = self._next_input()
            if raw is None:
                return b""
            data = self._member.decompress(raw, limit)
            if data:
                return data

    def _next_input(self) -> bytes | None:
        """Return what to decompress next, None at the current end of the file."""
        if not self._member.eof:
            return (self._load() or None) if self._member.needs_input else b""
        raw = self._member.unused_data.lstrip(NUL)
        while not raw:
            loaded = self._load()
            if not loaded:
                return None
            raw = loaded.lstrip(NUL)
        self._member = self._kind.member()
        return raw

    def _load(self) -> bytes:
        raw = os.pread(self._file, self._chunk, self.raw_offset)
        self.raw_offset += len(raw)
        return raw
