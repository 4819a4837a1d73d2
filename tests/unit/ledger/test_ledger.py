"""The ledger restores exactly what was committed."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from exporter.config import Storage
from exporter.counting.deduplication import key_of
from exporter.counting.delta import CountedPayout, Delta, NewSeries
from exporter.ledger.errors import LedgerError, UnstorableError
from exporter.ledger.open import open_ledger
from exporter.ledger.receipts import MAX_HOURS, MAX_RECEIPTS
from exporter.ledger.restore import Restored, check_buckets, id_segments, payouts, restore
from exporter.ledger.store import Ledger
from exporter.positions import ScrapeCursor
from exporter.receipts import Receipt
from ledger_samples import (
    BEYOND_64_BITS,
    CHANGED_IDS,
    CLOCK_MS,
    COST,
    CURSOR,
    DURATION,
    FULL,
    HISTOGRAM,
    IDS,
    KEY,
    RESTORED,
    compensated,
    fill,
    labels,
    position,
)

SURROGATES = (
    "\udc80",
    "\ud800",
    "caf\udce9",
    "\udcff\udcfe/app.log",
    "a\0b",
    "\x1f",
    "",
    "\U0001f600",
)


def reopened(storage: Storage) -> Restored:
    """Reopen a closed ledger and return what it restores."""
    opened = open_ledger(storage)
    opened.ledger.close()
    return opened.restored


def test_new_ledger_holds_nothing(storage: Storage) -> None:
    """A new ledger restores as zeros, before and after a restart."""
    first = open_ledger(storage)
    first.ledger.close()

    assert first.restored == reopened(storage)
    assert first.restored.series == ()
    assert not first.restored.counted_existing
    assert first.restored.last_number == 0


def test_its_creation_tells_a_ledger_from_another(storage: Storage, tmp_path: Path) -> None:
    """The creation time survives restarts and copies; an old ledger without one gets one."""
    first = open_ledger(storage).ledger
    first.close()
    again = open_ledger(storage).ledger
    again.close()
    shutil.copytree(storage.path, tmp_path / "copy")
    copied = open_ledger(dataclasses.replace(storage, path=tmp_path / "copy")).ledger
    copied.database.execute("DELETE FROM meta WHERE name = 'created_us'")
    copied.close()
    assert first.created_us == again.created_us == copied.created_us
    other = open_ledger(dataclasses.replace(storage, path=tmp_path / "copy")).ledger
    other.close()
    assert other.created_us > first.created_us > 1_577_836_800_000_000


def test_everything_comes_back(storage: Storage, ledger: Ledger) -> None:
    """Each field of a delta is restored exactly."""
    fill(ledger)

    assert restore(ledger, 10) == RESTORED
    assert [*id_segments(ledger)] == [(IDS, CHANGED_IDS)]
    assert [*payouts(ledger)] == [(KEY, "high_latency", CountedPayout(BEYOND_64_BITS, 1))]
    ledger.close()
    assert reopened(storage) == RESTORED


def test_values_are_those_after_the_delta(ledger: Ledger) -> None:
    """A commit replaces values, so it can be repeated; new series are added."""
    ledger.commit(FULL)
    later = Delta(
        created=(NewSeries(3, COST, labels(COST, "b")),),
        counters=((3, 0), (1, 1 << 64)),
        histograms=((2, dataclasses.replace(HISTOGRAM, counts=(1, 2, 4), exemplars={})),),
        last_number=3,
        built_ms=CLOCK_MS + 1,
    )
    ledger.commit(later)
    restored = restore(ledger, 10)

    assert [value for _, value in restored.series] == [1 << 64, later.histograms[0][1], 0]
    assert restored.creations == ((CLOCK_MS, 1), (CLOCK_MS + 1, 3))
    assert restored.last_number == 3
    assert restored.existing_number == 2
    assert restored.newest_ms == FULL.newest_ms
    assert restored.synthetic_ids == 3


def test_old_creations_are_forgotten(ledger: Ledger) -> None:
    """Only series of the last 15 minutes may be new to a scraper."""
    for number, at_ms in enumerate((0, 1000, 900_001), 1):
        new = NewSeries(number, COST, labels(COST, str(number)))
        ledger.commit(
            Delta(created=(new,), counters=((number, 0),), last_number=number, built_ms=at_ms)
        )

    assert restore(ledger, 0).creations == ((1000, 2), (900_001, 3))


def test_unknown_metrics_keep_their_rows(ledger: Ledger) -> None:
    """Series of an unknown metric aren't restored, but their numbers stay reserved."""
    series = NewSeries(1, "zenmux_gone_total", ("a",))
    ledger.commit(Delta(created=(series,), counters=((1, 5),), last_number=1))
    restored = restore(ledger, 0)

    assert restored.series == ()
    assert restored.last_number == 1


def test_receipts(ledger: Ledger, storage: Storage) -> None:
    """A key has only its latest receipt; receipts expire by age and by number."""
    first = Receipt("a", "d", 5, 3)
    ledger.commit(Delta(receipts=(first,), built_ms=CLOCK_MS))
    assert ledger.receipt("a") == first
    done = Receipt("a", "d", 9, None, True, {"accepted": 3, "invalid": 1}, ((2, "bad_time"),))
    ledger.commit(Delta(receipts=(done, Receipt("b")), built_ms=CLOCK_MS + 1000))
    ledger.close()

    opened = open_ledger(storage).ledger
    assert [opened.receipt(key) for key in "abc"] == [done, Receipt("b"), None]
    many = tuple(Receipt(f"k{n}") for n in range(MAX_RECEIPTS - 1))
    opened.commit(Delta(receipts=many, built_ms=CLOCK_MS + 2000))
    assert [opened.receipt(key) is None for key in ("a", "b", "k0")] == [True, False, False]
    day = MAX_HOURS * 3_600_000
    opened.commit(Delta(receipts=(Receipt("c"),), built_ms=CLOCK_MS + 1001 + day))
    assert [opened.receipt(key) is None for key in ("b", "k0", "c")] == [True, False, False]
    opened.close()


@pytest.mark.parametrize("name", SURROGATES)
def test_any_name_is_stored(ledger: Ledger, name: str) -> None:
    """Paths, keys and scraper names with undecodable bytes round-trip."""
    one = position(f"/var/log/{name}")
    ledger.commit(Delta(positions={one.key: one}))
    ledger.save_cursor(name, CURSOR, ())
    restored = restore(ledger, 0)

    assert restored.positions == (one,)
    assert restored.cursors == {name: CURSOR}


def test_positions_are_replaced(ledger: Ledger) -> None:
    """A file has one position, its latest."""
    for offset in (1, 1 << 70):
        ledger.commit(Delta(positions={"k": dataclasses.replace(position("k"), offset=offset)}))

    assert [one.offset for one in restore(ledger, 0).positions] == [1 << 70]


@pytest.mark.parametrize(
    "delta",
    [
        Delta(admitted=(("model", "lone \ud800"),)),
        Delta(label_sets=((0, ("lone \udfff",)),)),
        Delta(label_sets=((1 << 63, ("a",)),)),
        Delta(created=FULL.created, counters=((1, 5),), last_number=2),
        Delta(counters=((7, 5),)),
        Delta(created=(FULL.created[0],) * 2, counters=((1, 5),), last_number=1),
        Delta(payouts={((1, b"x"), "lone \udc80"): CountedPayout(1, 0)}),
        Delta(compensated=(compensated("lone \udc80"),)),
        Delta(compensated=(dataclasses.replace(compensated(), seen_ms=1 << 63),)),
        Delta(new_ids=b"x", id_limit=10),
        Delta(counters=((1, 10**5000),), last_number=1),
    ],
)
def test_unstorable_deltas(ledger: Ledger, delta: Delta) -> None:
    """A delta that can't be stored has its own error type and is rolled back."""
    before = restore(ledger, 10)
    with pytest.raises(UnstorableError, match="cannot store what was counted"):
        ledger.commit(dataclasses.replace(delta, newest_ms=5, positions={"k": position()}))

    assert restore(ledger, 10) == before
    fill(ledger)
    assert restore(ledger, 10) == RESTORED


def test_full_ledger(storage: Storage, ledger: Ledger) -> None:
    """A commit to a full disk is rolled back and succeeds once there is space."""
    ledger.commit(Delta(newest_ms=1))
    before = restore(ledger, 10)
    (pages,) = ledger.database.execute("PRAGMA page_count").fetchone()
    ledger.database.execute(f"PRAGMA max_page_count = {pages}")
    many = tuple(NewSeries(number, COST, labels(COST)) for number in range(1, 3000))
    delta = Delta(
        created=many, counters=tuple((s.number, s.number) for s in many), last_number=2999
    )

    with pytest.raises(LedgerError, match="cannot be written: database or disk is full") as failed:
        ledger.commit(delta)
    assert not isinstance(failed.value, UnstorableError)
    assert restore(ledger, 10) == before
    ledger.database.execute("PRAGMA max_page_count = 1000000")
    ledger.commit(delta)
    ledger.close()
    assert [value for _, value in reopened(storage).series] == [*range(1, 3000)]


def test_cursors_never_step_back(ledger: Ledger) -> None:
    """A cursor keeps its highest number; forgotten scrapers are deleted."""
    ledger.save_cursor("a", ScrapeCursor(5, 100), ())
    ledger.save_cursor("a", ScrapeCursor(3, 200), ())
    ledger.save_cursor("b", ScrapeCursor(1, 300), ("gone",))
    assert restore(ledger, 0).cursors == {"a": ScrapeCursor(5, 200), "b": ScrapeCursor(1, 300)}
    ledger.save_cursor("b", ScrapeCursor(2, 400), ("a",))
    assert restore(ledger, 0).cursors == {"b": ScrapeCursor(2, 400)}


def test_payouts_are_forgotten_and_counted_again(ledger: Ledger) -> None:
    """An id evicted and counted again in one delta has only its new payout."""
    ledger.commit(Delta(payouts={(KEY, kind): CountedPayout(1, 0) for kind in "ab"}))
    ledger.commit(Delta(forgotten=(KEY,), payouts={(KEY, "b"): CountedPayout(2, 3)}))

    assert [*payouts(ledger)] == [(KEY, "b", CountedPayout(2, 3))]


def test_payouts_come_back_oldest_first(ledger: Ledger) -> None:
    """Payouts are restored in their rows' order; those without a row come first."""
    names = [f"gen_{number}" for number in range(50)]
    for name in names:
        row, key = compensated(name), key_of(name)
        ledger.commit(Delta(compensated=(row,), payouts={(key, "a"): CountedPayout(1, 0)}))
    ledger.commit(
        Delta(
            compensated=(compensated(names[7]),),
            payouts={(key_of("left"), "a"): CountedPayout(1, 0)},
        )
    )

    assert [key for key, _, _ in payouts(ledger)] == [key_of(name) for name in ("left", *names)]


def test_other_buckets_are_refused(storage: Storage, ledger: Ledger) -> None:
    """Changed buckets are refused, because counted observations can't be moved."""
    fill(ledger)
    restored = restore(ledger, 0)
    check_buckets(ledger, restored, {"duration": HISTOGRAM.bounds})

    with pytest.raises(LedgerError, match=f"{DURATION} was counted with other buckets"):
        check_buckets(ledger, restored, {"duration": (1, 2)})
