"""Kept facts in segments: packed, searched, and dropped when there are too many or too old ones.

The caller stores a segment's bytes: in the ledger, or in memory without one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..config import Storage
from .deduplication import KEY_BYTES
from .delta import FactsWanted
from .facts_packing import search

_DAY_MS = 86_400_000

Entries = Mapping[bytes, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class FactsSegment:
    """A segment without its content; `oldest_ms` and `newest_ms` are times of its requests."""

    number: int
    entries: int
    size: int
    oldest_ms: int
    newest_ms: int
    stored_ms: int


@dataclass(frozen=True, slots=True)
class FactsLimits:
    """The number of entries to keep, and the days to keep them after they were stored."""

    entries: int
    days: int

    @classmethod
    def of(cls, storage: Storage) -> "FactsLimits":
        """Return the configured limits."""
        return cls(storage.facts_window, storage.facts_days)


def find(
    segments: Iterable[FactsSegment],
    content: Callable[[int], bytes],
    wanted: Sequence[FactsWanted],
) -> Entries:
    """Return the entries of the wanted ids in order; `content` returns a segment's packed bytes."""
    found: dict[bytes, list[bytes]] = defaultdict(list)
    for segment in segments:
        keys = {one.key for one in wanted if segment.oldest_ms <= one.time_ms <= segment.newest_ms}
        if keys:
            for _, entry in search(content(segment.number), keys):
                found[entry[:KEY_BYTES]].append(entry)
    return found


def expired(
    segments: Sequence[FactsSegment], limits: FactsLimits, now_ms: int, newest_ms: int
) -> tuple[int, int]:
    """Return how many of the oldest segments to drop, and how many of their entries are not old.

    An entry is old if the days have passed both since it was stored and since its request, so
    facts of a log that is read late are kept as long as those of one that is read at once.
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
