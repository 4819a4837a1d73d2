"""Read small files that settings name; sync folders to disk."""

import errno
import os
import stat
from pathlib import Path

Stamp = tuple[int, int, int] | None


def read_small(path: Path, most: int, *, regular: bool = True) -> bytes:
    """Return a file's content; raises OSError, also if it has more than `most` bytes.

    `regular`: refuse pipes and devices. They are opened without waiting, since a pipe would hold
    up the start until somebody writes to it.
    """
    opener = _open_without_waiting if regular else None
    with open(path, "rb", opener=opener) as file:
        if regular and not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {_size(most)}")
    return content


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def sync_folder(folder: Path) -> None:
    """Sync a folder to disk, and with it the names of its files; raises OSError."""
    number = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def stamp(path: Path) -> Stamp:
    """Return a value that changes with the file; None if there is no such file."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _size(count: int) -> str:
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count >> 10} KiB"
