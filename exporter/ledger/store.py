"""The ledger on disk: deltas in, each in one transaction with everything that depends on it.

SQLite in WAL mode with `synchronous=FULL`: what `commit` returned for survives a crash.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..scrapers import Mark
from .delta import Delta
from .files import FILE, LedgerError, Lock, open_database, take_lock
from .ids import entry
from .rows import amount, counter_row, entries, histogram_row, join, segment_sum

_MERGE = 64
BIRTHS_KEPT_MS = 900_000

_INSERT_COUNTER = "INSERT INTO counter VALUES (?, ?, ?, ?, ?)"
_UPDATE_COUNTER = "UPDATE counter SET value = ?, check_sum = ? WHERE birth = ?"
_PUT_HISTOGRAM = "INSERT OR REPLACE INTO histogram VALUES (?, ?, ?, ?, ?)"
_PUT_SEGMENT = "INSERT INTO id_segment VALUES (?, ?, ?, ?, ?)"


def open_ledger(directory: Path, *, payout_window: int) -> "Ledger":
    """The ledger in a directory, made if it is missing; raises `LedgerError`."""
    with contextlib.ExitStack() as failed:
        lock = take_lock(directory)
        failed.callback(lock.close)
        path = directory / FILE
        ledger = Ledger(open_database(path), lock, path, payout_window)
        failed.pop_all()
    return ledger


class Ledger:
    """An open ledger; one thread at a time."""

    def __init__(
        self, database: sqlite3.Connection, lock: Lock, path: Path, payout_window: int
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
            with self._transaction():
                self._write(delta)
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{self.path}: cannot be written: {error}") from error

    def save_scraper(self, name: str, mark: Mark, forgotten: Iterable[str]) -> None:
        """Make a scraper's mark durable; raises `LedgerError`."""
        try:
            with self._transaction():
                self.database.executemany(
                    "DELETE FROM scraper WHERE name = ?", [(one,) for one in forgotten]
                )
                self.database.execute(
                    "INSERT INTO scraper VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                    "shown = max(shown, excluded.shown), seen_ms = excluded.seen_ms",
                    (name, mark.shown, mark.seen_ms),
                )
        except sqlite3.DatabaseError as error:
            raise LedgerError(f"{self.path}: cannot be written: {error}") from error

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.database.execute("COMMIT")
        finally:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")

    def _write(self, delta: Delta) -> None:
        execute = self.database.executemany
        born = {series.birth for series in delta.born}
        # In the order of the table: neighbours stand on the same page.
        rows = sorted(counter_row(c, c.value + added) for c, added in delta.counters)
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
            self._raise_meta("existing_counted", delta.last_birth)
        if delta.born:
            first = (delta.born[0].birth, delta.sealed_ms)
            self.database.execute("INSERT INTO births VALUES (?, ?)", first)
            old = delta.sealed_ms - BIRTHS_KEPT_MS
            self.database.execute("DELETE FROM births WHERE born_ms < ?", (old,))
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
            "INSERT INTO compensation (generation_id, type, model, provider, api_key, labels, "
            "payout, time_ms, seen_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *one.key,
                    *one.labels[1:4],
                    join(one.labels),
                    amount(one.payout),
                    one.time_ms,
                    one.seen_ms,
                )
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
