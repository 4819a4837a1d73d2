"""The deduplication index: what has been counted of each generation; evicts the oldest ids first.

An id is kept as 73 bits of its BLAKE2b hash; the chance that any two of 10^7 ids collide is 10^-8.
17 bits choose a bucket, which holds the other 7 bytes, followed by the id's state.
"""

from hashlib import blake2b
from struct import Struct
from typing import Final, final

from ..records import Record
from ..rules.outcome import CANCELLED, ERROR, SUCCESS
from .delta import IdKey

_BUCKETS: Final = 1 << 17
_NUMBER: Final = 3  # bytes of a bucket's number
_FRAGMENT: Final = 7
# Flags of what was counted, then the label set and the request's time.
_STATE: Final = Struct("<HQ")
_STATE_BYTES: Final = 10
_KEPT: Final = _FRAGMENT + _STATE_BYTES
KEY_BYTES: Final = _NUMBER + _FRAGMENT
ENTRY_BYTES: Final = KEY_BYTES + _STATE_BYTES  # as stored, with the bucket's number first
_COMPACT_AFTER: Final = 1 << 10

# Flags of an id: the request, its payouts, and the parts that a later line may add.
REQUEST: Final = 1
BILL: Final = 2
PAYOUT: Final = 4
QUANTITIES: Final = 8
FIRST_TOKEN: Final = 16
DURATION: Final = 32
GENERATION: Final = 64
THROUGHPUT: Final = 128
SEARCHES: Final = 1 << 10
# Counted only for successful requests: for others they mean nothing.
SPEED: Final = FIRST_TOKEN | DURATION | GENERATION | THROUGHPUT
_PARTS: Final = BILL | QUANTITIES | SEARCHES | SPEED
# How the request ended; two bits.
_OUTCOME: Final = 3 << 8
_SUCCEEDED: Final = 1 << 8
_FAILED: Final = 2 << 8
_CANCELLED: Final = 3 << 8
_ENDED_WELL: Final = REQUEST | _SUCCEEDED
_ENDED: Final = {ERROR: REQUEST | _FAILED, CANCELLED: REQUEST | _CANCELLED}

_LABEL_SET_BITS: Final = 20
MAX_LABEL_SETS: Final = 1 << _LABEL_SET_BITS

_copy_hash: Final = blake2b(digest_size=_NUMBER + _FRAGMENT).copy  # half the cost of a new one


def key_of(identity: str) -> IdKey:
    """Return the key of a generation id."""
    state = _copy_hash()
    state.update(identity.encode())
    digest = state.digest()
    return (digest[0] & 1) << 16 | digest[1] << 8 | digest[2], digest[_NUMBER:]


def packed_key(key: IdKey) -> bytes:
    """Return a key as bytes, with which entries begin."""
    return key[0].to_bytes(_NUMBER, "big") + key[1]


def outcome_of(flags: int) -> str:
    """Return the outcome of a counted request; empty if there is none or it is unknown."""
    words = {_SUCCEEDED: SUCCESS, _FAILED: ERROR, _CANCELLED: CANCELLED}
    return words.get(flags & _OUTCOME, "")


def line_flags(record: Record) -> int:
    """Return the flags of a request in one line: the parts it has, and its outcome."""
    outcome = record.outcome
    flags = _ENDED_WELL if outcome == SUCCESS else _ENDED.get(outcome, REQUEST)
    if record.bill is not None:
        flags += BILL
    if record.quantities:
        flags += QUANTITIES
    if record.web_searches:
        flags += SEARCHES
    if record.generation is not None:
        flags += GENERATION
        if record.latency is not None:
            flags += DURATION
    if record.latency is not None and record.streamed:
        flags += FIRST_TOKEN
    if record.throughput is not None:
        flags += THROUGHPUT
    return flags


def missing_parts(record: Record, line: int, flags: int) -> int:
    """Return the flags of a line's parts that its request still lacks."""
    missing = line & ~flags & _PARTS
    if not missing:
        return 0
    if flags & _OUTCOME != _SUCCEEDED:
        missing &= ~SPEED
    if not missing & QUANTITIES:
        # Web searches count only with the tokens of their line.
        missing &= ~SEARCHES
    if flags & GENERATION and record.is_rate_derived:
        # The line with the counted generation time had no output to derive a rate from.
        missing &= ~THROUGHPUT
    return missing


def contradicts_outcome(record: Record, line: int, flags: int) -> bool:
    """Return True if a line states another outcome than the counted one."""
    counted = flags & _OUTCOME
    return counted != line & _OUTCOME and counted != 0 and record.states_outcome


@final
class IdState:
    """The state of an id: flags, the number of its label set, Unix ms (0: unknown)."""

    __slots__ = ("flags", "label_set", "time_ms")

    def __init__(self, flags: int, label_set: int, time_ms: int) -> None:
        """Describe what is counted so far."""
        self.flags = flags
        self.label_set = label_set
        self.time_ms = time_ms


def merged_states(known: IdState, other: IdState) -> IdState:
    """Merge the states of an id in two ledgers, one of which may continue the other.

    Returns `known` itself if the other adds nothing.
    """
    flags = known.flags | other.flags
    if flags == known.flags:
        return known
    if flags == other.flags or not known.flags & REQUEST:
        return IdState(flags, other.label_set, other.time_ms)
    # Both have counted the request: this ledger's outcome wins.
    return IdState(flags & ~_OUTCOME | known.flags & _OUTCOME, known.label_set, known.time_ms)


@final
class DeduplicationIndex:
    """The newest `limit` ids with their states."""

    def __init__(self, limit: int) -> None:
        """Start empty."""
        self.limit = limit
        self.count = 0
        self._buckets: list[bytearray | None] = [None] * _BUCKETS
        # The buckets of the ids in order of insertion, a few bytes each.
        self._order = bytearray()
        self._oldest = 0

    def find(self, key: IdKey) -> IdState | None:
        """Return the state of an id, None if it is unknown."""
        number, fragment = key
        bucket = self._buckets[number]
        if bucket is None:
            return None
        at = _place(bucket, fragment)
        if at < 0:
            return None
        flags, packed = _STATE.unpack_from(bucket, at + _FRAGMENT)
        return IdState(flags, packed & (MAX_LABEL_SETS - 1), packed >> _LABEL_SET_BITS)

    def update(self, key: IdKey, flags: int, label_set: int, time_ms: int) -> bytes:
        """Change the state of a known id; return its stored entry."""
        number, fragment = key
        bucket = self._buckets[number]
        at = -1 if bucket is None else _place(bucket, fragment)
        if bucket is None or at < 0:
            raise KeyError(key)
        state = _STATE.pack(flags, time_ms << _LABEL_SET_BITS | label_set)
        bucket[at + _FRAGMENT : at + _KEPT] = state
        return number.to_bytes(_NUMBER, "big") + fragment + state

    def insert(self, key: IdKey, flags: int, label_set: int, time_ms: int) -> bytes:
        """Add an unknown id; return its stored entry.

        The caller evicts ids while there are more than the limit.
        """
        number, fragment = key
        kept = fragment + _STATE.pack(flags, time_ms << _LABEL_SET_BITS | label_set)
        bucket = self._buckets[number]
        if bucket is None:
            self._buckets[number] = bytearray(kept)
        else:
            bucket += kept
        place = number.to_bytes(_NUMBER, "big")
        self._order += place
        self.count += 1
        return place + kept

    @property
    def is_over(self) -> bool:
        """Whether there are more ids than the limit."""
        return self.count > self.limit

    def evict(self) -> IdKey:
        """Forget the oldest id; return its key."""
        at = self._oldest * _NUMBER
        number = int.from_bytes(self._order[at : at + _NUMBER], "big")
        self._oldest += 1
        self.count -= 1
        if self._oldest > _COMPACT_AFTER:
            # A bytearray drops its beginning without moving the rest.
            del self._order[: self._oldest * _NUMBER]
            self._oldest = 0
        bucket = self._buckets[number]
        assert bucket is not None  # every id in the order is in its bucket
        fragment = bytes(bucket[:_FRAGMENT])
        del bucket[:_KEPT]
        return number, fragment

    def restore(self, added: bytes, changed: bytes) -> None:
        """Restore a stored segment: ids in order of insertion, then changed states."""
        for at in range(0, len(added), ENTRY_BYTES):
            number = int.from_bytes(added[at : at + _NUMBER], "big")
            bucket = self._buckets[number]
            if bucket is None:
                bucket = self._buckets[number] = bytearray()
            bucket += added[at + _NUMBER : at + ENTRY_BYTES]
        count = len(added) // ENTRY_BYTES
        order = bytearray(count * _NUMBER)
        for place in range(_NUMBER):
            order[place::_NUMBER] = added[place::ENTRY_BYTES]
        self._order += order
        self.count += count
        while self.is_over:
            self.evict()
        for at in range(0, len(changed), ENTRY_BYTES):
            self._restore_state(changed[at : at + ENTRY_BYTES])

    def _restore_state(self, entry: bytes) -> None:
        """Restore a changed state; skip an id that has left the index."""
        bucket = self._buckets[int.from_bytes(entry[:_NUMBER], "big")]
        if bucket is not None:
            at = _place(bucket, entry[_NUMBER : _NUMBER + _FRAGMENT])
            if at >= 0:
                bucket[at : at + _KEPT] = entry[_NUMBER:]


def _place(bucket: bytearray, fragment: bytes) -> int:
    """Return the offset of an id in its bucket, -1 if it is not there."""
    at = bucket.find(fragment)
    while at > 0 and at % _KEPT:  # a match may span two entries
        at = bucket.find(fragment, at + 1)
    return at
