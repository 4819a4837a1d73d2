"""NUL bytes in files: holes that truncation or a power loss left, and space allocated ahead."""

import os

NUL = b"\0"

_CHUNK = 1 << 20


def is_nul(data: bytes) -> bool:
    """Return whether there is nothing but NUL bytes."""
    # Compared with zeros, as `strip` looks at every byte for itself.
    return data[:1] in {b"", NUL} and data == bytes(len(data))


def without_nul_tail(data: bytes) -> bytes:
    """Return the data up to its last byte that is not NUL."""
    if data[-1:] != NUL:
        return data
    return b"" if is_nul(data) else data.rstrip(NUL)


def end_of_hole(file: int, offset: int) -> int:
    """Return where the hole ends in which `offset` lies, `offset` itself if in none.

    A hole is what takes no place on disk: it reads as NUL bytes, of which none needs to be read.
    """
    try:
        return os.lseek(file, offset, os.SEEK_DATA)
    except OSError:
        # No data behind the offset, or a file system that knows no holes.
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
