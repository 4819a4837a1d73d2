"""Facts of requests on disk: one segment per commit, merged and dropped like id segments."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zlib import crc32

from ..counting.delta import FactsChunk
from ..counting.facts_packing import FACTS_ENTRY_BYTES, entries_in, pack, unpack
from ..counting.facts_segments import FactsLimits, FactsSegment, expired
from .errors import damaged
from .segments import first_to_merge

_SMALL_BYTES = 1 << 16
_COLUMNS = "number, oldest_ms, newest_ms, stored_ms, packed"

Segments = tuple[FactsSegment, ...]


def read_segments(database: sqlite3.Connection) -> Iterator[FactsSegment]:
    """Yield all segments in order, without their content; raise ValueError on damage."""
    rows = database.execute(f"SELECT check_sum, {_COLUMNS} FROM facts_segment ORDER BY number")  # noqa: S608
    for stored, *row in rows:
        yield _segment(stored, *row)


def content_of(database: sqlite3.Connection, path: Path) -> Callable[[int], bytes]:
    """Return a function that reads a segment's packed bytes; it raises `DamagedError`."""
    query = f"SELECT check_sum, {_COLUMNS} FROM facts_segment WHERE number = ?"  # noqa: S608

    def content(number: int) -> bytes:
        rows = database.execute(query, (number,)).fetchall()
        try:
            ((stored, *row),) = rows
            _segment(stored, *row)
        except ValueError as error:
            # `writing` would blame the delta and raise `UnstorableError`.
            raise damaged(path, error) from error
        packed: bytes = row[-1]
        return packed

    return content


def _segment(
    stored: int, number: int, oldest_ms: int, newest_ms: int, stored_ms: int, packed: bytes
) -> FactsSegment:
    if _check_sum(number, oldest_ms, newest_ms, stored_ms, packed) != stored:
        raise ValueError(f"facts_segment {number} does not match its checksum")
    entries = entries_in(packed)
    return FactsSegment(number, entries, len(packed), oldest_ms, newest_ms, stored_ms)


def _check_sum(number: int, oldest_ms: int, newest_ms: int, stored_ms: int, packed: bytes) -> int:
    return crc32(packed, crc32(b"%d %d %d %d" % (number, oldest_ms, newest_ms, stored_ms)))


def append_facts(
    database: sqlite3.Connection, segments: Segments, chunks: Iterable[FactsChunk], now_ms: int
) -> Segments:
    """Store a commit's facts; return all segments."""
    for chunk in chunks:
        number = segments[-1].number + 1 if segments else 1
        row = (number, chunk.oldest_ms, chunk.newest_ms, now_ms, chunk.packed)
        segments = (*segments, _put(database, row))
    return segments


def _put(database: sqlite3.Connection, row: tuple[int, int, int, int, bytes]) -> FactsSegment:
    stored = _check_sum(*row)
    database.execute(
        f"INSERT INTO facts_segment ({_COLUMNS}, check_sum) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        (*row, stored),
    )
    return _segment(stored, *row)


def merge_small(
    database: sqlite3.Connection,
    segments: Segments,
    limits: FactsLimits,
    content: Callable[[int], bytes],
) -> Segments:
    """Merge the newest segments if they are many and small."""
    small = min(_SMALL_BYTES, limits.entries * FACTS_ENTRY_BYTES // 4)
    first = first_to_merge([one.size for one in segments], small)
    if first is None:
        return segments
    merged = segments[first:]
    entries = b"".join(unpack(content(one.number)) for one in merged)
    database.execute("DELETE FROM facts_segment WHERE number >= ?", (merged[0].number,))
    last = merged[-1]
    oldest_ms = min(one.oldest_ms for one in merged)
    newest_ms = max(one.newest_ms for one in merged)
    row = (last.number, oldest_ms, newest_ms, last.stored_ms, pack(entries))
    return (*segments[:first], _put(database, row))


def drop_expired(
    database: sqlite3.Connection,
    segments: Segments,
    limits: FactsLimits,
    now_ms: int,
    newest_ms: int,
) -> tuple[Segments, int]:
    """Drop segments beyond the limits; return the rest, and how many entries were dropped early."""
    dropped, evicted = expired(segments, limits, now_ms, newest_ms)
    if dropped:
        last = segments[dropped - 1].number
        database.execute("DELETE FROM facts_segment WHERE number <= ?", (last,))
    return segments[dropped:], evicted
