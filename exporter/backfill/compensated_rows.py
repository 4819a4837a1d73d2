"""Complete compensated requests with the kept facts of their requests, in batches."""

from dataclasses import replace

from ..config import Config
from ..counting.delta import CompensatedRequest, FactsChunk, FactsWanted, Increments
from ..counting.facts_in_memory import FactsInMemory
from ..counting.facts_packing import pack, unpack
from ..counting.facts_segments import FactsLimits
from .compensated_store import CompensatedStore

# Looking facts up costs about as much for many requests as for one.
_HELD_REQUESTS = 1000
_HELD_FACTS = 1 << 16

# A sampling time with a request's place, or else with a request's key and its revised payout.
_Change = tuple[int, int, tuple[tuple[str, str], int] | None]


class CompensatedRows:
    """A buffer of compensated requests and facts; completed requests go into a store."""

    def __init__(self, config: Config, store: CompensatedStore) -> None:
        """Nothing collected yet."""
        self._store = store
        self._facts = FactsInMemory(FactsLimits.of(config.storage))
        self._clear()

    def _clear(self) -> None:
        self._requests: list[CompensatedRequest] = []
        self._changes: list[_Change] = []
        self._wanted: list[FactsWanted] = []
        self._chunks: list[FactsChunk] = []
        self._held_facts = 0

    def add(self, at: int, taken: Increments) -> None:
        """Take the compensated requests and the facts of increments at a sampling time."""
        first, known = len(self._requests), self._held_facts
        self._requests += taken.compensated
        self._changes += [(at, first + place, None) for place in range(len(taken.compensated))]
        self._changes += [(at, 0, revised) for revised in taken.revised]
        self._wanted += [
            replace(one, place=first + one.place, known=known + one.known) for one in taken.wanted
        ]
        self._chunks += taken.facts
        self._held_facts += sum(chunk.entries for chunk in taken.facts)
        if len(self._requests) >= _HELD_REQUESTS or self._held_facts >= _HELD_FACTS:
            self.flush()

    def flush(self) -> None:
        """Store the requests and revised payouts in their order."""
        requests = self._facts.complete(tuple(self._requests), self._wanted, self._joined())
        for at, place, revised in self._changes:
            if revised is None:
                self._store.add(at, requests[place])
            else:
                self._store.revise(at, *revised)
        self._clear()

    def _joined(self) -> list[FactsChunk]:
        """Return the facts as one chunk: they arrive as one for each sampling time."""
        if not self._chunks:
            return []
        return [
            FactsChunk(
                pack(b"".join(unpack(chunk.packed) for chunk in self._chunks)),
                self._held_facts,
                min(chunk.oldest_ms for chunk in self._chunks),
                max(chunk.newest_ms for chunk in self._chunks),
            )
        ]
