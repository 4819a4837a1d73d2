"""Paginated queries of the stored compensated requests, newest first."""

from dataclasses import dataclass
from typing import Literal

from ..counting.delta import CompensatedRequest
from ..values.fixed_point import USD_PLACES, decimal_text
from . import row_codec as codec
from .errors import reading
from .store import Ledger
from .tables import Row, read

# The time that a range applies to; for a request without one, when its payout was seen.
_TIMES = {"request": "coalesce(time_ms, seen_ms)", "paid": "seen_ms"}
_MAX_INTEGER = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions on requests: time from (inclusive) to (exclusive) in Unix ms, label values.

    `by`: whether the range applies to the request's time or to when its payout was seen.
    `cursor` is the `next` of the previous page.
    """

    from_ms: int | None = None
    to_ms: int | None = None
    type: str | None = None
    model: str | None = None
    provider: str | None = None
    api_key: str | None = None
    limit: int = 100
    cursor: int | None = None
    by: Literal["request", "paid"] = "request"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of matching requests; `count` and `payout_usd` cover all matches."""

    items: tuple[CompensatedRequest, ...]
    next: int | None
    count: int
    payout_usd: str


_CONDITIONS = (
    ("from_ms", "{time} >= ?"),
    ("to_ms", "{time} < ?"),
    ("type", "compensation_type = ?"),
    ("model", "model = ?"),
    ("provider", "provider = ?"),
    ("api_key", "api_key = ?"),
)


def compensations(ledger: Ledger, wanted: Filter) -> Page:
    """Return a page of matching requests; raises `LedgerError`."""
    given = [(text, getattr(wanted, name)) for name, text in _CONDITIONS]
    conditions = [(text, _bindable(value)) for text, value in given if value is not None]
    where = " AND ".join(["1", *(text for text, _ in conditions)]).format(time=_TIMES[wanted.by])
    values = tuple(value for _, value in conditions)
    before = wanted.cursor if wanted.cursor is not None else _MAX_INTEGER
    with reading(ledger.path):
        # Only conditions of the table above become part of the text.
        found = ledger.database.execute(
            f"SELECT number, payout FROM compensation WHERE {where} ORDER BY number DESC",  # noqa: S608
            values,
        ).fetchall()
        older = [number for number, _ in found if number < before]
        shown = older[: wanted.limit]
        items = _requests(ledger, where, values, shown)
    return Page(
        items,
        shown[-1] if len(older) > len(shown) else None,
        len(found),
        decimal_text(sum(int(payout) for _, payout in found), USD_PLACES),
    )


def _requests(
    ledger: Ledger, where: str, values: Row, numbers: list[int]
) -> tuple[CompensatedRequest, ...]:
    """Read the rows that match between the first and the last of these numbers."""
    if not numbers:
        return ()
    condition = f"{where} AND number BETWEEN ? AND ?"
    rows = read(ledger.database, "compensation", condition, (*values, numbers[-1], numbers[0]))
    return tuple(codec.decode_request(row[1:]) for row in rows)[::-1]


def _bindable(value: int | str) -> int | str:
    """Return a value that SQLite can bind; clamping changes no comparison with a stored time."""
    if isinstance(value, int):
        return max(-_MAX_INTEGER, min(value, _MAX_INTEGER))
    # Label values hold U+FFFD for a lone surrogate.
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
