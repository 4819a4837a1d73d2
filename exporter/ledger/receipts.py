"""The newest receipts of pushed batches, by idempotency key."""

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice

from ..receipts import Receipt
from . import row_codec as codec
from .tables import insert, read, with_sum

MAX_RECEIPTS = 10_000
MAX_HOURS = 24
_HOUR_MS = 3_600_000

# Row number and time of storing (Unix ms) by key, oldest first.
Stored = Mapping[str, tuple[int, int]]


def read_stored(database: sqlite3.Connection) -> Stored:
    """Return the index of stored receipts; raises ValueError on a damaged row."""
    found = {}
    for number, key, stored_ms, text in read(database, "receipt"):
        if codec.decode_receipt(text).key != key:
            raise ValueError("a receipt has another key than its row")
        found[key] = number, stored_ms
    return found


def find(database: sqlite3.Connection, stored: Stored, key: str) -> Receipt | None:
    """Return the receipt of a key."""
    number, _ = stored.get(key, (0, 0))
    rows = read(database, "receipt", "number = ?", (number,))
    return next((codec.decode_receipt(text) for *_, text in rows), None)


def store(
    database: sqlite3.Connection, stored: Stored, receipts: Iterable[Receipt], now_ms: int
) -> Stored:
    """Write receipts, replacing those with the same keys; drop surplus and old ones.

    Returns the new index.
    """
    left = dict(stored)
    added = {one.key: one for one in receipts}
    gone = [left.pop(key)[0] for key in added if key in left]
    surplus = len(left) + len(added) - MAX_RECEIPTS
    oldest_ms = now_ms - MAX_HOURS * _HOUR_MS
    old = [
        key
        for place, (key, (_, stored_ms)) in enumerate(left.items())
        if place < surplus or stored_ms < oldest_ms
    ]
    gone += [left.pop(key)[0] for key in old]
    last = max((number for number, _ in stored.values()), default=0)
    rows = []
    for number, one in enumerate(islice(added.values(), MAX_RECEIPTS), last + 1):
        left[one.key] = number, now_ms
        rows.append(with_sum(number, one.key, now_ms, codec.encode_receipt(one)))
    database.executemany("DELETE FROM receipt WHERE number = ?", [(number,) for number in gone])
    database.executemany(insert("receipt"), rows)
    return left
