"""The spool: increments by series and sampling time, sorted on disk so that memory stays flat.

Increments arrive in the order of the log and leave in the order of time: a temporary SQLite file
sorts them as they come. A slot is the sampling times behind one block's beginning up to the next.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from ..errors import ExporterError
from ..ledger.delta import Detail
from ..tally import Observations

# One of promtool's block lengths. Longer ones load a little faster, but need more space meanwhile.
SLOT_SECONDS = 18 * 3600
# SQLite's integers end here; larger amounts are kept as text.
_LARGE = 1 << 63
_TOGETHER = 20_000

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -64000;
CREATE TABLE increments (
  slot INTEGER, series INTEGER, at INTEGER, number INTEGER, added,
  PRIMARY KEY (slot, series, at, number)
) WITHOUT ROWID;
CREATE TABLE details (
  slot INTEGER, at INTEGER, number INTEGER, id TEXT, type TEXT,
  labels TEXT, payout TEXT, time_ms INTEGER, seen_ms INTEGER,
  PRIMARY KEY (slot, at, number)
) WITHOUT ROWID;
CREATE INDEX details_by_key ON details (id, type);
"""

Increment = tuple[int, int, int | Observations]  # series, sampling time (Unix s), what was added


def slot_of(at: int) -> int:
    """The slot of a sampling time: a block's first sample shows what came before the block."""
    return (at - 1) // SLOT_SECONDS


class Spool:
    """A temporary file of increments; raises `ExporterError` where it can't be written."""

    def __init__(self, path: Path) -> None:
        """Makes the file, which must not exist."""
        self._numbered = 0
        self._rows: list[tuple[int, int, int, int, int | str]] = []
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Close the file; its content is of no further use."""
        self._database.close()

    def add(self, increments: Iterable[Increment]) -> None:
        """Keep increments; those of one series and time add up when they are read."""
        for series, at, added in increments:
            self._numbered += 1
            self._rows.append((slot_of(at), series, at, self._numbered, _packed(added)))
        if len(self._rows) >= _TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Write what is kept in memory; call it before reading."""
        # In order of the key, neighbours share their way through the tree.
        self._rows.sort()
        try:
            self._database.executemany("INSERT INTO increments VALUES (?, ?, ?, ?, ?)", self._rows)
        except sqlite3.Error as error:
            raise ExporterError(f"the temporary file can't be written: {error}") from error
        self._rows.clear()

    def of(self, slot: int, series: int) -> Iterator[tuple[int, int | str]]:
        """(sampling time, packed increment) of a series in a slot, in order of time."""
        found = self._database.execute(
            "SELECT at, added FROM increments WHERE slot = ? AND series = ? ORDER BY at",
            (slot, series),
        )
        with closing(found):
            yield from found

    def earlier(self, slot: int) -> Iterator[tuple[int, int | str]]:
        """(series, packed increment) of all slots before one."""
        found = self._database.execute(
            "SELECT series, added FROM increments WHERE slot < ?", (slot,)
        )
        with closing(found):
            yield from found

    def add_detail(self, at: int, detail: Detail, payout: int) -> None:
        """Keep a compensated request as it was shown at a time, with the payout as of then."""
        self._numbered += 1
        identity, kind = detail.key
        row = (slot_of(at), at, self._numbered, identity, kind, json.dumps(detail.labels))
        times = (str(payout), detail.time_ms, detail.seen_ms)
        self._database.execute(
            "INSERT INTO details VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *times)
        )

    def detail(self, key: tuple[str, str]) -> Detail | None:
        """The compensated request of a generation id and compensation type."""
        query = "SELECT labels, payout, time_ms, seen_ms FROM details WHERE id = ? AND type = ?"
        row = self._database.execute(f"{query} ORDER BY number LIMIT 1", key).fetchone()
        return None if row is None else _detail(*row)

    def details(self, slot: int, newest: int) -> list[tuple[int, Detail]]:
        """(sampling time, compensated request) of a slot, oldest first; only the newest few."""
        rows = self._database.execute(
            "SELECT at, labels, payout, time_ms, seen_ms FROM details WHERE slot = ?"
            " ORDER BY at DESC, number DESC LIMIT ?",
            (slot, newest),
        ).fetchall()
        return [(at, _detail(*row)) for at, *row in reversed(rows)]


def _detail(labels: str, payout: str, time_ms: int | None, seen_ms: int) -> Detail:
    return Detail(tuple(json.loads(labels)), int(payout), time_ms, seen_ms)


def _packed(added: int | Observations) -> int | str:
    if isinstance(added, Observations):
        counts = [(bucket, count) for bucket, count in enumerate(added.counts) if count]
        return json.dumps((added.total, counts))
    return added if added < _LARGE else str(added)


def unpacked_histogram(added: int | str, bounds: Sequence[int]) -> Observations:
    """Observations as they were added, without exemplars."""
    observations = Observations(bounds)
    observations.total, counts = json.loads(str(added))
    for bucket, count in counts:
        observations.counts[bucket] += count
    return observations
