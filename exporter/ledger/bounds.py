"""Bucket bounds in the units of what they hold."""

from collections.abc import Mapping
from decimal import Decimal

from ..tally import Bounds

PLACES = {"duration": 6, "throughput": 6, "payout": 12, "payout_delay": 6}


def scaled_bounds(buckets: Mapping[str, tuple[Decimal, ...]]) -> Bounds:
    """Bucket bounds in the units of what they hold; finer digits than the unit are cut."""
    return Bounds(
        **{
            name: tuple(int(bound.scaleb(places)) for bound in buckets[name])
            for name, places in PLACES.items()
        }
    )
