"""The speed of the demo: a day in five minutes for watching live, or real time."""

import math
from dataclasses import dataclass
from random import Random

_SATURDAY = 5
_DAY_S = 86_400
# 1 January 1970 was a Thursday.
_FIRST_DAY = 3


@dataclass(frozen=True, slots=True)
class Tempo:
    """The periods and delays of the traffic, in seconds.

    The load swings by `depth` around its mean once in `period`, highest `peak` after its start.
    A bill comes `billing` after the answer. A payout waits for `hesitation`, then for the end of
    the `day`, and is made at `batch` of the next, within `batch_length`.
    """

    period: int
    peak: int
    depth: float
    weekend: float
    billing: tuple[float, float]
    hesitation: tuple[float, float]
    day: int
    batch: int
    batch_length: int

    def wave(self, at_ms: int) -> float:
        """Return the usual load at a time, relative to the mean."""
        at = at_ms / 1000
        swing = 1 + self.depth * math.cos(math.tau * (at - self.peak) / self.period)
        weekday = (int(at) // _DAY_S + _FIRST_DAY) % 7
        return swing * (self.weekend if weekday >= _SATURDAY else 1.0)

    def billed_ms(self, ended_ms: int, rng: Random) -> int:
        """Return when the bill of an answer is known."""
        return ended_ms + int(1000 * rng.uniform(*self.billing))

    def paid_ms(self, ended_ms: int, rng: Random) -> int:
        """Return when a payout is made; for one already made, when it is raised."""
        decided = ended_ms / 1000 + rng.uniform(*self.hesitation)
        next_day = (decided // self.day + 1) * self.day
        return int(1000 * (next_day + self.batch + rng.uniform(0, self.batch_length)))


COMPRESSED = Tempo(
    period=300,
    peak=150,
    depth=0.45,
    weekend=1.0,
    billing=(2, 8),
    hesitation=(10, 178),
    day=1,
    batch=0,
    batch_length=1,
)
REAL = Tempo(
    period=_DAY_S,
    peak=14 * 3600,
    depth=0.7,
    weekend=0.45,
    billing=(180, 300),
    hesitation=(0, 0),
    day=_DAY_S,
    batch=3 * 3600,
    batch_length=600,
)
