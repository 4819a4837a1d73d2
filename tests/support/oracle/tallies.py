"""Counters and histograms."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from .numbers import CONTEXT
from .settings import Settings
from .totals import Histogram, Key, Totals

_BUCKETS = {
    "zenmux_output_tokens_per_second": "throughput",
    "zenmux_insurance_payout_per_request_usd": "payout",
    "zenmux_insurance_payout_delay_seconds": "payout_delay",
}


@dataclass(slots=True)
class _Observations:
    """A histogram: counts by bucket, and the sum."""

    counts: list[int]
    total: Decimal = Decimal(0)


class Tallies:
    """Exact sums by metric and labels."""

    def __init__(self, settings: Settings) -> None:
        """Start from zero."""
        self._settings = settings
        self._counters: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self._histograms: dict[Key, _Observations] = {}

    def add(self, name: str, amount: Decimal | int = 1, /, **labels: str) -> None:
        """Add to a counter."""
        key = (name, tuple(sorted(labels.items())))
        self._counters[key] = CONTEXT.add(self._counters[key], Decimal(amount))

    def observe(self, name: str, value: Decimal, /, **labels: str) -> None:
        """Observe a value in a histogram."""
        key = (name, tuple(sorted(labels.items())))
        bounds = self._bounds(name)
        if key not in self._histograms:
            self._histograms[key] = _Observations([0] * (len(bounds) + 1))
        seen = self._histograms[key]
        seen.counts[bisect_left(bounds, value)] += 1
        seen.total = CONTEXT.add(seen.total, value)

    def totals(self, newest: int | None) -> Totals:
        """Return all sums; omit counters at 0, except outcomes that are exposed at 0."""
        counters = {
            key: total
            for key, total in self._counters.items()
            if total or dict(key[1]).get("outcome") in ("success", "error")
        }
        histograms = {key: self._histogram(key[0], seen) for key, seen in self._histograms.items()}
        return Totals(counters, histograms, None if newest is None else Decimal(newest) / 1000)

    def _bounds(self, name: str) -> tuple[Decimal, ...]:
        return self._settings.buckets[_BUCKETS.get(name, "duration")]

    def _histogram(self, name: str, seen: _Observations) -> Histogram:
        bounds = (*self._bounds(name), Decimal("Infinity"))
        cumulative = tuple(zip(bounds, accumulate(seen.counts), strict=True))
        return Histogram(cumulative, sum(seen.counts), seen.total)
