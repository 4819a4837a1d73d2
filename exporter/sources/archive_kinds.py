"""The kinds of archives in a table, `KINDS`, and the decompression of their members.

One interface covers the libraries, which have different interfaces and errors. Memory is limited
where a format allows a member to require more.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import zstandard

_GZIP = 31  # zlib's code for "gzip, largest window"
# The largest presets and `zstd --long` need this much; the formats allow gigabytes.
_MEMORY = 1 << 27
# Bytes of input to decompress at a time if the library can't limit its output, which may be 32,000
# times as long.
_SLICE = 512


class ArchiveError(Exception):
    """The archive is damaged or incomplete, or the content can't be decoded."""


class Member(Protocol):
    """A decompressor for one member of an archive."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether there is no more output without further input."""

    @property
    def unused_data(self) -> bytes:
        """Input after the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take input; return up to `max_length` bytes of output; raise `ArchiveError`."""


class _GzipMember:
    """A member of a gzip file."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_GZIP)
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
        # zlib may have more output than it was allowed to return.
        self._has_output = len(output) == max_length and not inflate.eof
        return output


class _StandardMember:
    """A member whose library has the interface of a `Member`, but its own errors."""

    def __init__(self, library: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._library = library

    @property
    def eof(self) -> bool:
        return self._library.eof

    @property
    def needs_input(self) -> bool:
        return self._library.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._library.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            return self._library.decompress(data, max_length)
        except (OSError, ValueError, lzma.LZMAError) as error:
            raise ArchiveError(str(error)) from error


class _Bzip2Member(_StandardMember):
    """A stream of a bzip2 file."""

    def __init__(self) -> None:
        super().__init__(bz2.BZ2Decompressor())


class _XzMember(_StandardMember):
    """A stream of an xz file."""

    def __init__(self) -> None:
        super().__init__(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY))


class _ZstdMember:
    """A frame of a Zstandard file."""

    def __init__(self) -> None:
        self._frame = zstandard.ZstdDecompressor(max_window_size=_MEMORY).decompressobj()
        self._input = memoryview(b"")
        self._output = memoryview(b"")

    @property
    def eof(self) -> bool:
        return self._frame.eof and not self._output

    @property
    def needs_input(self) -> bool:
        return not (self._frame.eof or self._input or self._output)

    @property
    def unused_data(self) -> bytes:
        return b"".join((self._frame.unused_data, self._input)) if self._frame.eof else b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        if data:
            self._input = memoryview(b"".join((self._input, data)))
        while self._input and not (self._output or self._frame.eof):
            piece, self._input = self._input[:_SLICE], self._input[_SLICE:]
            try:
                self._output = memoryview(self._frame.decompress(piece))
            except zstandard.ZstdError as error:
                raise ArchiveError(str(error)) from error
        output, self._output = self._output[:max_length], self._output[max_length:]
        return bytes(output)


# Zstandard allows skippable frames before the first one with content.
_ZSTD_MAGICS = (b"\x28\xb5\x2f\xfd", *(bytes((low, 0x2A, 0x4D, 0x18)) for low in range(0x50, 0x60)))


@dataclass(frozen=True, slots=True)
class ArchiveKind:
    """A compression format: file name suffix, first bytes, and how to decompress a member."""

    suffix: str
    magics: tuple[bytes, ...]
    member: Callable[[], Member]


KINDS = (
    ArchiveKind(".gz", (b"\x1f\x8b",), _GzipMember),
    ArchiveKind(".bz2", (b"BZh",), _Bzip2Member),
    ArchiveKind(".xz", (b"\xfd7zXZ\0",), _XzMember),
    ArchiveKind(".zst", _ZSTD_MAGICS, _ZstdMember),
)
MAGIC_BYTES = max(len(magic) for kind in KINDS for magic in kind.magics)


def kind_of(begin: bytes) -> ArchiveKind | None:
    """Return the kind of archive that begins with these bytes, which may be part of its magic."""
    for kind in KINDS:
        if begin and any(magic.startswith(begin[: len(magic)]) for magic in kind.magics):
            return kind
    return None
