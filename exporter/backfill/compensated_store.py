"""Sort compensated requests by sampling time on disk, so that memory does not grow with the log."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import astuple, replace
from pathlib import Path

from ..counting.delta import CompensatedRequest
from .increment_store import block_of

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA cache_size = -64000;
CREATE TABLE compensated (
  block INTEGER, at INTEGER, number INTEGER, key TEXT, request TEXT, added INTEGER,
  PRIMARY KEY (block, at, number)
) WITHOUT ROWID;
CREATE INDEX compensated_by_key ON compensated (key, number);
"""


class CompensatedStore:
    """A temporary database of requests; raises `sqlite3.Error` if it can't be written."""

    def __init__(self, path: Path) -> None:
        """Create the file, which must not exist."""
        self._numbered = 0
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript(_SCHEMA)
        self._database.execute("BEGIN")

    def close(self) -> None:
        """Close the file, which can be deleted."""
        self._database.close()

    def add(self, at: int, request: CompensatedRequest) -> None:
        """Store a compensated request as it was shown from a sampling time on."""
        self._add(at, request, request.payout)

    def _add(self, at: int, request: CompensatedRequest, added: int) -> None:
        self._numbered += 1
        key, row = json.dumps(request.key), json.dumps(astuple(request))
        values = (block_of(at), at, self._numbered, key, row, added)
        self._database.execute("INSERT INTO compensated VALUES (?, ?, ?, ?, ?, ?)", values)

    def revise(self, at: int, key: tuple[str, str], payout: int) -> None:
        """Store a payout that was raised at a sampling time."""
        query = "SELECT request FROM compensated WHERE key = ? ORDER BY number DESC LIMIT 1"
        row = self._database.execute(query, (json.dumps(key),)).fetchone()
        if row is not None:
            earlier = _request(row[0])
            self._add(at, replace(earlier, payout=payout), payout - earlier.payout)

    def of_block(self, block: int, newest: int) -> list[tuple[int, CompensatedRequest]]:
        """Return (sampling time, request) of a block, oldest first; only the newest few."""
        rows: list[tuple[int, str]] = self._database.execute(
            "SELECT at, request FROM compensated WHERE block = ?"
            " ORDER BY at DESC, number DESC LIMIT ?",
            (block, newest),
        ).fetchall()
        return [(at, _request(row)) for at, row in reversed(rows)]

    def payouts(self, block: int) -> Iterator[tuple[int, CompensatedRequest, int]]:
        """Iterate over (sampling time, request, payout added) of a block, in order of time."""
        found = self._database.execute(
            "SELECT at, request, added FROM compensated WHERE block = ? ORDER BY at", (block,)
        )
        with closing(found):
            for at, row, added in found:
                yield at, _request(row), added

    def newest_payouts(self, limit: int, end: int) -> Iterator[tuple[CompensatedRequest, int]]:
        """Yield the requests that were compensated last, with their payouts up to an end."""
        keys = self._database.execute(
            "SELECT key FROM compensated GROUP BY key ORDER BY min(number) DESC LIMIT ?", (limit,)
        ).fetchall()
        query = "SELECT at, request, added FROM compensated WHERE key = ? ORDER BY number"
        for key in keys:
            rows = self._database.execute(query, key).fetchall()
            yield _request(rows[-1][1]), sum(added for at, _, added in rows if at <= end)


def _request(row: str) -> CompensatedRequest:
    return CompensatedRequest(*json.loads(row))
