"""Remembered payouts: their limit and their rows."""

import json
from pathlib import Path

import pytest

from exporter.config import Config, Source, Storage
from exporter.counting.compensations import CountedPayouts
from exporter.counting.counter import RecordCounter
from exporter.counting.deduplication import key_of
from exporter.formats.parser import Parser
from exporter.records import Compensation, Record

LIMIT = 10


@pytest.mark.parametrize("types", [1, 4, 1000])
def test_payouts_are_bounded(types: int) -> None:
    """Ids with the oldest payouts are evicted first, also if an id has many types."""
    payouts = CountedPayouts(LIMIT)
    keys = [(key_of(str(number // types)), f"type {number % types}") for number in range(100)]
    for key, kind in keys:
        payouts.remember(key, Compensation(kind, 5, None), 0)
        payouts.remember(key, Compensation(kind, 6, None), 0)
        known = [pair for pair in keys if payouts.get(*pair)]
        assert LIMIT - types < len(known) <= LIMIT or len(known) == keys.index((key, kind)) + 1


def test_ids_that_differ_in_control_characters_have_rows_of_their_own(tmp_path: Path) -> None:
    """An increased payout updates its own row, not that of a similar id."""
    config = Config(storage=Storage(path=tmp_path), sources=(Source("log", "file", "x"),))
    counter = RecordCounter(config)
    for identity, payout in (("a\x01", 1), ("a\x02", 2), ("a_", 3), ("a\x01", 4)):
        compensation = {"type": "slow", "payout_usd": payout}
        line = {"id": identity, "timestamp": 1_793_491_200, "model": "m"}
        for record in Parser().parse(json.dumps({**line, "compensation": compensation}).encode()):
            assert isinstance(record, Record)
            counter.count(record)
    told = counter.deltas.take_increments().compensated
    assert [row.generation_id for row in told][2] == "a_"
    assert len({row.generation_id for row in told}) == len(told) == 3
