"""Scrapers: who has been shown which series at zero, so that no first event is lost to them.

Every series has a birth number. A scraper's mark is the highest birth that it was shown; a series
born after it is shown at 0 once, and only when that mark is durable with its value.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

LIMIT = 64
_FORGET_MS = 7 * 86_400_000
_NEWBORN_MS = 600_000
# How stale the stored time of a scraper's last visit may become.
_REFRESH_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest birth that a scraper was shown, and when it was last here (Unix ms)."""

    shown: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class Births:
    """When series were born: (Unix ms, first birth number) of each batch of the last minutes.

    `existing` is the highest birth of the first reading of existing content: what it found is
    history, new to nobody.
    """

    batches: tuple[tuple[int, int], ...] = ()
    existing: int = 0


class Scrapers:
    """The marks of all scrapers, bounded."""

    def __init__(self, marks: Mapping[str, Mark], births: Births) -> None:
        """What was durable before a restart."""
        self._durable = dict(marks)
        self._batches = deque(births.batches)
        self._existing = births.existing

    def born(self, now_ms: int, first: int) -> None:
        """Series from this birth number on were born now."""
        self._batches.append((now_ms, first))
        while self._batches and self._batches[0][0] < now_ms - _NEWBORN_MS:
            self._batches.popleft()

    def counted_existing(self, last: int) -> None:
        """The first reading is over; it bore the series up to this one."""
        self._existing = last

    def mark(self, name: str, now_ms: int, last: int) -> int | None:
        """The highest birth whose value may be shown to a scraper, None where all may.

        To a scraper that was never here the series of the last ten minutes are new too. Beyond
        the limit of scrapers a new one is served like any other client.
        """
        known = self._durable.get(name)
        if known is not None:
            return max(known.shown, self._existing)
        if not self._has_room(now_ms):
            return None
        recent = (first for born_ms, first in self._batches if born_ms >= now_ms - _NEWBORN_MS)
        return max(next(recent, last + 1) - 1, self._existing)

    def _has_room(self, now_ms: int) -> bool:
        return len(self._durable) < LIMIT or bool(self._gone(now_ms))

    def _gone(self, now_ms: int) -> list[str]:
        return [n for n, m in self._durable.items() if m.seen_ms < now_ms - _FORGET_MS]

    def visited(self, name: str, now_ms: int, last: int) -> Mark | None:
        """The mark to make durable after a whole response was written; None: nothing new."""
        known = self._durable.get(name)
        if known is None:
            return Mark(last, now_ms) if self._has_room(now_ms) else None
        if known.shown >= last and now_ms - known.seen_ms < _REFRESH_MS:
            return None
        return Mark(max(last, known.shown), now_ms)

    def stale(self, now_ms: int) -> Iterable[str]:
        """Scrapers to forget."""
        return self._gone(now_ms)

    def durable(self, name: str, mark: Mark, forgotten: Iterable[str]) -> None:
        """A mark has been committed, and others have been forgotten."""
        for one in forgotten:
            self._durable.pop(one, None)
        known = self._durable.get(name)
        if known is not None:
            mark = replace(mark, shown=max(mark.shown, known.shown))
        self._durable[name] = mark
