"""Kept facts for counting without a ledger, as `once`, `reconcile` and `backfill` do."""

from collections.abc import Sequence
from dataclasses import replace

from .completion import complete
from .delta import CompensatedRequest, Delta, FactsChunk, FactsWanted
from .facts_segments import FactsLimits, FactsSegment, expired, find


class FactsInMemory:
    """Kept facts in memory."""

    def __init__(self, limits: FactsLimits) -> None:
        """Start empty."""
        self._limits = limits
        self._segments: list[FactsSegment] = []
        self._content: dict[int, bytes] = {}
        self._last = 0

    def complete(
        self,
        requests: tuple[CompensatedRequest, ...],
        wanted: Sequence[FactsWanted],
        chunks: Sequence[FactsChunk],
    ) -> tuple[CompensatedRequest, ...]:
        """Complete a batch's compensated requests; keep the batch's facts."""
        earlier = find(self._segments, self._content.__getitem__, wanted)
        rows, _ = complete(requests, wanted, chunks, earlier)
        for chunk in chunks:
            self._add(chunk)
        dropped, _ = expired(self._segments, self._limits, 0, 0)
        for one in self._segments[:dropped]:
            del self._content[one.number]
        del self._segments[:dropped]
        return rows

    def completed(self, delta: Delta) -> Delta:
        """Complete a delta's compensated requests; keep its facts."""
        requests = self.complete(delta.compensated, delta.wanted, delta.facts)
        return replace(delta, compensated=requests, wanted=())

    def _add(self, chunk: FactsChunk) -> None:
        self._last += 1
        self._content[self._last] = chunk.packed
        self._segments.append(
            FactsSegment(
                self._last,
                chunk.entries,
                len(chunk.packed),
                chunk.oldest_ms,
                chunk.newest_ms,
                0,
            )
        )
