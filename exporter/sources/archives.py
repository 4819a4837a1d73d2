"""Decompress archives: several members in one file, zero padding, bounded memory.

An archive kind is one row of `KINDS`.
"""

import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_WINDOW = 31  # zlib's code for "gzip, largest window"


class ArchiveError(Exception):
    """The archive is damaged or incomplete."""


class Member(Protocol):
    """Decompress one member of an archive; the classes of `bz2` and `lzma` have this shape."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether nothing more comes out without further input."""

    @property
    def unused_data(self) -> bytes:
        """Input that stands behind the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take input, return at most `max_length` bytes of output; raise `ArchiveError`."""


class _GzipMember:
    """A `Member` made of a zlib object."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_WINDOW)
        self._has_output = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        inflate = self._inflate
        return not (inflate.eof or self._has_output or inflate.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        inflate = self._inflate
        try:
            output = inflate.decompress(inflate.unconsumed_tail + data, max_length)
        except zlib.error as error:
            raise ArchiveError(str(error)) from error
        # zlib may hold more output than it was allowed to return.
        self._has_output = len(output) == max_length and not inflate.eof
        return output


@dataclass(frozen=True, slots=True)
class ArchiveKind:
    """A compression format: file name suffix, first bytes, and how to decompress a member."""

    suffix: str
    magic: bytes
    member: Callable[[], Member]


KINDS = (ArchiveKind(".gz", b"\x1f\x8b", _GzipMember),)
MAGIC_BYTES = max(len(kind.magic) for kind in KINDS)


def kind_of(begin: bytes) -> ArchiveKind | None:
    """Return the kind of archive that begins with these bytes, even if there are few of them."""
    for kind in KINDS:
        if begin and kind.magic.startswith(begin[: len(kind.magic)]):
            return kind
    return None


class Unpacker:
    """Decompress an open file from its beginning; `raw_offset` is how far the file was read."""

    def __init__(
        self, kind: ArchiveKind, file: int, chunk: int = 1 << 18, raw_offset: int = 0
    ) -> None:
        """`raw_offset` must be where a member begins."""
        self._kind = kind
        self._file = file
        self._chunk = chunk
        self._member = kind.member()
        self.raw_offset = raw_offset

    @property
    def has_pending(self) -> bool:
        """Whether some input was read of which the output was not returned yet."""
        member = self._member
        # Archives may be padded with zeros behind their last member.
        return bool(member.unused_data.lstrip(b"\0")) if member.eof else not member.needs_input

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
        raw = self._member.unused_data.lstrip(b"\0")
        while not raw:
            loaded = self._load()
            if not loaded:
                return None
            raw = loaded.lstrip(b"\0")
        self._member = self._kind.member()
        return raw

    def _load(self) -> bytes:
        raw = os.pread(self._file, self._chunk, self.raw_offset)
        self.raw_offset += len(raw)
        return raw
