"""A bit flipped anywhere in a large ledger: it is refused at start or works as before."""

import contextlib
import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from effort import examples
from exporter.config import Storage
from exporter.counting.delta import CountedPayout, Delta, FactsWanted, NewSeries
from exporter.counting.facts_packing import FACTS_ENTRY_BYTES, pack
from exporter.ledger.database import FILE
from exporter.ledger.errors import LedgerError
from exporter.ledger.open import open_ledger
from exporter.ledger.queries import Filter, compensations
from exporter.ledger.restore import id_segments, payouts, restore
from exporter.ledger.store import Ledger
from exporter.positions import ScrapeCursor
from ledger_samples import (
    CLOCK_MS,
    COST,
    DURATION,
    FACTS,
    HISTOGRAM,
    IDS,
    compensated,
    labels,
    position,
)

pytestmark = pytest.mark.slow

PAGE = 4096
BATCHES = 40
WINDOW = 500
FILTERS = (
    Filter(),
    Filter(limit=3, cursor=100),
    Filter(from_ms=1, to_ms=1 << 60),
    Filter(type="high_latency"),
    Filter(model="model 3"),
    Filter(provider="provider"),
    Filter(api_key="key"),
)


def batch(number: int, chance: random.Random) -> Delta:
    """Return a delta that writes to every table."""
    first = number * 11 + 1
    created = [
        NewSeries(first + place, COST, labels(COST, f"{number} {place}")) for place in range(10)
    ]
    seconds = NewSeries(first + 10, DURATION, labels(DURATION, str(number)))
    files = [position(f"/var/log/{number}-{place}.jsonl") for place in range(3)]
    keys = [(chance.randrange(1 << 17), chance.randbytes(7)) for _ in range(8)]
    return Delta(
        created=(*created, seconds),
        counters=tuple((series.number, chance.randrange(10**15)) for series in created),
        histograms=((seconds.number, HISTOGRAM),),
        newest_ms=CLOCK_MS + number,
        compensated=tuple(
            dataclasses.replace(compensated(f"gen_{number}_{place}"), model=f"model {place}")
            for place in range(8)
        ),
        facts=(dataclasses.replace(FACTS, packed=random_facts(chance, 30), entries=30),),
        new_ids=chance.randbytes(len(IDS) * 3),
        changed_ids=chance.randbytes(len(IDS) // 2),
        id_limit=WINDOW,
        payouts={(key, "high_latency"): CountedPayout(chance.randrange(10**12), 1) for key in keys},
        label_sets=((number, (f"key {number}", "model", "provider", "payg")),),
        admitted=(("model", f"model {number}"),),
        positions={file.key: file for file in files},
        existing_counted=number == 5,
        last_number=first + 10,
        built_ms=CLOCK_MS + number * 30_000,
    )


def random_facts(chance: random.Random, count: int) -> bytes:
    """Packed facts with random ids."""
    return pack(chance.randbytes(FACTS_ENTRY_BYTES * count))


def storage_in(directory: Path) -> Storage:
    """Storage settings with small windows."""
    return Storage(path=directory, facts_window=WINDOW, id_window=WINDOW)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A ledger file of many pages, some of them free."""
    chance = random.Random(1)
    storage = storage_in(tmp_path_factory.mktemp("whole"))
    ledger = open_ledger(storage).ledger
    for number in range(BATCHES):
        ledger.commit(batch(number, chance))
        ledger.save_cursor(f"scraper {number}", ScrapeCursor(number, CLOCK_MS), ())
    for count in (3 * WINDOW, WINDOW):
        facts = dataclasses.replace(FACTS, packed=random_facts(chance, count), entries=count)
        ledger.commit(Delta(facts=(facts,), new_ids=chance.randbytes(20 * count), id_limit=WINDOW))
    (free,) = ledger.database.execute("PRAGMA freelist_count").fetchone()
    ledger.close()
    data = (storage.path / FILE).read_bytes()
    assert free > 0
    assert len(data) > 60 * PAGE
    return data


def read_all(ledger: Ledger) -> object:
    """Read everything from a ledger."""
    return (
        restore(ledger, 100),
        [*id_segments(ledger)],
        [*payouts(ledger)],
        [compensations(ledger, one) for one in FILTERS],
        ledger.facts_segments,
    )


def used(ledger: Ledger) -> Iterator[object]:
    """Yield a ledger's content before and after a write to each table."""
    yield read_all(ledger)
    number = BATCHES * 11 + 1
    names = [f"/var/log/{n}-1.jsonl" for n in range(BATCHES)]
    known = [key for key, _, _ in payouts(ledger)]
    ledger.commit(
        dataclasses.replace(
            batch(BATCHES, random.Random(2)),
            counters=tuple((n, 7) for n in range(1, number + 10) if n % 11),
            revised=tuple(((f"gen_{n}_3", "high_latency"), 5) for n in range(BATCHES)),
            wanted=(FactsWanted(0, IDS[:10], FACTS.oldest_ms, 0),),
            positions={name: position(name, 7) for name in names},
            forgotten=tuple(known[::2]),
            built_ms=CLOCK_MS + 10**9,
        )
    )
    ledger.save_cursor("one more", ScrapeCursor(5, 6), [f"scraper {n}" for n in range(20)])
    yield read_all(ledger)


@pytest.fixture(scope="module")
def expected(whole: bytes, tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What an undamaged ledger returns."""
    return uses(whole, tmp_path_factory.mktemp("expected"))


def uses(data: bytes, directory: Path) -> list[object]:
    """Open a ledger, use it, and open it again."""
    (directory / FILE).write_bytes(data)
    ledger = open_ledger(storage_in(directory)).ledger
    try:
        found = [*used(ledger)]
    finally:
        ledger.close()
    again = open_ledger(storage_in(directory)).ledger
    found.append(read_all(again))
    again.close()
    return found


def assert_works_or_is_refused(
    data: bytes, at: int, bit: int, directory: Path, expected: list[object]
) -> None:
    """Flip a bit; if the ledger still opens, it must work as before."""
    damaged = bytearray(data)
    damaged[at] ^= 1 << bit
    (directory / FILE).write_bytes(damaged)
    opens = False
    with contextlib.suppress(LedgerError):
        open_ledger(storage_in(directory)).ledger.close()
        opens = True
    if opens:
        assert uses(bytes(damaged), directory) == expected


@pytest.mark.parametrize("at", range(100))
def test_header(tmp_path: Path, whole: bytes, expected: list[object], at: int) -> None:
    """A bit flipped in each byte of the file header."""
    for bit in {0, at % 8}:
        assert_works_or_is_refused(whole, at, bit, tmp_path, expected)


@pytest.mark.parametrize("seed", range(examples(40, 120)))
def test_any_page(tmp_path: Path, whole: bytes, expected: list[object], seed: int) -> None:
    """A bit flipped in a page's header or content, for table, index and free pages."""
    chance = random.Random(seed)
    page = chance.randrange(len(whole) // PAGE)
    at = page * PAGE + chance.randrange(64 if seed % 2 else PAGE)
    assert_works_or_is_refused(whole, at, chance.randrange(8), tmp_path, expected)
