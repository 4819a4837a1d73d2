"""The ids that are not done and when each is due, and the results of the others."""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from .progress import Batch
from .wanted import Wanted, merged

RESULTS = ("resolved", "unbilled", "not_found", "failed", "invalid")


@dataclass(slots=True)
class OpenId:
    """An id that is not done: the batches that wait for it, since when, and its failures."""

    wanted: Wanted
    batches: list[Batch]
    since: float
    is_known: bool = False  # whether an answer without a bill was stored
    asked: float = 0.0
    failures: int = 0


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    one: OpenId = field(compare=False)


class OpenIds:
    """Open ids, by id and by due time."""

    def __init__(self) -> None:
        """Start without open ids."""
        self._open: dict[str, OpenId] = {}
        self._due: list[_Due] = []
        self._numbers = count()
        self.results = dict.fromkeys(RESULTS, 0)

    def __len__(self) -> int:
        """Return the number of open ids."""
        return len(self._open)

    def __iter__(self) -> Iterator[OpenId]:
        """Iterate over the open ids."""
        return iter(self._open.values())

    def find(self, identity: str) -> Wanted | None:
        """Return what is known about an open id."""
        known = self._open.get(identity)
        return None if known is None else known.wanted

    def add(self, one: Wanted, batches: Sequence[Batch], now: float) -> None:
        """Open an id, due at once; each of the batches waits for it."""
        known = self._open.get(one.id)
        if known is None:
            self._open[one.id] = known = OpenId(one, [], now)
            self.ask_at(known, now)
        else:
            known.wanted = merged(known.wanted, one)
        for batch in batches:
            if batch not in known.batches[-1:]:
                known.batches.append(batch)
                batch.open += 1

    def ask_at(self, one: OpenId, at: float) -> None:
        """Schedule an id for a time in Unix seconds."""
        heapq.heappush(self._due, _Due(at, next(self._numbers), one))

    def due(self, now: float) -> OpenId | None:
        """Pop an id that is due; None if there is none."""
        if not self._due or self._due[0].at > now:
            return None
        return heapq.heappop(self._due).one

    def done(self, one: OpenId, result: str) -> None:
        """Close an id with a result."""
        self.results[result] += 1
        del self._open[one.wanted.id]
        for batch in one.batches:
            batch.open -= 1

    @property
    def numbers(self) -> Mapping[str, int]:
        """The number of open ids, and of the others by result."""
        return {"open": len(self), **self.results}
