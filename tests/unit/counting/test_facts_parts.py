"""Request facts: packing, expiry, memory limits and facts of the same batch."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.counting.completion import complete
from exporter.counting.deduplication import key_of, packed_key
from exporter.counting.delta import CompensatedRequest, Delta, FactsChunk, FactsWanted
from exporter.counting.facts_in_memory import FactsInMemory
from exporter.counting.facts_packing import (
    FACTS_ENTRY,
    FACTS_ENTRY_BYTES,
    HAS_QUANTITIES,
    IS_REQUEST,
    pack,
    unpack,
)
from exporter.counting.facts_segments import FactsLimits, FactsSegment, expired
from exporter.counting.request_facts import FINISH_WORDS
from exporter.rules.outcome import FINISH_REASONS
from facts_kept import NOTHING, facts_of, request
from implementations import Implementation

DAY_MS = 86_400_000
NUMBERS = st.one_of(st.integers(0, 1000), st.integers(0, (1 << 64) - 1))
ENTRIES = st.lists(
    st.builds(
        FACTS_ENTRY.pack, st.binary(min_size=10, max_size=10), st.integers(0, 255), *[NUMBERS] * 5
    )
).map(b"".join)


@given(ENTRIES)
def test_packing(entries: bytes) -> None:
    """Packed entries round-trip."""
    assert unpack(pack(entries)) == entries


@pytest.mark.parametrize("packed", [b"", b"x" * 11, pack(bytes(51))[:-1], pack(bytes(51)) + b"x"])
def test_packing_of_something_else(packed: bytes) -> None:
    """Data that isn't packed entries is refused."""
    with pytest.raises(ValueError, match="not packed"):
        unpack(packed)


def test_every_finish_reason_has_a_place() -> None:
    """A finish reason without a number would be stored as unknown."""
    assert set(FINISH_REASONS.values()) <= set(FINISH_WORDS)
    assert len(FINISH_WORDS) <= 16


def test_entry_size() -> None:
    """Entries have a fixed size, because they are stored back to back."""
    assert FACTS_ENTRY.size == FACTS_ENTRY_BYTES


def test_numbers_that_do_not_fit(implementation: Implementation) -> None:
    """A sum beyond 64 bits is left out; the other fields are stored."""
    pending = implementation.module("counting.request_facts").PendingFacts(True)
    text = request("a", latency_ms=None, generation_ms=None).encode()
    (record,) = implementation.module("formats.parser").Parser().parse(text)
    record.quantities, record.output_tokens = {"prompt": (1 << 64) - 1}, 7
    record.bill.total, record.throughput = (1 << 64) - 2, 0
    pending.add(b"0123456789", record, 5)
    (chunk,), wanted = pending.take()

    assert wanted == ()
    assert (chunk.oldest_ms, chunk.newest_ms) == (5, 5)
    stored = FACTS_ENTRY.unpack(unpack(chunk.packed))
    assert stored == (b"0123456789", IS_REQUEST | HAS_QUANTITIES | 1, 0, 8, (1 << 64) - 1, 0, 1)


def segment(number: int, stored_ms: int, newest_ms: int) -> FactsSegment:
    """A segment of ten entries."""
    return FactsSegment(number, 10, 100, 0, newest_ms, stored_ms)


@pytest.mark.parametrize(
    ("window", "now_days", "newest_days", "result"),
    [
        (30, 0, 0, (0, 0)),
        (21, 0, 0, (0, 0)),
        (20, 0, 0, (1, 10)),
        (1, 0, 0, (2, 20)),
        (30, 9, 9, (1, 0)),
        (30, 9, 7, (0, 0)),
        (30, 7, 9, (0, 0)),
        (1, 9, 9, (2, 10)),
        (30, 99, 99, (3, 0)),
    ],
)
def test_expiry(window: int, now_days: int, newest_days: int, result: tuple[int, int]) -> None:
    """Segments expire if old by both clocks, or if newer ones fill the window."""
    segments = [segment(n, (n - 1) * DAY_MS, (n - 1) * DAY_MS) for n in (1, 2, 3)]
    limits = FactsLimits(window, 8)

    assert expired(segments, limits, now_days * DAY_MS, newest_days * DAY_MS) == result


def test_memory_is_bounded() -> None:
    """Without a ledger, only the newest facts are kept."""
    facts = FactsInMemory(FactsLimits(2, 8))
    row = next(iter(rows()))
    for number in range(5):
        facts.completed(Delta(facts=(chunk_of(number),)))
    wanted = tuple(FactsWanted(n, key(n), 1000, 0) for n in range(5))
    found = facts.completed(Delta(compensated=(row,) * 5, wanted=wanted))

    assert [facts_of(one)[3] for one in found.compensated] == ["unknown"] * 3 + ["1", "1"]
    assert found.wanted == ()


def test_entries_behind_the_payout_do_not_count() -> None:
    """Facts of the same batch complete a payout's row only if they came before it."""
    later = FactsWanted(0, key(1), 1000, 0)
    assert complete(rows(), (later,), (chunk_of(1),), {}) == (rows(), 1)
    (row,), missing = complete(rows(), (dataclasses.replace(later, known=1),), (chunk_of(1),), {})
    assert (row.cost_usd, missing) == ("1", 0)


def key(number: int) -> bytes:
    """The packed key of an id."""
    return packed_key(key_of(str(number)))


def chunk_of(number: int) -> FactsChunk:
    """The facts of a request that cost a dollar."""
    entry = FACTS_ENTRY.pack(key(number), IS_REQUEST, 0, 0, 10**12 + 1, 0, 0)
    return FactsChunk(pack(entry), 1, 1000, 1000)


def rows() -> tuple[CompensatedRequest, ...]:
    """A compensated request without facts."""
    return (
        CompensatedRequest(
            "1", "m", "p", "k", "payg", "high_latency", *NOTHING, payout=1, time_ms=1, seen_ms=1
        ),
    )
