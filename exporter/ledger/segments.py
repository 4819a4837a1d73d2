"""The deduplication index on disk: segments of packed ids in order of arrival.

Each commit appends a segment. Small ones are merged, so that their number stays bounded; those
whose ids have all left the index are dropped.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from ..counting.deduplication import ENTRY_BYTES, KEY_BYTES

# This many consecutive small segments are merged: never more than 4 MiB in a commit.
_MERGE = 64
_SMALL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment without its content."""

    number: int
    ids: int
    size: int


def read_segments(database: sqlite3.Connection) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (number, added, changed) in order; raises ValueError on damage."""
    rows = database.execute(
        "SELECT number, added, changed, check_sum FROM id_segment ORDER BY number"
    )
    for number, added, changed, stored in rows:
        if _check_sum(number, added, changed) != stored or len(added) % ENTRY_BYTES:
            raise ValueError(f"id_segment {number} does not match its checksum")
        yield number, added, changed


def segment(number: int, added: bytes, changed: bytes) -> Segment:
    """Return a segment without its content."""
    return Segment(number, len(added) // ENTRY_BYTES, len(added) + len(changed))


def _check_sum(number: int, added: bytes, changed: bytes) -> int:
    return crc32(changed, crc32(added, crc32(b"%d %d" % (number, len(added)))))


def append_segment(
    database: sqlite3.Connection,
    segments: tuple[Segment, ...],
    added: bytes,
    changed: bytes,
    limit: int,
) -> tuple[Segment, ...]:
    """Store a commit's ids; return all segments. `limit`: ids in the index."""
    number = segments[-1].number + 1 if segments else 1
    new = _put(database, number, added, changed)
    return _drop_old(database, _merge_small(database, (*segments, new), limit), limit)


def _put(database: sqlite3.Connection, number: int, added: bytes, changed: bytes) -> Segment:
    if len(added) % ENTRY_BYTES or len(changed) % ENTRY_BYTES:
        raise ValueError("ids are not whole entries")
    database.execute(
        "INSERT INTO id_segment (number, added, changed, check_sum) VALUES (?, ?, ?, ?)",
        (number, added, changed, _check_sum(number, added, changed)),
    )
    return segment(number, added, changed)


def _merge_small(
    database: sqlite3.Connection, segments: tuple[Segment, ...], limit: int
) -> tuple[Segment, ...]:
    small = min(_SMALL_BYTES, limit * ENTRY_BYTES // 2)
    first = first_to_merge([one.size for one in segments], small)
    if first is None:
        return segments
    oldest = segments[first].number
    rows = database.execute(
        "SELECT added, changed FROM id_segment WHERE number >= ? ORDER BY number", (oldest,)
    ).fetchall()
    database.execute("DELETE FROM id_segment WHERE number >= ?", (oldest,))
    added = b"".join(row[0] for row in rows)
    return (*segments[:first], _put(database, segments[-1].number, added, _last_changes(rows)))


def first_to_merge(sizes: Sequence[int], small: int) -> int | None:
    """Return the index of the first segment to merge, None if too few of the newest are small."""
    first = len(sizes)
    while first and sizes[first - 1] < small:
        first -= 1
    return first if len(sizes) - first >= _MERGE else None


def _last_changes(rows: list[tuple[bytes, bytes]]) -> bytes:
    """Return the last change of each id, from (added, changed) pairs in order.

    An id that is added after a change was evicted in between, so the change no longer applies.
    """
    changes: dict[bytes, bytes] = {}
    for added, changed in rows:
        if changes:
            for at in range(0, len(added), ENTRY_BYTES):
                changes.pop(added[at : at + KEY_BYTES], None)
        for at in range(0, len(changed), ENTRY_BYTES):
            changes[changed[at : at + KEY_BYTES]] = changed[at : at + ENTRY_BYTES]
    return b"".join(changes.values())


def _drop_old(
    database: sqlite3.Connection, segments: tuple[Segment, ...], limit: int
) -> tuple[Segment, ...]:
    newer = sum(one.ids for one in segments)
    dropped = 0
    for one in segments[:-1]:
        newer -= one.ids
        if newer < limit:
            break
        dropped += 1
    if dropped:
        database.execute("DELETE FROM id_segment WHERE number < ?", (segments[dropped].number,))
    return segments[dropped:]
