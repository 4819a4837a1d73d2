"""Files: read small ones that settings name, have a folder on disk."""

import errno
import os
import stat
from pathlib import Path

Stamp = tuple[int, int, int] | None


def read_small(path: Path, most: int, *, regular: bool = True) -> bytes:
    """Return a file's content; raises OSError, for one of more than `most` bytes, too.

    `regular`: no pipe and no device, which is found without waiting: a pipe would hold up the
    start until somebody writes to it.
    """
    opener = _open_without_waiting if regular else None
    with open(path, "rb", opener=opener) as file:
        if regular and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, no file")
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {_size(most)}")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on disk; raises OSError."""
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def stamp(path: Path) -> Stamp:
    """Return what changes with the file; None if it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
