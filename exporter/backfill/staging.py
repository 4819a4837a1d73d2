"""Make everything in a staging folder inside the target, and move it up at the end.

An interrupted run leaves nothing that Prometheus would read.
"""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..errors import ExporterError

_STAGING = ".zenmux-backfill"


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """Create a staging folder inside the target, and remove it at the end.

    The remains of a killed run are removed first. Raises `ExporterError` if another run uses the
    folder, or if it can't be written.
    """
    folder = target / _STAGING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ExporterError(f"{target}: cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise ExporterError(f"{target}: another backfill is writing there") from None
    try:
        _empty(folder)
        yield folder
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ExporterError(f"{target}: cannot be written: {reason}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def publish(made: Iterable[Path], target: Path) -> None:
    """Move files and folders into the target: all or none."""
    with ExitStack() as undo:
        for path in made:
            undo.callback(_withdraw, target / path.name, path)
            path.rename(target / path.name)
        undo.pop_all()


def _withdraw(published: Path, path: Path) -> None:
    if published.exists():
        published.rename(path)
