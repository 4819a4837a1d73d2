"""Who may read the ledger: its owner alone. What stands in its place must be a file of its own."""

import stat
from pathlib import Path

from ..config.hash_key import FILE as HASH_KEY
from ..logs import get
from .database import FILES
from .errors import LedgerError
from .identity import LOCK

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OPENED = (LOCK, *FILES)

log = get(__name__)


def secure(directory: Path) -> None:
    """Make the directory if it is missing; close its files to others.

    Raises `LedgerError` where a link or anything else that is no file stands in a file's place:
    what it leads to would be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in (*_OPENED, HASH_KEY):
            _secure_file(directory / name)
        _look_at_directory(directory)
    except FileExistsError:
        raise LedgerError(f"{directory}: is not a directory; --storage.path names one") from None
    except OSError as error:
        raise LedgerError(f"{directory}: cannot be written: {error.strerror}") from error


def _secure_file(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISLNK(mode):
        raise LedgerError(
            f"{path}: is a symbolic link, which is not followed; put the file itself there, or "
            "name the directory that it is in with --storage.path"
        )
    if not stat.S_ISREG(mode):
        raise LedgerError(
            f"{path}: is not a regular file; move it away, or use another --storage.path"
        )
    if mode & _OTHERS:
        _close_to_others(path, mode)


def _look_at_directory(directory: Path) -> None:
    """Warn of a directory that is open to others: it was there, and they may have reasons."""
    mode = directory.stat().st_mode
    if mode & _OTHERS:
        writable = mode & (stat.S_IWGRP | stat.S_IWOTH)
        log.warning(
            "others may replace the ledger"
            if writable
            else "others may list the ledger's directory",
            directory=directory,
            remedy="close it to others: chmod go=",
            always=True,
        )


def _close_to_others(path: Path, mode: int) -> None:
    try:
        path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except OSError as error:
        log.warning(
            "others may read the ledger",
            path=path,
            reason=error.strerror,
            remedy="close it to others: chmod go=",
            always=True,
        )
    else:
        log.info("closed to others", path=path, always=True)
