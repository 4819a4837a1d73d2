"""Write chunks into segment files, each chunk with its checksum."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ...values.varints import uvarint, varint
from .crc32c import checked
from .grid_chunks import Chunk

# Prometheus starts a new file at this size.
SEGMENT_BYTES = 512 << 20
_HEADER = bytes.fromhex("85bd40dd 01 000000")
_XOR = b"\x01"
_BUFFERED = 1 << 20


class ChunkSegments:
    """The chunk files of a block."""

    def __init__(self, folder: Path, limit: int = SEGMENT_BYTES) -> None:
        """Create the folder and its first file; no file grows beyond `limit` bytes."""
        folder.mkdir()
        self.chunks = 0
        self._folder = folder
        self._limit = limit
        self._number = 0
        self._file = self._next()
        # The chunks added last, and their bytes in the file.
        self._last: Sequence[Chunk] = ()
        self._framed: list[bytes] = []

    def add(self, chunks: Sequence[Chunk]) -> bytes:
        """Write the chunks of a series; return their index entry: number, times and places."""
        if chunks is not self._last:
            self._last, self._framed = chunks, [_framed(data) for _, _, data in chunks]
        entry = uvarint(len(chunks))
        known_ms, known_place = 0, 0
        for count, (begin_ms, end_ms, _) in enumerate(chunks):
            place = self._write(self._framed[count])
            if count == 0:
                entry += varint(begin_ms) + uvarint(end_ms - begin_ms) + uvarint(place)
            else:
                entry += uvarint(begin_ms - known_ms) + uvarint(end_ms - begin_ms)
                entry += varint(place - known_place)
            known_ms, known_place = end_ms, place
        self.chunks += len(chunks)
        return entry

    def close(self) -> None:
        """Finish the last file."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _write(self, framed: bytes) -> int:
        """Write a chunk; return its place: the file's number and the offset in it."""
        if self._size + len(framed) > self._limit:
            self.close()
            self._number += 1
            self._file = self._next()
        place = self._number << 32 | self._size
        self._file.write(framed)
        self._size += len(framed)
        return place

    def _next(self) -> BinaryIO:
        file = (self._folder / f"{self._number + 1:06d}").open("wb", buffering=_BUFFERED)
        file.write(_HEADER)
        self._size = len(_HEADER)
        return file


def _framed(data: bytes) -> bytes:
    """Return a chunk with its length, its encoding and its checksum."""
    return uvarint(len(data)) + checked(_XOR + data)
