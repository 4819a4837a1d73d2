"""Lock the ledger's directory against a second exporter, and notice replaced files."""

import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from .errors import LedgerError, LostLedgerError

LOCK = "lock"


def take_lock(directory: Path) -> "Lock":
    """Lock the directory; raises `LedgerError` if another exporter has locked it."""
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
        """Take the lock; raises BlockingIOError if another process holds it."""
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
    """Device and inode of the open files, since SQLite keeps writing to removed files."""

    def __init__(self, paths: Iterable[Path]) -> None:
        """Remember the files that are at these paths now."""
        self._files = {path: found for path in paths if (found := _identity(path))}

    def check(self) -> None:
        """Raise `LostLedgerError` if a file was removed or replaced."""
        for path, opened in self._files.items():
            found = _identity(path)
            if found != opened:
                what = "was removed" if found is None else "was replaced by another file"
                raise LostLedgerError(
                    f"{path}: {what} while the exporter runs; counting has stopped. Put the "
                    "ledger back and restart the exporter, or restart it with a new ledger"
                )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from error
    return status.st_dev, status.st_ino
