"""The ledger's files: one lock, one SQLite database, opened, checked, or set aside."""

import contextlib
import fcntl
import os
import sqlite3
import time
from pathlib import Path

from ..errors import ExporterError
from .schema import APPLICATION_ID, MIGRATIONS, TABLES, VERSION

FILE = "ledger.sqlite"
_LOCK = "lock"


class LedgerError(ExporterError):
    """The ledger can't be used; the text tells what to do."""


class DamagedError(LedgerError):
    """The ledger's content is damaged."""


def set_aside(directory: Path, error: DamagedError) -> Path:
    """Rename a damaged ledger and note why; its new path."""
    path = directory / FILE
    aside = path.with_name(f"{FILE}.damaged-{time.time_ns() // 1_000_000}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(FILE + suffix).rename(aside.with_name(aside.name + suffix))
    aside.with_name(f"{aside.name}.txt").write_text(f"{error}\n")
    return aside


def take_lock(directory: Path) -> "Lock":
    """The directory's lock; raises `LedgerError` where another exporter has it."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Lock(directory / _LOCK)
    except BlockingIOError:
        raise LedgerError(
            f"{directory}: another exporter uses this ledger; give each its own --storage.path"
        ) from None
    except OSError as error:
        raise LedgerError(f"{directory}: cannot be written: {error.strerror}") from error


class Lock:
    """Holds a file locked while open, so that a second exporter can tell."""

    def __init__(self, path: Path) -> None:
        """Raises BlockingIOError where somebody else holds it."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self._file)


def open_database(path: Path) -> sqlite3.Connection:
    """The ledger's database, made if it is missing; raises `LedgerError`."""
    try:
        with contextlib.ExitStack() as failed:
            database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            failed.callback(database.close)
            _prepare(database, path)
            failed.pop_all()
    except sqlite3.OperationalError as error:
        raise LedgerError(f"{path}: cannot be used: {error}") from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(damage(path, str(error))) from error
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA wal_autocheckpoint = 4000")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if version == 0 and tables == 0:
        database.executescript(
            f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; {TABLES}"
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return
    if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise LedgerError(f"{path}: is not a ledger of this exporter")
    while version != VERSION:
        if version not in MIGRATIONS:
            raise LedgerError(
                f"{path}: has version {version}, this exporter reads version {VERSION}; "
                "use the exporter that wrote it, or another --storage.path"
            )
        database.executescript(f"BEGIN; {MIGRATIONS[version]} COMMIT;")
        version += 1
    broken = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if broken != "ok":
        raise DamagedError(damage(path, broken))


def damage(path: Path, detail: object) -> str:
    """What to tell of a damaged ledger."""
    return (
        f"{path}: is damaged ({' '.join(str(detail).split())}); restore a copy, or start anew with "
        "--storage.on-corruption=restart, which keeps the damaged file aside"
    )
