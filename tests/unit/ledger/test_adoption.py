"""Adopting another ledger's ids: later records of its requests add only what is missing."""

import json
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from exporter.config import Config, Source, Storage
from exporter.counting.deduplication import BILL, REQUEST, IdState, merged_states
from exporter.counting.delta import Delta
from exporter.ledger.adoption import adopt, offsets_of
from exporter.ledger.errors import LedgerError
from exporter.ledger.open import open_ledger
from exporter.pipeline.ingest import Ingest
from exporter.pipeline.restoring import restore_ids, restored_counter
from exporter.positions import PartitionOffset
from exporter.sources import Block

COST = "zenmux_cost_usd_total"
AT = PartitionOffset("cluster", "requests", 0, "id-1", 10)


def request(name: str, **fields: Any) -> dict[str, Any]:
    """A line of a request."""
    return {"id": name, "timestamp": 1793491200, "model": "m", **fields}


def paid(name: str, payout: str) -> dict[str, Any]:
    """A line of a payout."""
    told = {"type": "high_latency", "payout_usd": payout}
    return {"event": "compensation", "id": name, "compensation": told}


def storage(tmp_path: Path, name: str, id_window: int = 1000) -> Storage:
    """A ledger's storage settings."""
    return Storage(path=tmp_path / name, id_window=id_window)


def count(place: Storage, *lines: dict[str, Any]) -> dict[str, Decimal]:
    """Count lines with a ledger and return its totals by metric."""
    config = Config(place, sources=(Source("main", "push"),))
    opened = open_ledger(place)
    with closing(opened.ledger) as ledger:
        counter = restored_counter(config, opened.restored)
        restore_ids(ledger, counter)
        ingest = Ingest(config, counter, lambda: 1.8e9)
        text = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        block = Block("main", "main", text, 0, len(text), None, ends=True)
        for _ in ingest.count_in_steps(block):
            pass
        ledger.commit(ingest.build())
    return totals(place)


def totals(place: Storage) -> dict[str, Decimal]:
    """Return the sums of a ledger's counters by metric."""
    opened = open_ledger(place)
    opened.ledger.close()
    found: dict[str, Decimal] = {}
    for series, value in opened.restored.series:
        if isinstance(value, int):
            known = found.get(series.metric, Decimal(0))
            found[series.metric] = known + value
    return found


def set_offset(place: Storage, *offsets: PartitionOffset, ms: int = 5) -> None:
    """Store offsets."""
    with closing(open_ledger(place).ledger) as ledger:
        ledger.commit(Delta(offsets=offsets, built_ms=ms))


def offsets(place: Storage) -> dict[int, PartitionOffset]:
    """A ledger's offsets by partition."""
    with closing(open_ledger(place).ledger) as ledger:
        return {one.partition: one for one, _ in offsets_of(ledger).values()}


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Storage, Storage]:
    """A ledger, and one that has adopted it."""
    old, new = storage(tmp_path, "old"), storage(tmp_path, "new")
    count(new, request("other", model="first"), request("both", cost_usd="1"))
    count(
        old,
        request("billed", cost_usd="2", latency_ms=1500),
        request("unbilled", input_tokens=7),
        request("both"),
        paid("billed", "0.5"),
    )
    taken = adopt(new, [old.path])
    assert taken.ids == 2
    return old, new


def test_totals_stay(moved: tuple[Storage, Storage]) -> None:
    """Adopting doesn't change totals."""
    _, new = moved
    assert totals(new)["zenmux_requests_total"] == 2
    assert totals(new)[COST] == 10**12


def test_known_lines_count_nothing(moved: tuple[Storage, Storage]) -> None:
    """Records that either ledger has counted are duplicates."""
    _, new = moved
    lines = (request("billed", cost_usd="2"), paid("billed", "0.5"), request("other"))
    found = count(new, *lines, request("both", cost_usd="1"))
    assert found["zenmux_requests_total"] == 2
    assert found[COST] == 10**12
    assert "zenmux_insurance_payout_usd_total" not in found


def test_later_lines_add_what_is_missing(moved: tuple[Storage, Storage]) -> None:
    """Late bills and payouts are added; a compensated request has the adopted facts."""
    _, new = moved
    found = count(
        new, request("unbilled", cost_usd="3"), paid("billed", "0.75"), paid("unbilled", "0.1")
    )
    assert found["zenmux_requests_total"] == 2
    assert found[COST] == 4 * 10**12
    assert found["zenmux_insurance_payout_usd_total"] == 35 * 10**10
    opened = open_ledger(new)
    opened.ledger.close()
    (row,) = opened.restored.compensated
    assert (row.generation_id, row.input_tokens, row.model) == ("unbilled", "7", "m")


def test_back_again(moved: tuple[Storage, Storage]) -> None:
    """Adopting back returns what was added meanwhile; repeating it changes nothing."""
    old, new = moved
    count(new, request("unbilled", cost_usd="3"), paid("billed", "0.75"))
    for _ in range(2):
        adopt(old, [new.path])
    found = count(old, request("unbilled", cost_usd="3"), paid("billed", "0.75"), request("other"))
    assert found["zenmux_requests_total"] == 3
    assert found[COST] == 2 * 10**12
    assert found["zenmux_insurance_payout_usd_total"] == 5 * 10**11


def test_offsets(tmp_path: Path) -> None:
    """The highest offset wins; if the topic was recreated, the one committed later."""
    one, two, new = (storage(tmp_path, name) for name in ("one", "two", "new"))
    ahead, part = replace(AT, offset=90), replace(AT, partition=1)
    anew = replace(AT, partition=2, topic_id="id-2", offset=3)
    set_offset(one, AT, part, replace(AT, partition=2, offset=70))
    set_offset(two, ahead, replace(part, lines=2))
    set_offset(two, anew, ms=6)
    adopt(new, [two.path, one.path])
    assert offsets(new) == {0: ahead, 1: replace(part, lines=2), 2: anew}


def test_windows(tmp_path: Path, moved: tuple[Storage, Storage]) -> None:
    """Adopting more ids than fit is refused, with the setting to raise."""
    old, _ = moved
    small = storage(tmp_path, "small", id_window=2)
    with pytest.raises(LedgerError, match=r"hold 3 together, but storage.id_window is 2: some"):
        adopt(small, [old.path])
    assert totals(small) == {}


def test_wrong_ledgers(tmp_path: Path, moved: tuple[Storage, Storage]) -> None:
    """A missing ledger, the ledger itself, and one in use are refused."""
    old, new = moved
    with pytest.raises(LedgerError, match="none: holds no ledger"):
        adopt(new, [tmp_path / "none"])
    with pytest.raises(LedgerError, match="is the ledger itself"):
        adopt(new, [new.path])
    with (
        closing(open_ledger(old).ledger),
        pytest.raises(LedgerError, match="another exporter uses this ledger"),
    ):
        adopt(new, [old.path])


def test_merged_states() -> None:
    """The state with more parts wins; if both have the request, the first one's outcome."""
    succeeded, failed = 1 << 8, 2 << 8
    known = IdState(REQUEST | succeeded, 1, 5)
    further = IdState(REQUEST | succeeded | BILL, 2, 6)
    assert merged_states(known, further).label_set == 2
    assert merged_states(further, known) is further
    both = merged_states(known, IdState(REQUEST | failed | BILL, 3, 7))
    assert (both.flags, both.label_set) == (REQUEST | succeeded | BILL, 1)
