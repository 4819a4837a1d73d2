"""Receipts of pushed batches, by the key under which a batch is repeated: the newest ones."""

import sqlite3
from collections.abc import Iterable, Mapping
from itertools import islice

from ..receipts import Receipt
from . import row_codec as codec
from .tables import insert, read, with_sum

MAX_RECEIPTS = 10_000
MAX_HOURS = 24
_HOUR_MS = 3_600_000

# By key, the oldest first: the number of the row, and when it was stored (Unix ms).
Stored = Mapping[str, tuple[int, int]]


def read_stored(database: sqlite3.Connection) -> Stored:
    """Return which receipts there are; raises ValueError on a damaged row."""
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
    """Write receipts, each in place of its key's former one; drop those that are too many or old.

    Returns which there are then.
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
