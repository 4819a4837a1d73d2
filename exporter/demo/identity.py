"""Ids as ZenMux makes them: year and week, letters, digits."""

from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from string import ascii_uppercase

_HOUR_MS = 3_600_000


@lru_cache(maxsize=64)
def _week(hour: int) -> str:
    year, week, _ = datetime.fromtimestamp(hour * 3600, UTC).isocalendar()
    return f"{year % 100:02}{week:02}"


class Identities:
    """Unique generation ids; two runs with other seeds do not share any."""

    def __init__(self, rng: Random) -> None:
        """Draw the letters of this run."""
        self._rng = rng
        self._letters = "".join(rng.choices(ascii_uppercase, k=8))
        self._number = 0

    def next(self, at_ms: int) -> tuple[str, str]:
        """A generation id and a trace id."""
        self._number += 1
        identity = f"{_week(at_ms // _HOUR_MS)}{self._letters}{self._number:08}"
        return identity, f"{self._rng.getrandbits(104):026x}"
