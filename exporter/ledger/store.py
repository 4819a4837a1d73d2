"""The open ledger: commits each delta in one transaction.

SQLite runs in WAL mode with `synchronous=FULL`: once `commit` has returned, its delta survives a
crash.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import astuple, replace
from pathlib import Path

from ..counting.completion import complete
from ..counting.delta import Delta
from ..counting.facts_segments import FactsLimits, find
from ..positions import ScrapeCursor
from ..receipts import Receipt
from . import facts, receipts
from . import row_codec as codec
from .errors import reading, writing
from .identity import LOCK, Lock, OpenFiles
from .segments import append_segment, read_segments, segment
from .tables import counter_rows, exact, insert, read, with_sum

CREATIONS_KEPT_MS = 900_000

# Names in the meta table; all values only grow.
NEWEST_MS = "newest_ms"
CREATED_US = "created_us"
SYNTHETIC_IDS = "synthetic_ids"
LAST_NUMBER = "last_number"
SERIES_COUNT = "series"
EXISTING_NUMBER = "existing_number"  # present once the existing content is counted

_LAST_COMPENSATION = "SELECT coalesce(max(number), 0) FROM compensation"
_LATEST_OF_KEY = (
    "number = (SELECT max(number) FROM compensation "
    "WHERE generation_id = ? AND compensation_type = ?)"
)


class Ledger:
    """An open ledger, used by one thread at a time."""

    def __init__(
        self,
        database: sqlite3.Connection,
        lock: Lock,
        path: Path,
        *,
        payout_window: int,
        id_window: int,
        facts_limits: FactsLimits,
    ) -> None:
        """Take over a checked database; raises `LedgerError`. See `open_ledger`."""
        self.database = database
        self.path = path
        self.id_window = id_window
        self.facts_evicted = 0
        """Facts dropped before their days had passed, since the start."""
        self.facts_missing = 0
        """Payouts of known requests whose facts were no longer kept, since the start."""
        self._facts_limits = facts_limits
        self.facts_content = facts.content_of(database, path)
        self._lock = lock
        self._payout_window = payout_window
        self._wal = path.with_name(f"{path.name}-wal")
        self._files = OpenFiles((path.with_name(LOCK), path, self._wal))
        with reading(path):
            self.meta = {name: int(value) for name, value in read(database, "meta")}
            self.segments = tuple(segment(*row) for row in read_segments(database))
            self.facts_segments = tuple(facts.read_segments(database))
            self._receipts = receipts.read_stored(database)
        self.created_us = self.meta.get(CREATED_US) or self._created()
        """Unix time of creation in microseconds, which identifies this ledger."""

    def commit(self, delta: Delta) -> Delta:
        """Write a whole delta durably, or raise `LedgerError` with nothing written.

        Returns the delta with its compensated requests completed from kept facts. `UnstorableError`
        means that this delta can never be written. A failed commit can be repeated, since values of
        series are those after the delta.
        """
        self.check_identity()
        with writing(self.path):
            meta, segments, stored = self.meta, self.segments, self._receipts
            delta, missing = self._completed(delta)
            with self._transaction():
                meta = self._write_series(delta)
                self._write_sources(delta)
                self._write_payouts(delta)
                self._write_compensated(delta)
                if delta.new_ids or delta.changed_ids:
                    segments = append_segment(
                        self.database, segments, delta.new_ids, delta.changed_ids, delta.id_limit
                    )
                kept, evicted = self._write_facts(delta, meta[NEWEST_MS])
                if delta.receipts:
                    stored = receipts.store(self.database, stored, delta.receipts, delta.built_ms)
            self.meta, self.segments, self.facts_segments = meta, segments, kept
            self._receipts = stored
        self.facts_missing += missing
        self.facts_evicted += evicted
        return delta

    def _created(self) -> int:
        """Store a creation time in a ledger without one: it is new, or of an earlier version."""
        now = time.time_ns() // 1000
        with writing(self.path), self._transaction():
            self.database.execute(insert("meta"), with_sum(CREATED_US, now))
        self.meta = {**self.meta, CREATED_US: now}
        return now

    def save_cursor(self, name: str, cursor: ScrapeCursor, forgotten: Iterable[str]) -> None:
        """Store a scraper's cursor, which never moves back; raises `LedgerError`."""
        self.check_identity()
        with writing(self.path), self._transaction():
            self.database.executemany(
                "DELETE FROM scraper WHERE name = ?", [(codec.encode_name(f),) for f in forgotten]
            )
            key = codec.encode_name(name)
            known = self.database.execute("SELECT shown FROM scraper WHERE name = ?", (key,))
            shown = max([cursor.shown, *(row[0] for row in known)])
            self.database.execute(
                insert("scraper", "OR REPLACE"), with_sum(key, shown, cursor.seen_ms)
            )

    def receipt(self, key: str) -> Receipt | None:
        """Return the receipt of a pushed batch by its key; raises `LedgerError`."""
        with reading(self.path):
            return receipts.find(self.database, self._receipts, key)

    def check_identity(self) -> None:
        """Raises `LostLedgerError` if the open files are no longer those on disk."""
        self._files.check()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.database.execute("COMMIT")
        finally:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")

    def _write_series(self, delta: Delta) -> dict[str, int]:
        """Write series, their values and the meta table; return the meta table's values."""
        meta = self._next_meta(delta)
        # Sorted like the tables, since neighbouring rows share a page.
        counters = sorted(delta.counters)
        histograms = sorted(
            (number, codec.encode_histogram(value)) for number, value in delta.histograms
        )
        _check_numbers(delta, meta[LAST_NUMBER], counters, histograms)
        execute = self.database.executemany
        execute(
            insert("series"),
            [
                with_sum(one.number, one.metric, codec.encode_labels(one.labels))
                for one in delta.created
            ],
        )
        execute(insert("counter", "OR REPLACE"), counter_rows(counters))
        execute(insert("histogram", "OR REPLACE"), [with_sum(*pair) for pair in histograms])
        if delta.created:
            first = min(one.number for one in delta.created)
            self.database.execute(insert("creation"), with_sum(first, delta.built_ms))
            old = delta.built_ms - CREATIONS_KEPT_MS
            self.database.execute("DELETE FROM creation WHERE created_ms < ?", (old,))
        changed = sorted(meta.items() - self.meta.items())
        execute(
            insert("meta", "OR REPLACE"), [with_sum(name, exact(value)) for name, value in changed]
        )
        return meta

    def _next_meta(self, delta: Delta) -> dict[str, int]:
        known = self.meta
        last = max(
            [known.get(LAST_NUMBER, 0), delta.last_number, *(s.number for s in delta.created)]
        )
        meta = {
            NEWEST_MS: max(known.get(NEWEST_MS, 0), delta.newest_ms),
            SYNTHETIC_IDS: max(known.get(SYNTHETIC_IDS, 0), delta.synthetic_ids),
            LAST_NUMBER: last,
            SERIES_COUNT: known.get(SERIES_COUNT, 0) + len(delta.created),
        }
        existing = {EXISTING_NUMBER: last} if delta.existing_counted else {}
        return {**known, **meta, **existing}

    def _write_sources(self, delta: Delta) -> None:
        """Write label sets, admitted values, positions and offsets; delete forgotten positions."""
        execute = self.database.executemany
        execute(
            insert("label_set"),
            [with_sum(number, codec.encode_labels(labels)) for number, labels in delta.label_sets],
        )
        execute(insert("admitted", "OR IGNORE"), [with_sum(*pair) for pair in delta.admitted])
        execute(
            insert("position", "OR REPLACE"),
            [
                with_sum(codec.encode_name(key), codec.encode_position(position))
                for key, position in delta.positions.items()
            ],
        )
        gone = [(codec.encode_name(key),) for key in delta.gone]
        execute("DELETE FROM position WHERE key = ?", gone)
        execute(
            insert("kafka_offset", "OR REPLACE"),
            [with_sum(*astuple(offset), delta.built_ms) for offset in delta.offsets],
        )

    def _write_payouts(self, delta: Delta) -> None:
        execute = self.database.executemany
        # An id may be forgotten and counted again in one delta.
        forgotten = [(codec.encode_id(key),) for key in delta.forgotten]
        execute("DELETE FROM payout WHERE id = ?", forgotten)
        execute(
            insert("payout", "OR REPLACE"),
            [
                with_sum(codec.encode_id(key), kind, exact(counted.payout), counted.label_set)
                for (key, kind), counted in delta.payouts.items()
            ],
        )

    def _write_compensated(self, delta: Delta) -> None:
        """Append compensated requests up to the window's size, revise payouts of known ones."""
        (last,) = self.database.execute(_LAST_COMPENSATION).fetchone()
        added = [
            with_sum(number, *codec.encode_request(request))
            for number, request in enumerate(delta.compensated, last + 1)
        ]
        self.database.executemany(insert("compensation"), added)
        for key, payout in delta.revised:
            # A request that has left the window has no row.
            for number, *columns in [*read(self.database, "compensation", _LATEST_OF_KEY, key)]:
                request = replace(codec.decode_request(tuple(columns)), payout=payout)
                row = with_sum(number, *codec.encode_request(request))
                self.database.execute(insert("compensation", "OR REPLACE"), row)
        if added:
            oldest = last + len(added) - self._payout_window
            self.database.execute("DELETE FROM compensation WHERE number <= ?", (oldest,))

    def _completed(self, delta: Delta) -> tuple[Delta, int]:
        """Complete compensated requests from kept facts; return also how many have none."""
        if not delta.wanted:
            return delta, 0
        earlier = find(self.facts_segments, self.facts_content, delta.wanted)
        requests, missing = complete(delta.compensated, delta.wanted, delta.facts, earlier)
        return replace(delta, compensated=requests, wanted=()), missing

    def _write_facts(self, delta: Delta, newest_ms: int) -> tuple[facts.Segments, int]:
        """Append facts, drop old ones; return the segments and the number dropped early."""
        database, limits = self.database, self._facts_limits
        segments = facts.append_facts(database, self.facts_segments, delta.facts, delta.built_ms)
        if delta.facts:
            segments = facts.merge_small(database, segments, limits, self.facts_content)
        return facts.drop_expired(database, segments, limits, delta.built_ms, newest_ms)

    def size(self) -> int:
        """Return the ledger's size on disk in bytes."""
        return sum(file.stat().st_size for file in (self.path, self._wal) if file.exists())

    def close(self) -> None:
        """Close the database and release the lock."""
        self.database.close()
        self._lock.close()


def _check_numbers(
    delta: Delta, last: int, counters: list[tuple[int, int]], histograms: list[tuple[int, str]]
) -> None:
    """Raise ValueError if a series lacks a value or a value its series.

    Such a ledger could not be opened again.
    """
    if any(rows[-1][0] > last for rows in (counters, histograms) if rows):
        raise ValueError("a value has no series")
    if delta.created:
        valued = {number for number, _ in (*counters, *histograms)}
        if any(one.number not in valued for one in delta.created):
            raise ValueError("a new series has no value")
