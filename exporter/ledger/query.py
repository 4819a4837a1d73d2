"""The compensated requests on record: a filter in, a page of them out, newest first."""

import sqlite3
from dataclasses import dataclass

from ..exact import decimal_text
from .delta import Detail
from .files import LedgerError
from .rows import split
from .store import Ledger

# The request's time, or when its payout was seen where the log told no time.
_TIME = "coalesce(time_ms, seen_ms)"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which compensations: Unix ms of the request from (inclusive) to (exclusive), label values."""

    from_ms: int | None = None
    to_ms: int | None = None
    type: str | None = None
    model: str | None = None
    provider: str | None = None
    api_key: str | None = None
    limit: int = 100
    cursor: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the compensations of a filter; `count` and `payout_usd` are those of all of them."""

    items: list[Detail]
    next: int | None
    count: int
    payout_usd: str


_CONDITIONS = (
    ("from_ms", f"{_TIME} >= ?"),
    ("to_ms", f"{_TIME} < ?"),
    ("type", "type = ?"),
    ("model", "model = ?"),
    ("provider", "provider = ?"),
    ("api_key", "api_key = ?"),
)


def compensations(ledger: Ledger, wanted: Filter) -> Page:
    """One page; raises `LedgerError`."""
    given = [(text, getattr(wanted, name)) for name, text in _CONDITIONS]
    conditions = [(text, value) for text, value in given if value is not None]
    where = " AND ".join(["1", *(text for text, _ in conditions)])
    values = [value for _, value in conditions]
    before = "number < ?" if wanted.cursor is not None else "1"
    after = [wanted.cursor] if wanted.cursor is not None else []
    try:
        # Only column names of the table above become part of the query's text.
        payouts = ledger.database.execute(
            f"SELECT payout FROM compensation WHERE {where}",  # noqa: S608
            values,
        ).fetchall()
        rows = ledger.database.execute(
            "SELECT number, labels, payout, time_ms, seen_ms FROM compensation "  # noqa: S608
            f"WHERE {where} AND {before} ORDER BY number DESC LIMIT ?",
            [*values, *after, wanted.limit + 1],
        ).fetchall()
    except sqlite3.DatabaseError as error:
        raise LedgerError(f"{ledger.path}: cannot be read: {error}") from error
    shown = rows[: wanted.limit]
    return Page(
        [Detail(split(labels), int(payout), at, seen) for _, labels, payout, at, seen in shown],
        shown[-1][0] if len(rows) > wanted.limit else None,
        len(payouts),
        decimal_text(sum(int(payout) for (payout,) in payouts), 12),
    )
