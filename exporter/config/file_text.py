"""Read configuration files, and files that they name."""

import errno
import os
import stat
from pathlib import Path

from .faults import Faults

# What PyYAML reads in about 2 s, whatever stands there.
MAX_BYTES = 512 << 10


def read_text(path: Path, faults: Faults) -> str:
    """Return the file's text; if it can't be read add a fault and return an empty text."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) <= MAX_BYTES:
            return content.decode("utf-8-sig")
        faults.add((), f"must not be larger than {MAX_BYTES >> 10} KiB")
    except OSError as error:
        faults.add((), f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.add((), "must be UTF-8")
    return ""


def read_regular(path: Path, most: int) -> bytes:
    """Return at most so many bytes of a file; raises OSError, for a pipe or device too.

    Opens it without waiting: a pipe in its place would hold up the start until somebody writes to
    it.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is a pipe or a device, no file")
        return file.read(most)
