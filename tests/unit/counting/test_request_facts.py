"""Request facts are kept for later payouts, across batches and restarts and within limits."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import Count
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from exporter.config import Storage
from facts_kept import CLOCK, FACTS, KNOWN, NOTHING, Exporter, facts_of, payout, request


@pytest.fixture
def started(storage: Storage) -> Iterator[Exporter]:
    """An exporter with a new ledger."""
    exporter = Exporter(storage)
    yield exporter
    exporter.ledger.close()


def test_facts_of_the_same_batch(started: Exporter) -> None:
    """A payout is completed from its own batch, unless it comes before its request."""
    started.commit(payout("early"), request("early"), request("a"), request("b"), payout("a"))

    assert started.shown() == {"early": NOTHING, "a": KNOWN}


def test_facts_survive_a_restart(started: Exporter, storage: Storage) -> None:
    """A payout is completed with the facts of a request counted before a restart."""
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
    """The payout's own fields win; the request only fills the missing ones."""
    started.commit(request("a", finish_reason="length", latency_ms=None))
    started.commit(payout("a", finish_reason="tool_calls", cost_usd="0.5"))

    assert started.shown() == {"a": ("tool_calls", "120", "30", "0.5", "unknown", "20")}


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_late_bill(started: Exporter, batches: int) -> None:
    """A bill is shown if it came before the payout, not if it came after."""
    lines = [request("a", cost_usd=None), request("b", cost_usd=None), request("a"), payout("a")]
    lines += [payout("b"), request("b", cost_usd="7")]
    size = -(-len(lines) // batches)
    for start in range(0, len(lines), size):
        started.commit(*lines[start : start + size])

    assert started.shown() == {"a": KNOWN, "b": (*KNOWN[:3], "unknown", *KNOWN[4:])}


def test_second_type_of_payout(started: Exporter) -> None:
    """Each compensation type has its own row with the facts."""
    started.commit(request("a"), payout("a"))
    started.commit(payout("a", compensation={"type": "other_reason", "payout_usd": 2}))

    assert [facts_of(row) for row in started.state.compensated] == [KNOWN, KNOWN]


def test_forgotten_id_begins_anew(storage: Storage) -> None:
    """A request counted again after its id was evicted has new facts."""
    exporter = Exporter(dataclasses.replace(storage, id_window=1))
    exporter.commit(request("a"), request("b"))
    exporter.commit(request("a", cost_usd="9", finish_reason=None), payout("a"))

    assert exporter.shown() == {"a": ("unknown", "120", "30", "9", "500.5", "20")}
    exporter.ledger.close()


def test_many_small_commits(started: Exporter) -> None:
    """Segments are merged, and each request is still found."""
    names = [f"gen_{number}" for number in range(300)]
    for number, name in enumerate(names):
        started.commit(request(name, timestamp=CLOCK - number, cost_usd=str(number)))
    assert len(started.ledger.facts_segments) < 2 * 64
    started.commit(*map(payout, names))

    costs = {name: facts[3] for name, facts in started.shown().items()}
    assert costs == {name: str(number) for number, name in enumerate(names)}
    assert started.ledger.facts_missing == 0


def test_window(storage: Storage) -> None:
    """Only the newest facts are kept; evicted ones are counted, and missing ones too."""
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
    """Facts expire days after they were read, however old the log; that isn't an eviction."""
    started.commit(request("old", timestamp=CLOCK - 40 * 86_400), request("a"))
    started.commit(payout("old"))
    started.clock += 8 * 86_400 + 1
    started.commit(request("b", timestamp=started.clock))
    started.commit(payout("a"), payout("b"))

    assert started.shown() == {"old": KNOWN, "a": NOTHING, "b": KNOWN}
    assert (started.ledger.facts_evicted, started.ledger.facts_missing) == (0, 1)


def test_turned_off(storage: Storage) -> None:
    """With a window of 0 no facts are kept, looked up or counted as missing."""
    exporter = Exporter(dataclasses.replace(storage, facts_window=0))
    exporter.commit(request("a"), payout("a"))

    assert exporter.shown() == {"a": NOTHING}
    assert exporter.ledger.facts_segments == ()
    assert (exporter.ledger.facts_evicted, exporter.ledger.facts_missing) == (0, 0)
    exporter.ledger.close()


def test_what_was_kept_is_dropped_when_turned_off(started: Exporter, storage: Storage) -> None:
    """A window of 0 drops the facts that the ledger already has."""
    started.commit(request("a"))
    started.ledger.close()
    off = Exporter(dataclasses.replace(storage, facts_window=0))
    off.commit(request("b"), payout("a"))

    assert off.shown() == {"a": NOTHING}
    assert off.ledger.facts_segments == ()
    off.ledger.close()


def test_without_a_ledger(count: Count) -> None:
    """`once` completes rows from facts in memory."""
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


@settings(max_examples=examples(20, 100), deadline=None)
@given(st.lists(st.lists(RECORDS, max_size=6), max_size=5))
@pytest.mark.slow
def test_batches_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, batches: Sequence[Sequence[str]]
) -> None:
    """Rows are the same however lines are split into batches and runs of the exporter."""
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


def test_every_file_is_written_to(tmp_path: Path) -> None:
    """Facts take at most 45 bytes per request in the ledger."""
    sizes = []
    for window in (0, 1_000_000):
        storage = Storage(path=tmp_path / str(window), facts_window=window)
        exporter = Exporter(storage)
        exporter.commit(*(request(f"gen_{number}") for number in range(5000)))
        exporter.ledger.close()
        sizes.append((storage.path / "ledger.sqlite").stat().st_size)

    assert sizes[1] - sizes[0] <= 45 * 5000
