"""The facts of requests as bytes: entries, and chunks of entries packed by column.

An entry is the id's key, marks, and five numbers: input and output tokens, cost, latency and
throughput. Each number is one more than the fact, 0 where it is absent or does not fit. About half
of the bytes are 0 in all entries of a chunk; packing leaves them out.
"""

from collections.abc import Container
from struct import Struct
from typing import Final

FACTS_ENTRY: Final = Struct("<10sBQQQQQ")
FACTS_ENTRY_BYTES: Final = 51
# Marks: the finish reason's place in four bits, then whether the entry is a request's own and
# whether any of its quantities is above 0.
FINISH_MASK: Final = 15
IS_REQUEST: Final = 16
HAS_QUANTITIES: Final = 32

_KEY: Final = Struct("10s")
_KEY_BYTES: Final = 10
# Entries, then which bytes of an entry are above 0 anywhere: a bit each, the key's first.
_HEADER: Final = Struct("<IQ")
_HEADER_BYTES: Final = 12


def pack(entries: bytes) -> bytes:
    """Pack entries: the keys, then the columns of bytes that are not 0 everywhere."""
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
    start = _HEADER_BYTES
    end = start + count * _KEY_BYTES
    for place in range(_KEY_BYTES):
        entries[place::FACTS_ENTRY_BYTES] = packed[start + place : end : _KEY_BYTES]
    start = end
    for place in range(_KEY_BYTES, FACTS_ENTRY_BYTES):
        if filled >> place & 1:
            entries[place::FACTS_ENTRY_BYTES] = packed[start : start + count]
            start += count
    return bytes(entries)


def entries_in(packed: bytes) -> int:
    """Return how many entries are packed; raise ValueError if it is something else."""
    count, _ = _header(packed)
    return count


def search(packed: bytes, keys: Container[bytes]) -> list[tuple[int, bytes]]:
    """Return the entries of these keys, each with its place."""
    count, _ = _header(packed)
    stored = packed[_HEADER_BYTES : _HEADER_BYTES + count * _KEY_BYTES]
    places = [place for place, (key,) in enumerate(_KEY.iter_unpack(stored)) if key in keys]
    if not places:
        return []
    entries = unpack(packed)
    size = FACTS_ENTRY_BYTES
    return [(place, entries[place * size : (place + 1) * size]) for place in places]


def _header(packed: bytes) -> tuple[int, int]:
    if len(packed) >= _HEADER_BYTES:
        count, filled = _HEADER.unpack_from(packed)
        if len(packed) == _HEADER_BYTES + count * (_KEY_BYTES + filled.bit_count()):
            return count, filled
    raise ValueError("facts are not packed as they should be")
