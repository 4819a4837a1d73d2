"""The ledger on disk: deltas in, each in one transaction with everything that depends on it.

SQLite in WAL mode with `synchronous=FULL`: what `commit` returned for survives a crash.
"""

import contextlib
import fcntl
import os
import sqlite3
import time
from pathlib import Path

import msgspec

from ..errors import ExporterError
from .delta import Delta
from .ids import entry
from .rows import amount, counter_row, entries, histogram_row, join, segment_sum
from .schema import APPLICATION_ID, MIGRATIONS, TABLES, VERSION

FILE = "ledger.sqlite"
_LOCK = "lock"
_MERGE = 64

_INSERT_COUNTER = "INSERT INTO counter VALUES (?, ?, ?, ?, ?)"
_UPDATE_COUNTER = "UPDATE counter SET value = ?, check_sum = ? WHERE birth = ?"
_PUT_HISTOGRAM = "INSERT OR REPLACE INTO histogram VALUES (?, ?, ?, ?, ?)"
_PUT_SEGMENT = "INSERT INTO id_segment VALUES (?, ?, ?, ?, ?)"


class LedgerError(ExporterError):
    """The ledger can't be used; the text tells what to do."""


class DamagedError(LedgerError):
    """The ledger's content is damaged."""


def open_ledger(directory: Path, *, payout_window: int) -> "Ledger":
    """The ledger in a directory, made if it is missing; raises `LedgerError`."""
    lock = _lock(directory)
    path = directory / FILE
    try:
        return Ledger(_open(path), lock, path, payout_window)
    except BaseException:
        lock.close()
        raise


def set_aside(directory: Path, error: DamagedError) -> Path:
    """Rename a damaged ledger and note why; its new path."""
    path = directory / FILE
    aside = path.with_name(f"{FILE}.damaged-{time.time_ns() // 1_000_000}")
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(FILE + suffix).rename(aside.with_name(aside.name + suffix))
    aside.with_name(f"{aside.name}.txt").write_text(f"{error}\n")
    return aside


def _lock(directory: Path) -> "_Lock":
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _Lock(directory / _LOCK)
    except BlockingIOError:
        raise LedgerError(
            f"{directory}: another exporter uses this ledger; give each its own --storage.path"
        ) from None
    except OSError as error:
        raise LedgerError(f"{directory}: cannot be written: {error.strerror}") from error


class _Lock:
    """Holds a file locked while open, so that a second exporter can tell."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise

    def close(self) -> None:
        os.close(self._file)


def _open(path: Path) -> sqlite3.Connection:
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
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


class Ledger:
    """An open ledger; one thread at a time."""

    def __init__(
        self, database: sqlite3.Connection, lock: _Lock, path: Path, payout_window: int
    ) -> None:
        """Made by `open_ledger`."""
        self.database = database
        self.path = path
        self._lock = lock
        self._payout_window = payout_window
        self._last = self.value("SELECT coalesce(max(number), 0) FROM id_segment")
        self._loose = 0

    def value(self, query: str) -> int:
        """The one number that a query gives."""
        return int(self.database.execute(query).fetchone()[0])

    def commit(self, delta: Delta) -> None:
        """Make a delta durable as a whole; raises `LedgerError` with nothing written."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
            try:
                self._write(delta)
                self.database.execute("COMMIT")
            except BaseException:
                if self.database.in_transaction:
                    self.database.execute("ROLLBACK")
                raise
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{self.path}: cannot be written: {error}") from error

    def _write(self, delta: Delta) -> None:
        execute = self.database.executemany
        born = {series.birth for series in delta.born}
        rows = [counter_row(c, c.value + added) for c, added in delta.counters]
        execute(_INSERT_COUNTER, [row for row in rows if row[0] in born])
        execute(_UPDATE_COUNTER, [(r[3], r[4], r[0]) for r in rows if r[0] not in born])
        execute(_PUT_HISTOGRAM, [histogram_row(h, added) for h, added in delta.histograms])
        execute(
            "INSERT INTO holder VALUES (?, ?)",
            [(number, join(labels)) for number, labels in delta.holders],
        )
        execute("INSERT OR IGNORE INTO admitted VALUES (?, ?)", delta.admitted)
        execute(
            "INSERT OR REPLACE INTO source VALUES (?, ?)",
            [
                (key, msgspec.json.encode(position).decode())
                for key, position in delta.positions.items()
            ],
        )
        if delta.newest_ms:
            self._raise_meta("newest_ms", delta.newest_ms)
        if delta.numbered:
            self._raise_meta("numbered", delta.numbered)
        if delta.existing_counted:
            self._raise_meta("existing_counted", 1)
        self._write_payouts(delta)
        self._write_ids(delta)

    def _raise_meta(self, name: str, value: int) -> None:
        self.database.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
            "SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))",
            (name, str(value)),
        )

    def _write_payouts(self, delta: Delta) -> None:
        execute = self.database.executemany
        execute("DELETE FROM payout WHERE id = ?", [(_id(k),) for k in delta.forgotten])
        execute(
            "INSERT OR REPLACE INTO payout VALUES (?, ?, ?, ?)",
            [
                (_id(key), kind, amount(paid.payout), paid.holder)
                for (key, kind), paid in delta.paid.items()
            ],
        )
        execute(
            "INSERT INTO compensation (generation_id, type, labels, payout, time_ms, seen_ms) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*one.key, join(one.labels), amount(one.payout), one.time_ms, one.seen_ms)
                for one in delta.details
            ],
        )
        execute(
            "UPDATE compensation SET payout = ? WHERE number = (SELECT max(number) "
            "FROM compensation WHERE generation_id = ? AND type = ?)",
            [(amount(payout), *key) for key, payout in delta.revised],
        )
        if delta.details:
            self.database.execute(
                "DELETE FROM compensation WHERE number <= "
                "(SELECT max(number) FROM compensation) - ?",
                (self._payout_window,),
            )

    def _write_ids(self, delta: Delta) -> None:
        """Append a segment; merge small ones now and then, drop those that left the window."""
        if not delta.new_ids and not delta.changed_ids:
            return
        changed = b"".join(entry(key, state) for key, state in delta.changed_ids.items())
        self._last += 1
        self._put_segment(self._last, delta.new_ids, changed)
        self._loose += 1
        if self._loose >= _MERGE:
            self._merge(self._last - self._loose)
            self._loose = 0
            self.database.execute(
                "DELETE FROM id_segment WHERE number IN (SELECT number FROM "
                "(SELECT number, sum(arrivals) OVER (ORDER BY number DESC) - arrivals AS newer "
                "FROM id_segment) WHERE newer >= ?)",
                (delta.id_window,),
            )

    def _put_segment(self, number: int, added: bytes, changed: bytes) -> None:
        row = (number, entries(added), added, changed, segment_sum(number, added, changed))
        self.database.execute(_PUT_SEGMENT, row)

    def _merge(self, after: int) -> None:
        rows = self.database.execute(
            "SELECT added, changed FROM id_segment WHERE number > ? ORDER BY number", (after,)
        ).fetchall()
        self.database.execute("DELETE FROM id_segment WHERE number > ?", (after,))
        self._put_segment(
            self._last, b"".join(row[0] for row in rows), b"".join(row[1] for row in rows)
        )

    def size(self) -> int:
        """Bytes that the ledger takes on disk."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def close(self) -> None:
        """Leave the files in order."""
        self.database.close()
        self._lock.close()


def _id(key: tuple[int, bytes]) -> bytes:
    return key[0].to_bytes(3) + key[1]
