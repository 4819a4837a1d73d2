"""Ranges of time, and days in a time zone."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

# Before and after all times of records.
BEGINNING, END = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class Span:
    """From a time (Unix ms, inclusive) to another (exclusive), under a name."""

    start: int = BEGINNING
    end: int = END
    name: str = ""

    def within(self, other: "Span") -> "Span":
        """Return the part inside another span."""
        return Span(max(self.start, other.start), min(self.end, other.end), self.name)


def day_of(time_ms: int, zone: tzinfo) -> Span:
    """Return the day of a time in a time zone."""
    date = datetime.fromtimestamp(time_ms // 1000, zone).date()
    start, end = (
        int(datetime.combine(day, time(), zone).timestamp()) * 1000
        for day in (date, date + timedelta(days=1))
    )
    return Span(start, end, date.isoformat())
