"""The payouts on record are bounded, whatever the ids and types are."""

import pytest

from exporter.counting.compensations import CountedPayouts
from exporter.counting.deduplication import key_of
from exporter.records import Compensation

LIMIT = 10


@pytest.mark.parametrize("types", [1, 4, 1000])
def test_payouts_are_bounded(types: int) -> None:
    """The ids with the oldest payouts go first, also where one id has many types of them."""
    payouts = CountedPayouts(LIMIT)
    keys = [(key_of(str(number // types)), f"type {number % types}") for number in range(100)]
    for key, kind in keys:
        payouts.remember(key, Compensation(kind, 5, None), 0)
        payouts.remember(key, Compensation(kind, 6, None), 0)
        known = [pair for pair in keys if payouts.get(*pair)]
        assert LIMIT - types < len(known) <= LIMIT or len(known) == keys.index((key, kind)) + 1
