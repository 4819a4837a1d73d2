"""Read the ledger's state back as plain data, checking each row."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..catalogue import BY_NAME, Kind
from ..counting.deduplication import key_of
from ..counting.delta import CompensatedRequest, CountedPayout, HistogramValue, IdKey, NewSeries
from ..positions import PartitionOffset, Position, ScrapeCursor
from . import row_codec as codec
from . import store
from .errors import LedgerError, reading
from .segments import read_segments
from .store import Ledger
from .tables import read, verify


@dataclass(frozen=True, slots=True)
class Restored:
    """The state of the last commit, without ids and payouts: they are many and read separately.

    `ids`: number of ids in the index. `creations`: (Unix ms, first number) of each batch of new
    series in the last minutes. `existing_number`: the last series of the existing content.
    `label_sets`: by number.
    """

    series: tuple[tuple[NewSeries, int | HistogramValue], ...]
    newest_ms: int
    compensated: tuple[CompensatedRequest, ...]
    counted_existing: bool
    existing_number: int
    creations: tuple[tuple[int, int], ...]
    cursors: Mapping[str, ScrapeCursor]
    ids: int
    last_number: int
    label_sets: tuple[tuple[str, ...], ...]
    admitted: tuple[tuple[str, str], ...]
    synthetic_ids: int
    positions: tuple[Position, ...]
    offsets: tuple[PartitionOffset, ...] = ()


def restore(ledger: Ledger, compensated_limit: int) -> Restored:
    """Read the state except for ids and payouts, but check the payouts; raises `LedgerError`.

    Returns the newest compensated requests, up to the limit, oldest first.
    """
    meta = ledger.meta
    with reading(ledger.path):
        # Check older compensated requests too, so that later queries don't fail.
        for table in ("payout", "compensation"):
            verify(ledger.database, table)
        return Restored(
            series=_series(ledger),
            newest_ms=meta.get(store.NEWEST_MS, 0),
            compensated=_compensated(ledger, compensated_limit),
            counted_existing=store.EXISTING_NUMBER in meta,
            existing_number=meta.get(store.EXISTING_NUMBER, 0),
            creations=tuple((ms, first) for first, ms in read(ledger.database, "creation")),
            cursors=_cursors(ledger),
            ids=min(sum(one.ids for one in ledger.segments), ledger.id_window),
            last_number=meta.get(store.LAST_NUMBER, 0),
            label_sets=label_sets(ledger),
            admitted=tuple(read(ledger.database, "admitted")),
            synthetic_ids=meta.get(store.SYNTHETIC_IDS, 0),
            positions=_positions(ledger),
            offsets=tuple(offset for offset, _ in kafka_offsets(ledger)),
        )


def id_segments(ledger: Ledger) -> Iterator[tuple[bytes, bytes]]:
    """Yield (added, changed) packed entries in order of arrival; raises `LedgerError`.

    Read them all before the next commit.
    """
    with reading(ledger.path):
        for _number, added, changed in read_segments(ledger.database):
            yield added, changed


def payouts(ledger: Ledger) -> Iterator[tuple[IdKey, str, CountedPayout]]:
    """Yield the counted payouts by id and compensation type, oldest first; raises `LedgerError`.

    Read them all before the next commit.
    """
    with reading(ledger.path):
        order = _order_of_payouts(ledger)
        rows = read(ledger.database, "payout")
        for packed, kind, payout, label_set in sorted(rows, key=lambda row: order.get(row[0], 0)):
            yield codec.decode_id(packed), kind, CountedPayout(int(payout), label_set)


def _order_of_payouts(ledger: Ledger) -> dict[bytes, int]:
    """Return the number of each stored id's first compensated request.

    An id that is no longer stored, or whose label differs from it, counts as older than all.
    """
    rows = ledger.database.execute(
        "SELECT generation_id, number FROM compensation ORDER BY number DESC"
    )
    return {codec.encode_id(key_of(name)): number for name, number in rows}


def label_sets(ledger: Ledger) -> tuple[tuple[str, ...], ...]:
    """Return the label sets by number; raises `LedgerError`."""
    with reading(ledger.path):
        rows = tuple(read(ledger.database, "label_set"))
        if any(place != number for place, (number, _) in enumerate(rows)):
            raise ValueError("label sets are missing")
        return tuple(codec.decode_labels(labels) for _, labels in rows)


def kafka_offsets(ledger: Ledger) -> tuple[tuple[PartitionOffset, int], ...]:
    """Return each partition's counted offset and when it was stored (Unix ms).

    Raises `LedgerError`.
    """
    with reading(ledger.path):
        rows = read(ledger.database, "kafka_offset")
        return tuple((PartitionOffset(*row[:-1]), int(row[-1])) for row in rows)


def check_buckets(
    ledger: Ledger, restored: Restored, bounds: Mapping[str, tuple[int, ...]]
) -> None:
    """Raise `LedgerError` if a histogram was counted with other buckets than the configured ones.

    `bounds` are by the catalogue's name of the buckets, in the histogram's unit. Observations can't
    be moved to other buckets afterwards.
    """
    for series, value in restored.series:
        buckets = BY_NAME[series.metric].buckets
        if isinstance(value, HistogramValue) and value.bounds != tuple(bounds[buckets]):
            raise LedgerError(
                f"{ledger.path}: {series.metric} was counted with other buckets; "
                "restore them in the configuration, or use another --storage.path"
            )


def _series(ledger: Ledger) -> tuple[tuple[NewSeries, int | HistogramValue], ...]:
    values: dict[int, int | HistogramValue] = {
        number: int(value) for number, value in read(ledger.database, "counter")
    }
    for number, value in read(ledger.database, "histogram"):
        if number in values:
            raise ValueError(f"series {number} has two values")
        values[number] = codec.decode_histogram(value)
    known = []
    count = 0
    for number, metric, labels in read(ledger.database, "series"):
        count += 1
        value = values.pop(number, None)
        if value is None:
            raise ValueError(f"series {number} has no value")
        # A metric that this version no longer has keeps its rows.
        if metric in BY_NAME:
            one = NewSeries(number, metric, codec.decode_labels(labels))
            _check_kind(one, value)
            known.append((one, value))
    if values or count != ledger.meta.get(store.SERIES_COUNT, 0):
        raise ValueError("series are missing")
    return tuple(known)


def _check_kind(series: NewSeries, value: int | HistogramValue) -> None:
    metric = BY_NAME[series.metric]
    if len(series.labels) != len(metric.labels):
        raise ValueError(f"series {series.number} has other labels than its metric")
    if isinstance(value, HistogramValue) != (metric.kind is Kind.HISTOGRAM):
        raise ValueError(f"series {series.number} has a value of another kind than its metric")


def _compensated(ledger: Ledger, limit: int) -> tuple[CompensatedRequest, ...]:
    newest = "number > (SELECT coalesce(max(number), 0) FROM compensation) - ?"
    rows = read(ledger.database, "compensation", newest, (limit,))
    return tuple(codec.decode_request(row[1:]) for row in rows)


def _cursors(ledger: Ledger) -> dict[str, ScrapeCursor]:
    rows = read(ledger.database, "scraper")
    return {codec.decode_name(name): ScrapeCursor(shown, ms) for name, shown, ms in rows}


def _positions(ledger: Ledger) -> tuple[Position, ...]:
    rows = read(ledger.database, "position")
    return tuple(codec.decode_position(position) for _, position in rows)
