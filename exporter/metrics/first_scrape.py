"""First-scrape zeros: which series a scraper has not been shown yet.

`increase()` misses the first event of a series that appears with a value above 0. Series are
numbered as they are created. A scraper's cursor is the highest number that it was shown; series
after it are rendered at 0 until a cursor that covers them is durable.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..positions import ScrapeCursor

MAX_SCRAPERS = 64
_FORGET_AFTER_MS = 7 * 86_400_000
_NEW_FOR_MS = 600_000
# A cursor that doesn't move is written again only for the time of the last scrape.
_REFRESH_AFTER_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class CursorUpdate:
    """A cursor to make durable, and the scrapers to forget with it."""

    scraper: str
    cursor: ScrapeCursor
    forgotten: tuple[str, ...] = ()


class FirstScrapeTracker:
    """The durable cursors of all scrapers, at most `MAX_SCRAPERS`."""

    def __init__(
        self,
        cursors: Mapping[str, ScrapeCursor],
        creations: Iterable[tuple[int, int]] = (),
        existing_number: int = 0,
    ) -> None:
        """Take over the durable state from before a restart.

        `creations`: (Unix ms, first number) of each batch that created series in the last minutes.
        `existing_number`: the last series of existing content, which is new to no scraper.
        """
        self._cursors = dict(cursors)
        self._creations = deque(creations)
        self._existing_number = existing_number

    @property
    def cursors(self) -> Mapping[str, ScrapeCursor]:
        """The durable cursors by the name of the scraper."""
        return self._cursors

    def created(self, now_ms: int, first: int) -> None:
        """Record that a batch created series from the number `first` on."""
        self._creations.append((now_ms, first))
        while self._creations[0][0] < now_ms - _NEW_FOR_MS:
            self._creations.popleft()

    def existing_counted(self, last: int) -> None:
        """Record that existing content is counted; it created the series up to `last`."""
        self._existing_number = last

    def shown(self, scraper: str, now_ms: int, last: int) -> int | None:
        """Return the highest number that a scraper may see the value of; None: all.

        An unknown scraper has not seen the series of the last ten minutes. If there is no room
        for its cursor it is served like any other client.
        """
        known = self._cursors.get(scraper)
        if known is not None:
            return max(known.shown, self._existing_number)
        if not self._has_room(now_ms):
            return None
        recent = (first for at_ms, first in self._creations if at_ms >= now_ms - _NEW_FOR_MS)
        return max(next(recent, last + 1) - 1, self._existing_number)

    def update(self, scraper: str, now_ms: int, last: int) -> CursorUpdate | None:
        """Return the update to make durable after a complete response; None if nothing is new."""
        known = self._cursors.get(scraper)
        if known is None:
            if not self._has_room(now_ms):
                return None
        elif known.shown >= last and now_ms - known.seen_ms < _REFRESH_AFTER_MS:
            return None
        shown = last if known is None else max(last, known.shown)
        return CursorUpdate(scraper, ScrapeCursor(shown, now_ms), self._expired(now_ms))

    def apply(self, update: CursorUpdate) -> None:
        """Apply an update that is durable; a cursor never moves back."""
        for scraper in update.forgotten:
            self._cursors.pop(scraper, None)
        cursor, known = update.cursor, self._cursors.get(update.scraper)
        if known is not None:
            cursor = replace(cursor, shown=max(cursor.shown, known.shown))
        self._cursors[update.scraper] = cursor

    def _has_room(self, now_ms: int) -> bool:
        return len(self._cursors) < MAX_SCRAPERS or bool(self._expired(now_ms))

    def _expired(self, now_ms: int) -> tuple[str, ...]:
        before = now_ms - _FORGET_AFTER_MS
        return tuple(name for name, cursor in self._cursors.items() if cursor.seen_ms < before)
