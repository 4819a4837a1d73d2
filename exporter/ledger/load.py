"""The ledger read back: rows in, the folder's working state and the published totals out."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..catalog import BY_NAME
from ..scrapers import Births, Mark
from .delta import Detail, Paid
from .files import DamagedError, LedgerError, damage
from .fold import Folder
from .rows import check_sum, observations, segment_sum, split
from .series import Counter, Histogram
from .store import Ledger

_SERIES_TABLES = ("counter", "histogram")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was published before a restart."""

    series: tuple[Counter | Histogram, ...]
    newest_ms: int
    details: tuple[Detail, ...]
    counted_existing: bool
    ids: int
    last_birth: int
    births: Births
    scrapers: Mapping[str, Mark]


def load_totals(ledger: Ledger, folder: Folder, details: int) -> Restored:
    """Everything that a scrape shows; the newest `details` compensated requests. Quick."""
    try:
        _check_segments(ledger)
        meta = dict(ledger.database.execute("SELECT name, value FROM meta"))
        _load_holders(ledger, folder)
        series = _load_series(ledger, folder)
        folder.payouts.resume(int(meta.get("numbered", 0)))
        arrived = ledger.value("SELECT coalesce(sum(arrivals), 0) FROM id_segment")
        births = tuple(ledger.database.execute("SELECT born_ms, first FROM births ORDER BY first"))
        return Restored(
            series,
            int(meta.get("newest_ms", 0)),
            _details(ledger, details),
            "existing_counted" in meta,
            min(arrived, folder.ids.limit),
            folder.series.births,
            Births(births, int(meta.get("existing_counted", 0))),
            _marks(ledger),
        )
    except (sqlite3.DatabaseError, ValueError, KeyError) as error:
        raise DamagedError(damage(ledger.path, error)) from error


def _check_segments(ledger: Ledger) -> None:
    for number, added, changed, stored in _segments(ledger):
        _same(stored, segment_sum(number, added, changed), f"id segment {number}")


def _load_holders(ledger: Ledger, folder: Folder) -> None:
    rows = ledger.database.execute("SELECT labels FROM holder ORDER BY number")
    folder.holders.restore(split(labels) for (labels,) in rows)
    for label, value in ledger.database.execute("SELECT label, value FROM admitted"):
        folder.spaces[label].restore((value,))


def _load_series(ledger: Ledger, folder: Folder) -> tuple[Counter | Histogram, ...]:
    series: list[Counter | Histogram] = [*_counters(ledger, folder)]
    series += _histograms(ledger, folder)
    series.sort(key=_birth)
    _check_bounds(ledger, folder, series)
    last = (ledger.value(f"SELECT coalesce(max(birth), 0) FROM {t}") for t in _SERIES_TABLES)  # noqa: S608
    folder.series.resume(max(last))
    return tuple(series)


def _details(ledger: Ledger, count: int) -> tuple[Detail, ...]:
    rows = ledger.database.execute(
        "SELECT labels, payout, time_ms, seen_ms FROM compensation ORDER BY number DESC LIMIT ?",
        (count,),
    ).fetchall()
    return tuple(
        Detail(split(labels), int(payout), time_ms, seen_ms)
        for labels, payout, time_ms, seen_ms in reversed(rows)
    )


def _marks(ledger: Ledger) -> dict[str, Mark]:
    rows = ledger.database.execute("SELECT name, shown, seen_ms FROM scraper")
    return {name: Mark(shown, seen_ms) for name, shown, seen_ms in rows}


def _check_bounds(ledger: Ledger, folder: Folder, series: list[Counter | Histogram]) -> None:
    """Observations can't be sorted into other buckets afterwards."""
    for one in series:
        if isinstance(one, Histogram) and one.value.bounds != folder.series.bounds(one.metric):
            raise LedgerError(
                f"{ledger.path}: {one.metric.name} was counted with other buckets; "
                "restore them in the configuration, or use another --storage.path"
            )


def _birth(series: Counter | Histogram) -> int:
    return series.birth


def _counters(ledger: Ledger, folder: Folder) -> Iterator[Counter]:
    for birth, name, labels, value, stored in ledger.database.execute("SELECT * FROM counter"):
        _check(stored, birth, name, labels, value)
        # A metric that this version no longer has keeps its row.
        if name in BY_NAME:
            yield folder.series.restore_counter(BY_NAME[name], split(labels), birth, int(value))


def _histograms(ledger: Ledger, folder: Folder) -> Iterator[Histogram]:
    for birth, name, labels, value, stored in ledger.database.execute("SELECT * FROM histogram"):
        _check(stored, birth, name, labels, value)
        if name in BY_NAME:
            yield folder.series.restore_histogram(
                BY_NAME[name], split(labels), birth, observations(value)
            )


def _check(stored: int, *parts: object) -> None:
    _same(stored, check_sum(*parts), f"series {parts[0]}")


def _same(stored: int, computed: int, what: str) -> None:
    if computed != stored:
        raise ValueError(f"{what} does not match its checksum")


def _segments(ledger: Ledger) -> Iterator[tuple[int, bytes, bytes, int]]:
    return ledger.database.execute(
        "SELECT number, added, changed, check_sum FROM id_segment ORDER BY number"
    )


def load_ids(ledger: Ledger, folder: Folder) -> None:
    """Ids and payouts: needed before records are counted, not before totals are shown."""
    try:
        for _number, added, changed, _stored in _segments(ledger):
            folder.ids.load(added)
            folder.ids.trim()
            folder.ids.reload(changed)
        for packed, kind, payout, holder in ledger.database.execute("SELECT * FROM payout"):
            key = int.from_bytes(packed[:3]), packed[3:]
            folder.payouts.restore(key, kind, Paid(int(payout), holder))
    except (sqlite3.DatabaseError, ValueError) as error:
        raise DamagedError(damage(ledger.path, error)) from error


def load_positions(ledger: Ledger, kind: type[Any]) -> list[Any]:
    """The read positions, as values of `kind`."""
    try:
        rows = ledger.database.execute("SELECT position FROM source")
        return [msgspec.json.decode(row[0], type=kind) for row in rows]
    except (sqlite3.DatabaseError, ValueError) as error:
        raise DamagedError(damage(ledger.path, error)) from error
