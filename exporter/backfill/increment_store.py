"""Sort increments by series and sampling time on disk, so that memory does not grow with the log.

They are written in the order of the log and read in the order of time. A block holds the sampling
times from its beginning up to the next one's; its first sample shows what came before.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

import msgspec

from ..counting.delta import CompensatedRequest, HistogramIncrement

# One of promtool's block lengths. Longer ones load a little faster, but need more space meanwhile.
BLOCK_SECONDS = 18 * 3600
# The number of the newest request's time; series are numbered from 1.
NEWEST = 0
# SQLite's integers end here; larger amounts are kept as JSON.
_LARGE = 1 << 63

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(int | tuple[int, int, list[tuple[int, int]]])

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -64000;
CREATE TABLE increments (
  block INTEGER, series INTEGER, at INTEGER, number INTEGER, added,
  PRIMARY KEY (block, series, at, number)
) WITHOUT ROWID;
CREATE TABLE compensated (
  block INTEGER, at INTEGER, number INTEGER, key TEXT, request TEXT, added,
  PRIMARY KEY (block, at, number)
) WITHOUT ROWID;
CREATE INDEX compensated_by_key ON compensated (key, number);
"""

Increment = int | HistogramIncrement


def block_of(at: int) -> int:
    """Return the block in which an increment at a sampling time is stored."""
    return (at - 1) // BLOCK_SECONDS


class IncrementStore:
    """A temporary file of increments; raises `sqlite3.Error` if it can't be written."""

    def __init__(self, path: Path) -> None:
        """Create the file, which must not exist."""
        self._numbered = 0
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Close the file, which can be deleted."""
        self._database.close()

    def add(self, increments: Iterable[tuple[int, int, Increment]]) -> None:
        """Store increments, each with its sampling time (Unix seconds) and series.

        The increments of one series and time are added up when they are read.
        """
        self._numbered += 1
        number = self._numbered
        rows = [(block_of(at), one, at, number, _packed(added)) for at, one, added in increments]
        # Sorted by key, neighbouring rows go to the same pages of the tree.
        rows.sort()
        self._database.executemany("INSERT INTO increments VALUES (?, ?, ?, ?, ?)", rows)

    def of_series(self, block: int, series: int) -> Iterator[tuple[int, Increment]]:
        """Iterate over (sampling time, increment) of a series in a block, in order of time."""
        found = self._database.execute(
            "SELECT at, added FROM increments WHERE block = ? AND series = ? ORDER BY at",
            (block, series),
        )
        with closing(found):
            for at, packed in found:
                yield at, _unpacked(packed)

    def before(self, block: int) -> Iterator[tuple[int, Increment]]:
        """Iterate over (series, increment) of all earlier blocks."""
        found = self._database.execute(
            "SELECT series, added FROM increments WHERE block < ?", (block,)
        )
        with closing(found):
            for series, packed in found:
                yield series, _unpacked(packed)

    def series(self, block: int) -> set[int]:
        """Return which series have increments in a block."""
        query = "SELECT DISTINCT series FROM increments WHERE block = ?"
        return {series for (series,) in self._database.execute(query, (block,))}

    def add_compensated(self, at: int, request: CompensatedRequest) -> None:
        """Store a compensated request as it was shown from a sampling time on."""
        self._add_compensated(at, request, request.payout)

    def _add_compensated(self, at: int, request: CompensatedRequest, added: int) -> None:
        self._numbered += 1
        key, row = json.dumps(request.key), json.dumps(astuple(request))
        values = (block_of(at), at, self._numbered, key, row, _packed(added))
        self._database.execute("INSERT INTO compensated VALUES (?, ?, ?, ?, ?, ?)", values)

    def revise_compensated(self, at: int, key: tuple[str, str], payout: int) -> None:
        """Store a payout that was raised at a sampling time."""
        query = "SELECT request FROM compensated WHERE key = ? ORDER BY number DESC LIMIT 1"
        row = self._database.execute(query, (json.dumps(key),)).fetchone()
        if row is not None:
            earlier = _request(row[0])
            self._add_compensated(at, replace(earlier, payout=payout), payout - earlier.payout)

    def compensated(self, block: int, newest: int) -> list[tuple[int, CompensatedRequest]]:
        """Return (sampling time, request) of a block, oldest first; only the newest few."""
        rows: list[tuple[int, str]] = self._database.execute(
            "SELECT at, request FROM compensated WHERE block = ?"
            " ORDER BY at DESC, number DESC LIMIT ?",
            (block, newest),
        ).fetchall()
        return [(at, _request(row)) for at, row in reversed(rows)]

    def payouts(self, block: int) -> Iterator[tuple[int, tuple[CompensatedRequest, int]]]:
        """Iterate over (sampling time, (request, payout added)) of a block, in order of time."""
        found = self._database.execute(
            "SELECT at, request, added FROM compensated WHERE block = ? ORDER BY at", (block,)
        )
        with closing(found):
            for at, row, added in found:
                yield at, (_request(row), int(added))

    def newest_payouts(self, limit: int, end: int) -> Iterator[tuple[CompensatedRequest, int]]:
        """Yield the requests that were compensated last, with their payouts up to an end."""
        keys = self._database.execute(
            "SELECT key FROM compensated GROUP BY key ORDER BY min(number) DESC LIMIT ?", (limit,)
        ).fetchall()
        query = "SELECT at, request, added FROM compensated WHERE key = ? ORDER BY number"
        for key in keys:
            rows = self._database.execute(query, key).fetchall()
            yield _request(rows[-1][1]), sum(int(added) for at, _, added in rows if at <= end)


def _request(row: str) -> CompensatedRequest:
    return CompensatedRequest(*json.loads(row))


def _packed(added: Increment) -> int | bytes:
    """Return an increment as SQLite can store it; a histogram only has the buckets that grew."""
    if isinstance(added, HistogramIncrement):
        grown = [(bucket, count) for bucket, count in enumerate(added.counts) if count]
        return _ENCODER.encode((added.total, len(added.counts), grown))
    return added if added < _LARGE else str(added).encode()


def _unpacked(packed: int | bytes) -> Increment:
    if isinstance(packed, int):
        return packed
    content = _DECODER.decode(packed)
    if isinstance(content, int):
        return content
    total, size, grown = content
    counts = [0] * size
    for bucket, count in grown:
        counts[bucket] = count
    return HistogramIncrement(tuple(counts), total)
