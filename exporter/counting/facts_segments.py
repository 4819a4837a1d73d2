"""The kept facts in segments: packed, searched, and dropped when they are many or old.

Where a segment's bytes are kept is the caller's: the ledger, or memory where there is none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from struct import Struct

from ..config import Storage
from .delta import FactsWanted
from .request_facts import FACTS_ENTRY_BYTES

_DAY_MS = 86_400_000
_KEY = Struct("10s")
_KEY_BYTES = _KEY.size
# Entries, then which bytes of an entry are above 0 anywhere: a bit each, the key's first.
_HEADER = Struct("<IQ")

Entries = Mapping[bytes, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class FactsSegment:
    """What is known of a segment without its content; `oldest_ms` to `newest_ms`: its requests."""

    number: int
    entries: int
    size: int
    oldest_ms: int
    newest_ms: int
    stored_ms: int


@dataclass(frozen=True, slots=True)
class FactsLimits:
    """How many entries are kept, and for how long after they were stored."""

    entries: int
    days: int

    @classmethod
    def of(cls, storage: Storage) -> "FactsLimits":
        """Return the configured limits."""
        return cls(storage.facts_window, storage.facts_days)


def pack(entries: bytes) -> bytes:
    """Pack entries by column, without the bytes that are 0 in all of them."""
    count = len(entries) // FACTS_ENTRY_BYTES
    keys = bytearray(count * _KEY_BYTES)
    for place in range(_KEY_BYTES):
        keys[place::_KEY_BYTES] = entries[place::FACTS_ENTRY_BYTES]
    columns = []
    filled = 0
    for place in range(_KEY_BYTES, FACTS_ENTRY_BYTES):
        column = entries[place::FACTS_ENTRY_BYTES]
        if column.count(0) != count:
            columns.append(column)
            filled |= 1 << place
    return b"".join((_HEADER.pack(count, filled), keys, *columns))


def unpack(packed: bytes) -> bytes:
    """Return the entries of `pack`; raise ValueError if it is something else."""
    count, filled = _header(packed)
    entries = bytearray(count * FACTS_ENTRY_BYTES)
    start = _HEADER.size
    for place in range(_KEY_BYTES):
        end = start + count * _KEY_BYTES
        entries[place::FACTS_ENTRY_BYTES] = packed[start + place : end : _KEY_BYTES]
    start += count * _KEY_BYTES
    for place in range(_KEY_BYTES, FACTS_ENTRY_BYTES):
        if filled >> place & 1:
            entries[place::FACTS_ENTRY_BYTES] = packed[start : start + count]
            start += count
    return bytes(entries)


def entries_in(packed: bytes) -> int:
    """Return how many entries are packed; raise ValueError if it is something else."""
    return _header(packed)[0]


def _header(packed: bytes) -> tuple[int, int]:
    if len(packed) >= _HEADER.size:
        count, filled = _HEADER.unpack_from(packed)
        if len(packed) == _HEADER.size + count * (_KEY_BYTES + filled.bit_count()):
            return count, filled
    raise ValueError("facts are not packed as they should be")


def find(
    segments: Iterable[FactsSegment],
    content: Callable[[int], bytes],
    wanted: Sequence[FactsWanted],
) -> Entries:
    """Return the entries of the wanted ids in order; `content` gives a segment's packed bytes."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for segment in segments:
        keys = {one.key for one in wanted if segment.oldest_ms <= one.time_ms <= segment.newest_ms}
        if keys:
            _search(content(segment.number), keys, found)
    return found


def _search(packed: bytes, keys: set[bytes], found: dict[bytes, list[bytes]]) -> None:
    count, _ = _header(packed)
    stored = packed[_HEADER.size : _HEADER.size + count * _KEY_BYTES]
    places = [place for place, (key,) in enumerate(_KEY.iter_unpack(stored)) if key in keys]
    entries = unpack(packed) if places else b""
    for place in places:
        entry = entries[place * FACTS_ENTRY_BYTES : (place + 1) * FACTS_ENTRY_BYTES]
        found[entry[:_KEY_BYTES]].append(entry)


def expired(
    segments: Sequence[FactsSegment], limits: FactsLimits, now_ms: int, newest_ms: int
) -> tuple[int, int]:
    """Return how many of the oldest segments go, and how many entries go before their days end.

    An entry's days have passed once they have since it was stored and since its request:
    what is read late is kept as long as what is read at once.
    """
    before = now_ms - limits.days * _DAY_MS
    requested_before = newest_ms - limits.days * _DAY_MS
    rest = sum(one.entries for one in segments)
    dropped = evicted = 0
    for one in segments:
        rest -= one.entries
        is_old = one.stored_ms < before and one.newest_ms < requested_before
        if not is_old and rest < limits.entries:
            break
        dropped += 1
        evicted += 0 if is_old else one.entries
    return dropped, evicted
