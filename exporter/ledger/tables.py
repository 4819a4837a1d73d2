"""Read and write rows of the ledger's tables, each with a checksum that is verified on reading."""

import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from typing import Any
from zlib import crc32

from ..counting.delta import CompensatedRequest
from ..positions import PartitionOffset

Row = tuple[Any, ...]

COMPENSATION_COLUMNS = tuple(field.name for field in fields(CompensatedRequest))
# Quoted, since two of them are SQL keywords.
_OFFSET_COLUMNS = tuple(f'"{field.name}"' for field in fields(PartitionOffset))
# By table, key first. Segments of ids and facts have their own modules.
_COLUMNS = {
    "meta": ("name", "value"),
    "series": ("number", "metric", "labels"),
    "counter": ("number", "value"),
    "histogram": ("number", "value"),
    "creation": ("first", "created_ms"),
    "label_set": ("number", "labels"),
    "admitted": ("label", "value"),
    "payout": ("id", "type", "payout", "label_set"),
    "compensation": ("number", *COMPENSATION_COLUMNS),
    "position": ("key", "position"),
    "scraper": ("name", "shown", "seen_ms"),
    "receipt": ("number", "key", "stored_ms", "receipt"),
    "kafka_offset": (*_OFFSET_COLUMNS, "stored_ms"),
}
_BLOBS = frozenset({("payout", "id"), ("position", "key"), ("scraper", "name")})
_SEPARATOR = "\x1f"
_INTEGER_LIMIT = 1 << 63  # SQLite's integers end here
_FETCHED = 1000


def exact(value: int) -> int | str:
    """Encode an integer of any size."""
    return value if -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else str(value)


def _text(part: object) -> str:
    if isinstance(part, bytes):
        return part.hex().upper()
    return "" if part is None else str(part)


def check_sum(*parts: object) -> int:
    """Compute the checksum of a row's other columns."""
    return crc32(_SEPARATOR.join(map(_text, parts)).encode())


def with_sum(*parts: Any) -> Row:
    """Complete a row with its checksum."""
    return (*parts, check_sum(*parts))


def counter_rows(pairs: list[tuple[int, int]]) -> list[Row]:
    """Build rows of (number, value) with checksums, inlined since a commit has many."""
    return [
        (
            number,
            value if -_INTEGER_LIMIT <= value < _INTEGER_LIMIT else str(value),
            crc32(f"{number}{_SEPARATOR}{value}".encode()),
        )
        for number, value in pairs
    ]


def insert(table: str, otherwise: str = "") -> str:
    """Build an INSERT statement for a whole row; `otherwise` may be `OR REPLACE`."""
    columns = (*_COLUMNS[table], "check_sum")
    places = ", ".join("?" * len(columns))
    # Only names of this module become part of the text.
    return f"INSERT {otherwise} INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608


def _summed(table: str) -> str:
    """Build the SQL expression for the bytes that `check_sum` sums, which is faster than Python."""
    parts = (
        f"hex({name})" if (table, name) in _BLOBS else f"coalesce({name}, '')"
        for name in _COLUMNS[table]
    )
    return f"CAST({' || char(31) || '.join(parts)} AS BLOB)"


def read(
    database: sqlite3.Connection, table: str, condition: str = "1", values: Row = ()
) -> Iterator[Row]:
    """Yield a table's rows in order of their key, without their checksums.

    Raises ValueError on a damaged row. `condition` is SQL written in this package.
    """
    return _read(database, table, _COLUMNS[table], condition, values)


def verify(database: sqlite3.Connection, table: str) -> None:
    """Check all rows of a table; raises ValueError."""
    for _ in _read(database, table, _COLUMNS[table][:1], "1", ()):
        pass


def _read(
    database: sqlite3.Connection,
    table: str,
    columns: tuple[str, ...],
    condition: str,
    values: Row,
) -> Iterator[Row]:
    # Only names of this module and conditions of this package become part of the text.
    cursor = database.execute(
        f"SELECT check_sum, {_summed(table)}, {', '.join(columns)} FROM {table} "  # noqa: S608
        f"WHERE {condition} ORDER BY {_COLUMNS[table][0]}",
        values,
    )
    while rows := cursor.fetchmany(_FETCHED):
        sums, texts, *found = zip(*rows, strict=True)
        if tuple(map(crc32, texts)) != sums:
            raise ValueError(f"a row of {table} does not match its checksum")
        yield from zip(*found, strict=True)
