"""Whose directory it is: a lock against a second exporter, and which files are open."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from .errors import LedgerError, LostLedgerError

LOCK = "lock"


def take_lock(directory: Path) -> "Lock":
    """Lock the directory; raises `LedgerError` if another has it."""
    try:
        return Lock(directory / LOCK)
    except BlockingIOError:
        raise LedgerError(
            f"{directory}: another exporter uses this ledger; give each its own --storage.path"
        ) from None
    except OSError as error:
        raise LedgerError(f"{directory}: cannot be written: {error.strerror}") from error


class Lock:
    """A file that is locked while open, so that a second exporter notices."""

    def __init__(self, path: Path) -> None:
        """Raises BlockingIOError if somebody else holds it."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._file = os.fdopen(os.open(path, flags, 0o600), "rb")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise

    def close(self) -> None:
        """Release the lock."""
        self._file.close()


class OpenFiles:
    """Device and inode of the open files: SQLite goes on writing to files that were removed."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Remember the files that now are at these paths."""
        self._files = {path: found for path in paths if (found := _identity(path))}

    def check(self) -> None:
        """Raises `LostLedgerError` if a path has lost its file or has another one."""
        for path, opened in self._files.items():
            found = _identity(path)
            if found != opened:
                what = "was removed" if found is None else "was replaced by another file"
                raise LostLedgerError(
                    f"{path}: {what} while the exporter runs; nothing more is counted. Put the "
                    "ledger back and restart the exporter, or restart it to count anew"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from error
    return status.st_dev, status.st_ino
