"""File permissions of the ledger: its owner only, and no links in place of its files."""

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
    """Create the directory if it is missing; restrict its files to their owner.

    Raises `LedgerError` if one of the files is a link or not a regular file: the exporter would
    write to whatever it leads to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in (*_OPENED, HASH_KEY):
            _secure_file(directory / name)
        _look_at_directory(directory)
    except FileExistsError:
        raise LedgerError(f"{directory}: is not a directory; set --storage.path to one") from None
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
            "set --storage.path to the directory that holds it"
        )
    if not stat.S_ISREG(mode):
        raise LedgerError(
            f"{path}: is not a regular file; move it away, or use another --storage.path"
        )
    if mode & _OTHERS:
        _close_to_others(path, mode)


def _look_at_directory(directory: Path) -> None:
    """Warn if others have access, but keep the mode: it may be intended."""
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
        log.info("access of others removed", path=path, always=True)
