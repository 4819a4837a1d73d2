"""Points in time as people type them: `7d` ago, a date, a time, `now`."""

import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from . import timestamps

_AGO = re.compile(r"([0-9]{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
# Without an offset: the report's time zone applies.
_LOCAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?",
    re.ASCII,
)
_HOW = "must be now, an age such as 7d or 12h, a date, or a time such as 2026-11-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: an age, else a local date and time, else Unix milliseconds."""

    ago_ms: int | None = None
    local: datetime | None = None
    at_ms: int = 0

    def resolve(self, now_ms: int, zone: tzinfo) -> int:
        """Return the moment in Unix milliseconds."""
        if self.ago_ms is not None:
            return now_ms - self.ago_ms
        if self.local is not None:
            at = self.local.replace(tzinfo=zone)
            return int(at.timestamp()) * 1000 + at.microsecond // 1000
        return self.at_ms


def parse(text: str) -> Moment:
    """Parse a point in time; raises ValueError."""
    if text == "now":
        return Moment(ago_ms=0)
    if ago := _AGO.fullmatch(text):
        return Moment(ago_ms=int(ago[1]) * _UNITS[ago[2]])
    try:
        if _LOCAL.fullmatch(text) is None:
            return Moment(at_ms=timestamps.parse(text))
        local = datetime.fromisoformat(text)
        timestamps.parse(local.isoformat())  # it may be out of range
        return Moment(local=local)
    except ValueError:
        raise ValueError(_HOW) from None


def shown(at_ms: int, zone: tzinfo) -> str:
    """Format a time as RFC 3339 in a zone, with milliseconds unless they are 0."""
    second, ms = divmod(at_ms, 1000)
    at = datetime.fromtimestamp(second, zone).replace(microsecond=ms * 1000)
    return at.isoformat(timespec="milliseconds" if ms else "seconds").replace("+00:00", "Z")
