"""Encode the facts of requests: entries, and chunks of entries packed by column.

An entry is the id's key, marks, and five numbers: input and output tokens, cost, latency and
throughput. Each number is the fact plus one, or 0 if the fact is missing or does not fit. About
half of the bytes are 0 in all entries of a chunk; packing omits them.
"""

from struct import Struct
from typing import Final

FACTS_ENTRY: Final = Struct("<10sBQQQQQ")
FACTS_ENTRY_BYTES: Final = 51
# Marks: the finish reason's index in four bits, then whether the entry is a request's own and
# whether any of its quantities is above 0.
FINISH_MASK: Final = 15
IS_REQUEST: Final = 16
HAS_QUANTITIES: Final = 32

_KEY_BYTES: Final = 10
# The number of entries, then a bit for each byte of an entry that is above 0 anywhere, key first.
_HEADER: Final = Struct("<IQ")
_HEADER_BYTES: Final = 12


def pack(entries: bytes) -> bytes:
    """Pack entries: keys first, then the columns of bytes that are not all 0."""
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
    """Return the entries that `pack` packed; raise ValueError for other bytes."""
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
    """Return the number of packed entries; raise ValueError for other bytes."""
    count, _ = _header(packed)
    return count


def search(packed: bytes, keys: set[bytes]) -> list[tuple[int, bytes]]:
    """Return the entries of these keys, each with its index."""
    count, filled = _header(packed)
    found: list[tuple[int, bytes]] = []
    at = _HEADER_BYTES
    for place in range(count):
        key = packed[at : at + _KEY_BYTES]
        at += _KEY_BYTES
        if key in keys:
            found.append((place, _entry(packed, place, key, count, filled)))
    return found


def _entry(packed: bytes, place: int, key: bytes, count: int, filled: int) -> bytes:
    """Return one entry without unpacking the others."""
    entry = bytearray(FACTS_ENTRY_BYTES)
    entry[:_KEY_BYTES] = key
    at = _HEADER_BYTES + count * _KEY_BYTES + place
    for column in range(_KEY_BYTES, FACTS_ENTRY_BYTES):
        if filled >> column & 1:
            entry[column] = packed[at]
            at += count
    return bytes(entry)


def _header(packed: bytes) -> tuple[int, int]:
    if len(packed) >= _HEADER_BYTES:
        count, filled = _HEADER.unpack_from(packed)
        if len(packed) == _HEADER_BYTES + count * (_KEY_BYTES + filled.bit_count()):
            return count, filled
    raise ValueError("facts are not packed correctly")
