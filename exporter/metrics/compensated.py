"""The compensated requests that are shown one by one, as gauges.

The newest `limit` by the time at which a payout was counted; each stays for at least ten minutes
and until it was scraped twice, up to ten times the limit.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from ..counting.delta import CompensatedRequest
from ..values.fixed_point import USD_PLACES
from .text_format import TIME_PLACES

# Each gauge's function of a request, which may return None, and its decimal places.
GAUGES: dict[str, tuple[Callable[[CompensatedRequest], int | None], int]] = {
    "zenmux_compensated_request_payout_usd": (lambda one: one.payout, USD_PLACES),
    "zenmux_compensated_request_timestamp_seconds": (lambda one: one.time_ms, TIME_PLACES),
    "zenmux_compensated_request_seen_timestamp_seconds": (lambda one: one.seen_ms, TIME_PLACES),
}
KEEP_MS = 600_000
_KEEP_SCRAPES = 2
HARD_LIMIT_FACTOR = 10


@dataclass(frozen=True, slots=True)
class _Row:
    """A request, and how many scrapes there had been when its row appeared."""

    request: CompensatedRequest
    scrapes_before: int


class CompensatedRequests:
    """The rows, in the order in which their payouts were counted."""

    def __init__(self, limit: int) -> None:
        """Keep `limit` rows; 0 turns the gauges off."""
        self.unseen = 0
        """How many rows were dropped before they were scraped twice, since the start."""
        self._limit = limit
        # A plain dict would scan all deleted entries to find its oldest row.
        self._rows: OrderedDict[tuple[str, str], _Row] = OrderedDict()
        self._scrapes = 0

    def __iter__(self) -> Iterator[CompensatedRequest]:
        """Iterate over the requests to show, oldest first."""
        return (row.request for row in self._rows.values())

    def __reversed__(self) -> Iterator[CompensatedRequest]:
        """Iterate over the requests to show, newest first."""
        return (row.request for row in reversed(self._rows.values()))

    def publish(
        self,
        requests: Iterable[CompensatedRequest],
        revised: Iterable[tuple[tuple[str, str], int]],
        now_ms: int,
    ) -> None:
        """Add requests, revise payouts by key, and drop rows that were shown long enough."""
        if not self._limit:
            return
        for request in requests:
            self._rows.pop(request.key, None)
            self._rows[request.key] = _Row(request, self._scrapes)
        for key, payout in revised:
            row = self._rows.get(key)
            if row is not None:
                self._rows[key] = replace(row, request=replace(row.request, payout=payout))
        self._prune(now_ms)

    def scraped(self) -> None:
        """Record that a scraper was shown all rows."""
        self._scrapes += 1

    def _prune(self, now_ms: int) -> None:
        while len(self._rows) > self._limit:
            key, row = next(iter(self._rows.items()))
            is_seen = self._scrapes - row.scrapes_before >= _KEEP_SCRAPES
            is_old = now_ms - row.request.seen_ms >= KEEP_MS
            is_below_hard_limit = len(self._rows) <= HARD_LIMIT_FACTOR * self._limit
            if is_below_hard_limit and not (is_seen and is_old):
                return
            self.unseen += not is_seen
            del self._rows[key]
