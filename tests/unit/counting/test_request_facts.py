"""A request's facts wait for its payout: whatever its batch, over restarts, within limits."""

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Count
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.config import Config, Source, Storage
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
from exporter.ledger.open import open_ledger
from exporter.ledger.queries import Filter, compensations
from exporter.metrics.published import PublishedState
from exporter.pipeline.ingest import Ingest
from exporter.pipeline.restoring import restore_ids, restored_counter
from exporter.rules.outcome import FINISH_REASONS
from exporter.sources import Block
from exporter.sources.cutters import LINES, make_framer
from implementations import Implementation

CLOCK = 1_793_500_000
DAY_MS = 86_400_000
FACTS = ("finish_reason", "input_tokens", "output_tokens", "cost_usd", "latency_ms", "throughput")
KNOWN = ("stop", "120", "30", "0.25", "500.5", "20")
NOTHING = ("unknown",) * 6


def request(name: str, **fields: object) -> str:
    """A request with all facts; a field of None is left out."""
    record = {
        "id": name,
        "timestamp": CLOCK - 90_000,
        "model": "m",
        "tokens": {"prompt": 100, "input_cache_read": 20, "completion": 30},
        "cost_usd": "0.25",
        "latency_ms": 500.5,
        "generation_ms": 1500,
        "finish_reason": "stop",
        **fields,
    }
    return json.dumps({key: value for key, value in record.items() if value is not None})


def payout(name: str, amount: str = "1", **fields: object) -> str:
    """A payout that is reported a day later, with its id only."""
    compensation = {"type": "high_latency", "payout_usd": amount}
    return json.dumps({"event": "compensation", "id": name, "compensation": compensation, **fields})


def facts_of(row: CompensatedRequest) -> tuple[str, ...]:
    """What a row tells of its request."""
    return tuple(getattr(row, name) for name in FACTS)


class Exporter:
    """The exporter's core with a ledger, fed by hand."""

    def __init__(self, storage: Storage) -> None:
        """Open the ledger and take back what it holds."""
        config = Config(sources=(Source("log", "file", "log"),), storage=storage)
        self.clock = float(CLOCK)
        opened = open_ledger(storage)
        self.ledger = opened.ledger
        counter = restored_counter(config, opened.restored)
        restore_ids(self.ledger, counter)
        self.ingest = Ingest(config, counter, lambda: self.clock)
        self.state = PublishedState.restore(opened.restored, 2000, 0)

    def commit(self, *lines: str) -> None:
        """Count lines, commit and publish."""
        self.count(*lines)
        self.state.publish(self.ledger.commit(self.ingest.build()), CLOCK * 1000)

    def count(self, *lines: str) -> None:
        """Count lines."""
        text = "".join(line + "\n" for line in lines).encode()
        block = Block.of("log", "log", make_framer(1 << 20, LINES).feed(text), len(lines), None, 0)
        for _ in self.ingest.count_in_steps(block):
            pass

    def shown(self) -> dict[str, tuple[str, ...]]:
        """The facts of the published rows by id: the ledger's rows are the same."""
        page = compensations(self.ledger, Filter(limit=1000))
        published = tuple(self.state.compensated)
        assert page.items[::-1] == published
        return {row.generation_id: facts_of(row) for row in published}


@pytest.fixture
def started(storage: Storage) -> Iterator[Exporter]:
    """An exporter with a new ledger."""
    exporter = Exporter(storage)
    yield exporter
    exporter.ledger.close()


def test_facts_of_the_same_batch(started: Exporter) -> None:
    """A payout in its request's batch is completed, one before its request is not."""
    started.commit(payout("early"), request("early"), request("a"), request("b"), payout("a"))

    assert started.shown() == {"early": NOTHING, "a": KNOWN}


def test_facts_survive_a_restart(started: Exporter, storage: Storage) -> None:
    """A payout long after its request shows all that was known; labels are the request's."""
    started.commit(request("a"), request("b"))
    started.commit(payout("b"))
    started.ledger.close()
    again = Exporter(storage)
    again.commit(payout("a"))
    again.ledger.close()
    last = Exporter(storage)

    assert last.shown() == {"b": KNOWN, "a": KNOWN}
    last.ledger.close()


def test_own_facts_win(started: Exporter) -> None:
    """What the payout's line has is shown; only what it lacks comes from the request."""
    started.commit(request("a", finish_reason="length", latency_ms=None))
    started.commit(payout("a", finish_reason="tool_calls", cost_usd="0.5"))

    assert started.shown() == {"a": ("tool_calls", "120", "30", "0.5", "unknown", "20")}


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_late_bill(started: Exporter, batches: int) -> None:
    """A bill that came before the payout is shown, one that came after it is not."""
    lines = [request("a", cost_usd=None), request("b", cost_usd=None), request("a"), payout("a")]
    lines += [payout("b"), request("b", cost_usd="7")]
    size = -(-len(lines) // batches)
    for start in range(0, len(lines), size):
        started.commit(*lines[start : start + size])

    assert started.shown() == {"a": KNOWN, "b": (*KNOWN[:3], "unknown", *KNOWN[4:])}


def test_second_type_of_payout(started: Exporter) -> None:
    """Each type has a row with the facts."""
    started.commit(request("a"), payout("a"))
    started.commit(payout("a", compensation={"type": "other_reason", "payout_usd": 2}))

    assert [facts_of(row) for row in started.state.compensated] == [KNOWN, KNOWN]


def test_forgotten_id_begins_anew(storage: Storage) -> None:
    """A request that is counted again, since its id was forgotten, has facts of its own."""
    exporter = Exporter(dataclasses.replace(storage, id_window=1))
    exporter.commit(request("a"), request("b"))
    exporter.commit(request("a", cost_usd="9", finish_reason=None), payout("a"))

    assert exporter.shown() == {"a": ("unknown", "120", "30", "9", "500.5", "20")}
    exporter.ledger.close()


def test_many_small_commits(started: Exporter) -> None:
    """Segments stay few, and each request is still found."""
    names = [f"gen_{number}" for number in range(300)]
    for number, name in enumerate(names):
        started.commit(request(name, timestamp=CLOCK - number, cost_usd=str(number)))
    assert len(started.ledger.facts_segments) < 2 * 64
    started.commit(*map(payout, names))

    costs = {name: facts[3] for name, facts in started.shown().items()}
    assert costs == {name: str(number) for number, name in enumerate(names)}
    assert started.ledger.facts_missing == 0


def test_window(storage: Storage) -> None:
    """The newest requests keep their facts; what goes before its time is counted, and missed."""
    exporter = Exporter(dataclasses.replace(storage, facts_window=10))
    names = [f"gen_{number}" for number in range(100)]
    for name in names:
        exporter.commit(request(name))
    exporter.commit(*map(payout, names))
    shown = list(exporter.shown().values())

    kept = shown.count(KNOWN)
    assert 10 <= kept <= 20
    assert shown == [NOTHING] * (100 - kept) + [KNOWN] * kept
    assert exporter.ledger.facts_evicted == exporter.ledger.facts_missing == 100 - kept
    exporter.ledger.close()


def test_days(started: Exporter) -> None:
    """Facts go some days after they were read, uncounted; older logs are read as newer ones."""
    started.commit(request("old", timestamp=CLOCK - 40 * 86_400), request("a"))
    started.commit(payout("old"))
    started.clock += 8 * 86_400 + 1
    started.commit(request("b", timestamp=started.clock))
    started.commit(payout("a"), payout("b"))

    assert started.shown() == {"old": KNOWN, "a": NOTHING, "b": KNOWN}
    assert (started.ledger.facts_evicted, started.ledger.facts_missing) == (0, 1)


def test_turned_off(storage: Storage) -> None:
    """With a window of 0 nothing is kept, looked for or counted as missing."""
    exporter = Exporter(dataclasses.replace(storage, facts_window=0))
    exporter.commit(request("a"), payout("a"))

    assert exporter.shown() == {"a": NOTHING}
    assert exporter.ledger.facts_segments == ()
    assert (exporter.ledger.facts_evicted, exporter.ledger.facts_missing) == (0, 0)
    exporter.ledger.close()


def test_what_was_kept_is_dropped_when_turned_off(started: Exporter, storage: Storage) -> None:
    """The ledger does not hold on to facts that nobody wants any more."""
    started.commit(request("a"))
    started.ledger.close()
    off = Exporter(dataclasses.replace(storage, facts_window=0))
    off.commit(request("b"), payout("a"))

    assert off.shown() == {"a": NOTHING}
    assert off.ledger.facts_segments == ()
    off.ledger.close()


def test_without_a_ledger(count: Count) -> None:
    """`once` completes rows from memory."""
    text = count([request("a"), request("b"), payout("b"), payout("a")])
    rows = [
        line for line in text.splitlines() if line.startswith("zenmux_compensated_request_payout")
    ]

    values = zip(FACTS, KNOWN, strict=True)
    expected = ",".join(f'{name}="{value}"' for name, value in values)
    assert len(rows) == 2
    assert all(expected in row for row in rows)


NAMES = st.sampled_from("abc")
RECORDS = st.one_of(
    NAMES.map(request),
    NAMES.map(lambda name: request(name, cost_usd=None)),
    NAMES.map(lambda name: request(name, tokens={}, latency_ms=None)),
    NAMES.map(payout),
    NAMES.map(lambda name: payout(name, "2", cost_usd="3")),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(RECORDS, max_size=6), max_size=5))
@pytest.mark.slow
def test_batches_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, batches: Sequence[Sequence[str]]
) -> None:
    """However the lines fall into batches and runs of the exporter, the rows are the same."""
    directory = tmp_path_factory.mktemp("ledgers")
    at_once = Exporter(Storage(path=directory / "once"))
    at_once.commit(*(line for lines in batches for line in lines))
    for lines in batches:
        one = Exporter(Storage(path=directory / "often"))
        one.commit(*lines)
        one.ledger.close()
    often = Exporter(Storage(path=directory / "often"))

    assert list(often.state.compensated) == list(at_once.state.compensated)
    often.ledger.close()
    at_once.ledger.close()


NUMBERS = st.one_of(st.integers(0, 1000), st.integers(0, (1 << 64) - 1))
ENTRIES = st.lists(
    st.builds(
        FACTS_ENTRY.pack, st.binary(min_size=10, max_size=10), st.integers(0, 255), *[NUMBERS] * 5
    )
).map(b"".join)


@given(ENTRIES)
def test_packing(entries: bytes) -> None:
    """Packed entries come back, in fewer bytes where their numbers are small."""
    assert unpack(pack(entries)) == entries


@pytest.mark.parametrize("packed", [b"", b"x" * 11, pack(bytes(51))[:-1], pack(bytes(51)) + b"x"])
def test_packing_of_something_else(packed: bytes) -> None:
    """What was not packed is refused."""
    with pytest.raises(ValueError, match="not packed"):
        unpack(packed)


def test_every_finish_reason_has_a_place() -> None:
    """A word without a place would be shown as unknown."""
    assert set(FINISH_REASONS.values()) <= set(FINISH_WORDS)
    assert len(FINISH_WORDS) <= 16


def test_entry_size() -> None:
    """Entries stand one after the other."""
    assert FACTS_ENTRY.size == FACTS_ENTRY_BYTES


def test_numbers_that_do_not_fit(implementation: Implementation) -> None:
    """A sum beyond 64 bits is left out; nothing else is."""
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
    """Segments go when they are old by both clocks, or when the newer ones fill the window."""
    segments = [segment(n, (n - 1) * DAY_MS, (n - 1) * DAY_MS) for n in (1, 2, 3)]
    limits = FactsLimits(window, 8)

    assert expired(segments, limits, now_days * DAY_MS, newest_days * DAY_MS) == result


def test_memory_is_bounded() -> None:
    """Without a ledger the newest facts are kept too."""
    facts = FactsInMemory(FactsLimits(2, 8))
    row = next(iter(rows()))
    for number in range(5):
        facts.completed(Delta(facts=(chunk_of(number),)))
    wanted = tuple(FactsWanted(n, key(n), 1000, 0) for n in range(5))
    found = facts.completed(Delta(compensated=(row,) * 5, wanted=wanted))

    assert [facts_of(one)[3] for one in found.compensated] == ["unknown"] * 3 + ["1", "1"]
    assert found.wanted == ()


def test_entries_behind_the_payout_do_not_count() -> None:
    """Of the batch's own facts only those from before the payout complete its row."""
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
    """A compensated request of which nothing is known."""
    return (
        CompensatedRequest(
            "1", "m", "p", "k", "payg", "high_latency", *NOTHING, payout=1, time_ms=1, seen_ms=1
        ),
    )


def test_every_file_is_written_to(tmp_path: Path) -> None:
    """The facts take few bytes in the ledger."""
    sizes = []
    for window in (0, 1_000_000):
        storage = Storage(path=tmp_path / str(window), facts_window=window)
        exporter = Exporter(storage)
        exporter.commit(*(request(f"gen_{number}") for number in range(5000)))
        exporter.ledger.close()
        sizes.append((storage.path / "ledger.sqlite").stat().st_size)

    assert sizes[1] - sizes[0] <= 45 * 5000
