"""Limits of ids and compensated requests in the ledger, and pages of the latter."""

import dataclasses

import pytest

from exporter.config import Storage
from exporter.counting.deduplication import ENTRY_BYTES, KEY_BYTES
from exporter.counting.delta import Delta
from exporter.ledger.open import open_ledger
from exporter.ledger.queries import Filter, compensations
from exporter.ledger.restore import id_segments, restore
from exporter.ledger.store import Ledger
from ledger_samples import compensated, fill


def test_compensations_leave_with_the_window(storage: Storage) -> None:
    """Only the newest compensated requests are kept; the newest row of a key is revised."""
    ledger = open_ledger(dataclasses.replace(storage, payout_window=3)).ledger
    ledger.commit(Delta(compensated=tuple(compensated(str(n)) for n in range(4))))
    ledger.commit(Delta(compensated=(compensated("2", 5),)))
    revised = ((("2", "high_latency"), 7), (("0", "high_latency"), 9))
    ledger.commit(Delta(revised=revised))
    found = restore(ledger, 10).compensated

    assert [(one.generation_id, one.payout) for one in found] == [
        ("2", 10**12),
        ("3", 10**12),
        ("2", 7),
    ]
    assert restore(ledger, 1).compensated == found[-1:]
    ledger.close()


def entries(*numbers: int, state: int = 0) -> bytes:
    """Packed ids with a state."""
    end = state.to_bytes(ENTRY_BYTES - KEY_BYTES)
    return b"".join(number.to_bytes(KEY_BYTES) + end for number in numbers)


@pytest.mark.parametrize("limit", [1, 100, 10_000])
@pytest.mark.slow
def test_segments_leave_with_the_index(storage: Storage, limit: int) -> None:
    """The newest ids are kept in order, with few older ones and few segments."""
    ledger = open_ledger(dataclasses.replace(storage, id_window=limit)).ledger
    for number in range(400):
        ledger.commit(
            Delta(new_ids=entries(number), changed_ids=entries(1000 + number), id_limit=limit)
        )
    segments = [*id_segments(ledger)]
    kept = b"".join(added for added, _ in segments)

    first = 400 - len(kept) // ENTRY_BYTES
    assert kept == entries(*range(first, 400))
    assert b"".join(changed for _, changed in segments) == entries(*range(1000 + first, 1400))
    assert min(limit, 400) <= len(kept) // ENTRY_BYTES <= 3 * limit
    assert len(segments) < 2 * 64
    assert restore(ledger, 0).ids == min(limit, 400)
    ledger.close()


def test_merged_segments_keep_the_last_state_of_an_id(ledger: Ledger) -> None:
    """Merging keeps an id's last state and drops states from before the id was added again."""
    changes = {0: entries(7, 8, state=1), 1: entries(8, state=2), 63: entries(9, state=3)}
    for number in range(64):
        added = entries(7) if number == 60 else entries(1000 + number)
        ledger.commit(Delta(new_ids=added, changed_ids=changes.get(number, b""), id_limit=1000))
    ((_, changed),) = id_segments(ledger)

    assert changed == entries(8, state=2) + entries(9, state=3)


@pytest.mark.slow
def test_segments_stay_few_over_restarts(storage: Storage) -> None:
    """Small segments from before a restart are merged, too."""
    for number in range(200):
        ledger = open_ledger(storage).ledger
        ledger.commit(Delta(new_ids=entries(number), id_limit=1000))
        count = len([*id_segments(ledger)])
        ledger.close()
    assert count < 64


def test_compensation_pages(ledger: Ledger) -> None:
    """Pages go from newest to oldest; count and sum cover all matches."""
    every = tuple(
        dataclasses.replace(
            compensated(str(n), 10**12 * n),
            model="even" if n % 2 == 0 else "odd",
            time_ms=None if n == 6 else 1000 * n,
            seen_ms=1000 * n,
        )
        for n in range(1, 8)
    )
    ledger.commit(Delta(compensated=every))
    page = compensations(ledger, Filter(limit=3))
    rest = compensations(ledger, Filter(limit=4, cursor=page.next))

    assert page.items + rest.items == every[::-1]
    assert (page.count, page.payout_usd, rest.next) == (7, "28", None)
    assert compensations(ledger, Filter(model="even", limit=2)).items == (every[5], every[3])
    assert compensations(ledger, Filter(from_ms=3000, to_ms=6000)).items == every[2:5][::-1]
    assert compensations(ledger, Filter(cursor=1)).items == ()


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (Filter(from_ms=-(1 << 80), to_ms=1 << 80), 2),
        (Filter(from_ms=1 << 80), 0),
        (Filter(to_ms=-(1 << 80)), 0),
        (Filter(cursor=1 << 80), 2),
        (Filter(model="lone \ud800"), 0),
        (Filter(type="high_latency", provider="provider", api_key="key"), 2),
    ],
)
def test_filters_out_of_range(ledger: Ledger, wanted: Filter, count: int) -> None:
    """Filter values beyond what rows can hold match nothing or everything, without an error."""
    fill(ledger)
    page = compensations(ledger, wanted)

    assert page.count == len(page.items) == count
