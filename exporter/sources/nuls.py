"""NUL bytes in files: holes left by truncation or power loss, and space allocated ahead."""

import os

NUL = b"\0"

_CHUNK = 1 << 20


def is_nul(data: bytes) -> bool:
    """Return True if the data has only NUL bytes."""
    # Comparing with zeros is faster than `strip`, which checks every byte on its own.
    return data[:1] in {b"", NUL} and data == bytes(len(data))


def without_nul_tail(data: bytes) -> bytes:
    """Return the data up to its last byte that is not NUL."""
    if data[-1:] != NUL:
        return data
    return b"" if is_nul(data) else data.rstrip(NUL)


def end_of_hole(file: int, offset: int) -> int:
    """Return the end of the hole that contains `offset`, or `offset` if there is none.

    A hole takes no space on disk and reads as NUL bytes, so there is no need to read it.
    """
    try:
        return os.lseek(file, offset, os.SEEK_DATA)
    except OSError:
        # No data after the offset, or a file system without holes.
        size = os.fstat(file).st_size
        return max(offset, size) if _is_hole_to_end(file, offset) else offset


def _is_hole_to_end(file: int, offset: int) -> bool:
    try:
        return os.lseek(file, offset, os.SEEK_HOLE) == offset
    except OSError:
        return False


def end_of_nuls(file: int, offset: int = 0) -> int:
    """Return the offset of the first byte from here on that is not NUL, else the file's size."""
    while True:
        offset = end_of_hole(file, offset)
        data = os.pread(file, _CHUNK, offset)
        if not is_nul(data):
            return offset + len(data) - len(data.lstrip(NUL))
        if not data:
            return offset
        offset += len(data)
