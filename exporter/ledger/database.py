"""Create, check and open the ledger's SQLite database; set a damaged one aside."""

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from ..files import sync_folder
from .errors import DamagedError, LedgerError, damaged, reading
from .header import check_header
from .migrations import MIGRATIONS, Migrations
from .schema import APPLICATION_ID, TABLES, VERSION

FILE = "ledger.sqlite"
_COMPANIONS = ("", "-wal", "-shm")
FILES = tuple(FILE + suffix for suffix in _COMPANIONS)
_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"


def open_database(path: Path) -> sqlite3.Connection:
    """Open a checked database, created if it is missing; raises `LedgerError`."""
    try:
        if not path.exists():
            _create(path)
        elif path.stat().st_size == 0:
            raise damaged(path, "the file is empty")
        with contextlib.ExitStack() as failed, reading(path):
            wal = path.with_name(f"{path.name}-wal")
            check_header(path, has_log=wal.exists() and wal.stat().st_size > 0)
            database = _connect(path)
            failed.callback(database.close)
            _prepare(database, path)
            failed.pop_all()
    except OSError as error:
        raise LedgerError(f"{path}: cannot be used: {error.strerror}") from error
    return database


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _create(path: Path) -> None:
    """Create an empty ledger, under another name first: without its tables it is damaged."""
    new = path.with_name(f"{FILE}.new")
    # SQLite would replay a log that was left behind by another ledger.
    leftovers = [new, *(path.with_name(FILE + suffix) for suffix in _COMPANIONS)]
    for leftover in (*leftovers, new.with_name(f"{new.name}-journal")):
        leftover.unlink(missing_ok=True)
    os.close(os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with contextlib.closing(_connect(new)) as database:
            database.execute("PRAGMA synchronous = FULL")
            database.executescript(
                f"BEGIN; PRAGMA application_id = {APPLICATION_ID}; {TABLES}"
                f"PRAGMA user_version = {VERSION}; COMMIT;"
            )
    except sqlite3.OperationalError as error:
        raise LedgerError(f"{path}: cannot be created: {error}") from error
    new.rename(path)
    sync_folder(path.parent)


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    if _number(database, "PRAGMA user_version") in MIGRATIONS:
        # Migrations write new checksums, which would hide damage.
        _check_pages(database, path)
    migrate(database, path, MIGRATIONS, VERSION)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("PRAGMA wal_autocheckpoint = 4000")
    _check(database, path)
    # Fails now, not at the first commit, if the file can't be written.
    database.execute("BEGIN IMMEDIATE")
    database.execute("ROLLBACK")


def _number(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])


def migrate(database: sqlite3.Connection, path: Path, migrations: Migrations, wanted: int) -> None:
    """Migrate a database to the wanted layout, one transaction a step; raises `LedgerError`."""
    found = _number(database, "PRAGMA user_version")
    if any(layout not in migrations for layout in range(found, wanted)) or found > wanted:
        reason = "a newer exporter wrote it" if found > wanted else "it cannot be converted"
        raise LedgerError(
            f"{path}: has layout {found}, this exporter reads layout {wanted}: {reason}. "
            "Use the exporter version that wrote it, or another --storage.path"
        )
    for layout in range(found, wanted):
        database.execute("BEGIN IMMEDIATE")
        try:
            migrations[layout](database)
            database.execute(f"PRAGMA user_version = {layout + 1}")
            database.execute("COMMIT")
        finally:
            if database.in_transaction:
                database.execute("ROLLBACK")


def _check(database: sqlite3.Connection, path: Path) -> None:
    """Check the tables' shape and every page; the rows have checksums of their own."""
    with contextlib.closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(TABLES)
        missing = {*empty.execute(_OBJECTS)} - {*database.execute(_OBJECTS)}
    if missing:
        raise damaged(path, f"{min(name for _, name, *_ in missing)} is missing or was changed")
    _check_pages(database, path)


def _check_pages(database: sqlite3.Connection, path: Path) -> None:
    """Check every page, and the one index against its table, which the quick check skips."""
    for check in ("quick_check(1)", "integrity_check(compensation)"):
        (result,) = database.execute(f"PRAGMA {check}").fetchone()
        if result != "ok":
            raise damaged(path, result)


def set_aside(directory: Path, error: DamagedError) -> Path:
    """Rename a damaged ledger and write the reason beside it; raises `LedgerError`.

    Returns its new path.
    """
    path = directory / FILE
    aside = path.with_name(f"{FILE}.damaged-{time.time_ns() // 1_000_000}")
    try:
        for suffix in _COMPANIONS:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(FILE + suffix).rename(aside.with_name(aside.name + suffix))
        note = os.open(f"{aside}.txt", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(note, "wb") as file:
            file.write(os.fsencode(f"{error}\n"))
    except OSError as failed:
        raise LedgerError(f"{path}: cannot be set aside: {failed.strerror}") from failed
    return aside
