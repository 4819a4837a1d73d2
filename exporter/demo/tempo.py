"""How fast the demo lives: load, its wave, and how late bills and payouts come."""

import math
from dataclasses import dataclass
from random import Random

_SECOND = 1000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


@dataclass(frozen=True, slots=True)
class Tempo:
    """Load and delays; ranges are (least, most) in ms.

    Payouts come `payout_delay_ms` after the request; with `payout_clock_ms` that range starts at
    this time of the next UTC day instead. `late_bills` is the share of bills that come later than
    their record.
    """

    rate: float
    wave_period_ms: int
    wave_peak_ms: int
    wave_depth: float
    late_bills: float
    bill_delay_ms: tuple[int, int]
    payout_delay_ms: tuple[int, int]
    payout_clock_ms: int | None
    revision_delay_ms: tuple[int, int]

    def mean_rate(self, at_ms: int) -> float:
        """Requests a second that the wave asks for at a time, without bursts."""
        turn = (at_ms - self.wave_peak_ms) / self.wave_period_ms
        return self.rate * (1.0 + self.wave_depth * math.cos(2.0 * math.pi * turn))

    def bill_at(self, done_ms: int, rng: Random) -> int:
        """When a late bill of a request comes that ended at `done_ms`."""
        return done_ms + rng.randint(*self.bill_delay_ms)

    def payout_at(self, done_ms: int, rng: Random) -> int:
        """When the payout of a request comes that ended at `done_ms`."""
        start = done_ms
        if self.payout_clock_ms is not None:
            start = (done_ms // _DAY + 1) * _DAY + self.payout_clock_ms
        return start + rng.randint(*self.payout_delay_ms)

    def revised_at(self, paid_ms: int, rng: Random) -> int:
        """When a payout of `paid_ms` is raised."""
        return paid_ms + rng.randint(*self.revision_delay_ms)


COMPRESSED = Tempo(
    rate=20.0,
    wave_period_ms=5 * _MINUTE,
    wave_peak_ms=0,
    wave_depth=0.5,
    late_bills=0.3,
    bill_delay_ms=(2 * _SECOND, 8 * _SECOND),
    payout_delay_ms=(10 * _SECOND, 3 * _MINUTE),
    payout_clock_ms=None,
    revision_delay_ms=(10 * _SECOND, _MINUTE),
)
"""A day in five minutes: what the demo shows."""

REAL = Tempo(
    rate=2.0,
    wave_period_ms=_DAY,
    wave_peak_ms=14 * _HOUR,
    wave_depth=0.8,
    late_bills=1.0,
    bill_delay_ms=(3 * _MINUTE, 5 * _MINUTE),
    payout_delay_ms=(0, 10 * _MINUTE),
    payout_clock_ms=3 * _HOUR - 5 * _MINUTE,
    revision_delay_ms=(_DAY - 5 * _MINUTE, _DAY + 5 * _MINUTE),
)
"""The delays that ZenMux documents: bills after minutes, payouts the next day at once."""
