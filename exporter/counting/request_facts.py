"""Packed facts of counted requests, for later payouts that have only an id.

A request has one entry; later entries of its id add what it lacked.
"""

from struct import error as StructError  # noqa: N812 - its name says nothing alone
from typing import Final, final

from ..records import Bill, Record
from ..rules.tokens import DIRECTIONS, INPUT, direction
from ..values.labels import UNKNOWN
from .deduplication import BILL, DURATION, FIRST_TOKEN, QUANTITIES, THROUGHPUT
from .delta import FactsChunk, FactsWanted
from .facts_packing import FACTS_ENTRY, FACTS_ENTRY_BYTES, HAS_QUANTITIES, IS_REQUEST, pack

# Ledgers store their indexes: words may only be appended.
FINISH_WORDS: Final = (
    UNKNOWN, "stop", "length", "tool_calls", "content_filter", "error", "other",
)  # fmt: skip
_FINISH_PLACES: Final = {word: place for place, word in enumerate(FINISH_WORDS)}

_NUMBER_LIMIT: Final = 1 << 64
_CHUNK_ENTRIES: Final = 1 << 14


def input_tokens(quantities: dict[str, int]) -> int:
    """Return the number of input tokens."""
    total = 0
    for code, number in quantities.items():
        way = DIRECTIONS.get(code)
        if way == INPUT or (way is None and direction(code) == INPUT):
            total += number
    return total


@final
class PendingFacts:
    """The facts of a batch, and the compensated requests that lack some."""

    __slots__ = (
        "_buffer",
        "_chunks",
        "_entries",
        "_is_on",
        "_newest_ms",
        "_oldest_ms",
        "_sealed",
        "_wanted",
    )

    def __init__(self, is_on: bool) -> None:
        """Start empty; keep nothing unless `is_on`."""
        self._is_on = is_on
        self._chunks: list[FactsChunk] = []
        self._sealed = 0
        self._wanted: list[FactsWanted] = []
        self._buffer = bytearray(FACTS_ENTRY_BYTES * _CHUNK_ENTRIES if is_on else 0)
        self._entries = 0  # in the buffer
        self._oldest_ms = 0
        self._newest_ms = 0

    def add(self, key: bytes, record: Record, time_ms: int) -> None:
        """Keep the facts of a request."""
        if self._is_on:
            marks = IS_REQUEST | _FINISH_PLACES.get(record.finish_reason, 0)
            self._append(
                key,
                marks,
                record.quantities,
                record.output_tokens,
                record.bill,
                record.latency,
                record.throughput,
                time_ms,
            )

    def amend(self, key: bytes, record: Record, added: int, time_ms: int) -> None:
        """Keep what a later line added (flags) to a request of this time."""
        if self._is_on and added & (BILL | QUANTITIES | FIRST_TOKEN | DURATION | THROUGHPUT):
            self._append(
                key,
                0,
                record.quantities if added & QUANTITIES else None,
                record.output_tokens,
                record.bill if added & BILL else None,
                record.latency if added & (FIRST_TOKEN | DURATION) else None,
                record.throughput if added & THROUGHPUT else None,
                time_ms,
            )

    def want(self, place: int, key: bytes, time_ms: int) -> None:
        """Note that the compensated request at this index lacks facts of its id."""
        if self._is_on:
            known = self._sealed + self._entries
            self._wanted.append(FactsWanted(place, key, time_ms, known))

    def take(self) -> tuple[tuple[FactsChunk, ...], tuple[FactsWanted, ...]]:
        """Return the facts in order and the requests that lack some; clear both."""
        self._seal()
        chunks, wanted = tuple(self._chunks), tuple(self._wanted)
        self._chunks, self._wanted = [], []
        self._sealed = 0
        return chunks, wanted

    def take_if_needed(
        self, is_needed: bool
    ) -> tuple[tuple[FactsChunk, ...], tuple[FactsWanted, ...]]:
        """Return the same as `take` if it is needed, or if there is a full chunk of facts."""
        return self.take() if is_needed or self._chunks else ((), ())

    def _append(
        self,
        key: bytes,
        marks: int,
        quantities: dict[str, int] | None,
        output_tokens: int,
        bill: Bill | None,
        latency: int | None,
        throughput: int | None,
        time_ms: int,
    ) -> None:
        inputs = outputs = 0
        if quantities is not None:
            inputs = 1 + input_tokens(quantities)
            outputs = 1 + output_tokens
            if quantities:
                marks |= HAS_QUANTITIES
        cost = 0 if bill is None else 1 + bill.total
        first = 0 if latency is None else 1 + latency
        rate = 0 if throughput is None else 1 + throughput
        at = self._entries * FACTS_ENTRY_BYTES
        try:
            FACTS_ENTRY.pack_into(self._buffer, at, key, marks, inputs, outputs, cost, first, rate)
        except StructError:
            # Only sums can be this large; checking each number would take longer than packing.
            numbers = [n if n < _NUMBER_LIMIT else 0 for n in (inputs, outputs, cost, first, rate)]
            FACTS_ENTRY.pack_into(self._buffer, at, key, marks, *numbers)
        self._entries += 1
        if time_ms > self._newest_ms:
            self._newest_ms = time_ms
            if not self._oldest_ms:
                self._oldest_ms = time_ms
        elif time_ms < self._oldest_ms:
            self._oldest_ms = time_ms
        if self._entries >= _CHUNK_ENTRIES:
            self._seal()

    def _seal(self) -> None:
        if self._entries:
            packed = pack(bytes(self._buffer[: self._entries * FACTS_ENTRY_BYTES]))
            chunk = FactsChunk(packed, self._entries, self._oldest_ms, self._newest_ms)
            self._chunks.append(chunk)
            self._sealed += self._entries
            self._entries = 0
            self._oldest_ms = self._newest_ms = 0
