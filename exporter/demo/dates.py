"""Format Unix milliseconds as records do."""

from datetime import UTC, datetime
from functools import lru_cache

_KEPT = 4096


def to_milliseconds(at_ms: int) -> str:
    """Return date and time in UTC to the millisecond, without an offset."""
    return f"{_second(at_ms // 1000)}.{at_ms % 1000:03d}"


@lru_cache(maxsize=_KEPT)
def accounting_periods(hour: int) -> dict[str, str]:
    """Return ZenMux's accounting periods of an hour since 1970; weeks are ISO weeks."""
    at = datetime.fromtimestamp(hour * 3600, UTC)
    year, week, _ = at.isocalendar()
    return {
        "bizHour": f"{at:%Y%m%d%H}",
        "bizDate": f"{at:%Y%m%d}",
        "bizMonth": f"{at:%Y%m}",
        "bizWeek": f"{year}{week:02d}",
    }


@lru_cache(maxsize=_KEPT)
def _second(at_s: int) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%S}"
