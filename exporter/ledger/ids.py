"""The id window: what is known of each generation, as packed bytes, oldest arrival out first.

An id is kept as 73 bits of its BLAKE2b hash (that any two of 10^7 ids collide has a chance of
10^-8): 17 bits choose a bucket, 7 bytes stand in it, followed by 8 bytes of state.
"""

from hashlib import blake2b
from struct import Struct, iter_unpack

_BUCKETS = 1 << 17
_FRAGMENT = 7
_ENTRY = _FRAGMENT + 8
_NUMBER = 3  # bytes of a bucket's number
_COMPACT_AFTER = 1 << 10
ENTRY_BYTES = _NUMBER + _ENTRY  # as stored: the bucket's number first

REQUEST = 1  # the request itself was counted
BILLED = 2  # its bill was counted
PAID = 4  # a payout of it was counted
_FLAG_BITS = 4
_HOLDER_BITS = 18
MAX_HOLDERS = 1 << _HOLDER_BITS


# Where an id is kept: its bucket and the fragment of its hash.
Key = tuple[int, bytes]

copy_hash = blake2b(digest_size=_NUMBER + _FRAGMENT).copy  # half the price of a new one
_split = Struct(f">xH{_FRAGMENT}s").unpack


def key_of(identity: str) -> Key:
    """The key of a generation id."""
    state = copy_hash()
    state.update(identity.encode(errors="surrogatepass"))
    digest = state.digest()
    low, fragment = _split(digest)
    return (digest[0] & 1) << 16 | low, fragment


def entry(key: Key, state: int) -> bytes:
    """An id with its state as it is stored."""
    number, fragment = key
    return number.to_bytes(_NUMBER) + fragment + state.to_bytes(8, "little")


def pack(flags: int, holder: int, time_ms: int) -> int:
    """The state of an id: what was counted, under which labels, and the request's time."""
    return (time_ms << _HOLDER_BITS | holder) << _FLAG_BITS | flags


def holder_of(state: int) -> int:
    """The number of the labels under which the id was counted."""
    return state >> _FLAG_BITS & (MAX_HOLDERS - 1)


def time_of(state: int) -> int:
    """The request's time in Unix milliseconds, 0 where it is not known."""
    return state >> (_FLAG_BITS + _HOLDER_BITS)


class IdWindow:
    """The newest `limit` ids with their states."""

    __slots__ = ("arrivals", "buckets", "count", "limit", "oldest")

    def __init__(self, limit: int) -> None:
        """An empty window."""
        self.limit = limit
        self.buckets: list[bytearray | None] = [None] * _BUCKETS
        # The buckets of the ids in order of arrival, a few bytes each.
        self.arrivals = bytearray()
        self.oldest = 0
        self.count = 0

    def __len__(self) -> int:
        """How many ids are remembered."""
        return self.count

    def get(self, key: Key) -> int | None:
        """The state of an id, None where it is not known."""
        bucket = self.buckets[key[0]]
        if bucket is None:
            return None
        at = bucket.find(key[1])
        if at > 0:
            at = _find(bucket, key[1])
        return None if at < 0 else int.from_bytes(bucket[at + _FRAGMENT : at + _ENTRY], "little")

    def update(self, key: Key, state: int) -> None:
        """Change the state of a known id."""
        bucket = self.buckets[key[0]]
        at = -1 if bucket is None else _find(bucket, key[1])
        if bucket is None or at < 0:
            raise KeyError(key)
        bucket[at + _FRAGMENT : at + _ENTRY] = state.to_bytes(8, "little")

    def add(self, key: Key, state: int, journal: bytearray) -> Key | None:
        """Remember a new id, and note its entry in a journal; the id that has to go for it."""
        number, fragment = key
        kept = fragment + state.to_bytes(8, "little")
        place = number.to_bytes(_NUMBER)
        bucket = self.buckets[number]
        if bucket is None:
            self.buckets[number] = bytearray(kept)
        else:
            bucket += kept
        self.arrivals += place
        journal += place + kept
        self.count += 1
        return self.evict() if self.count > self.limit else None

    def load(self, packed: bytes) -> None:
        """Take back ids that are not in the window yet, as they were stored; evicts none."""
        buckets = self.buckets
        for high, low, kept in iter_unpack(f">BH{_ENTRY}s", packed):
            number = high << 16 | low
            bucket = buckets[number]
            if bucket is None:
                bucket = buckets[number] = bytearray()
            bucket += kept
        numbers = bytearray(len(packed) // ENTRY_BYTES * _NUMBER)
        for place in range(_NUMBER):
            numbers[place::_NUMBER] = packed[place::ENTRY_BYTES]
        self.arrivals += numbers
        self.count += len(packed) // ENTRY_BYTES

    def reload(self, packed: bytes) -> None:
        """Take back changed states; ids that have left the window are passed over."""
        for high, number, fragment, state in iter_unpack(f">BH{_FRAGMENT}s8s", packed):
            bucket = self.buckets[high << 16 | number]
            at = -1 if bucket is None else _find(bucket, fragment)
            if bucket is not None and at >= 0:
                bucket[at + _FRAGMENT : at + _ENTRY] = state

    def trim(self) -> None:
        """Evict what a smaller limit leaves no room for."""
        while self.count > self.limit:
            self.evict()

    def evict(self) -> Key:
        """Forget the oldest id; which one that was."""
        at = self.oldest * _NUMBER
        number = int.from_bytes(self.arrivals[at : at + _NUMBER])
        self.oldest += 1
        self.count -= 1
        if self.oldest > _COMPACT_AFTER:
            # A bytearray forgets its beginning without moving the rest.
            del self.arrivals[: self.oldest * _NUMBER]
            self.oldest = 0
        bucket = self.buckets[number]
        assert bucket is not None  # every arrival stands in its bucket
        evicted = number, bytes(bucket[:_FRAGMENT])
        del bucket[:_ENTRY]
        return evicted


def _find(bucket: bytearray, fragment: bytes) -> int:
    at = bucket.find(fragment)
    while at > 0 and at % _ENTRY:  # the fragment's bytes may stand across two entries
        at = bucket.find(fragment, at + 1)
    return at
