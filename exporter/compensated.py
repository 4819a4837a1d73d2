"""The compensated requests that are shown one by one: published payouts in, bounded rows out.

The newest `limit` by the time a payout was counted; each stays for at least ten minutes and until
it was scraped twice, up to ten times the limit.
"""

from collections import OrderedDict
from collections.abc import Iterable

from .ledger.delta import Detail

_KEEP_MS = 600_000
_KEEP_SCRAPES = 2
_HARD = 10


class Row:
    """One compensated request: labels fixed, payout as last revised."""

    __slots__ = ("detail", "payout", "since")

    def __init__(self, detail: Detail, since: int) -> None:
        """`since`: how many scrapes there had been when the row appeared."""
        self.detail = detail
        self.payout = detail.payout
        self.since = since


class CompensatedRequests:
    """Rows in the order in which their payouts were counted."""

    def __init__(self, limit: int) -> None:
        """A limit of 0 turns the rows off."""
        self._limit = limit
        # A plain dict would look through all it has forgotten to find its oldest row.
        self._rows: OrderedDict[tuple[str, str], Row] = OrderedDict()
        self._scrapes = 0
        self._unseen = 0

    def publish(
        self,
        details: Iterable[Detail],
        revised: Iterable[tuple[tuple[str, str], int]],
        now_ms: int,
    ) -> None:
        """Take in what a delta brings, and drop what has been shown long enough."""
        if not self._limit:
            return
        for detail in details:
            self._rows.pop(detail.key, None)
            self._rows[detail.key] = Row(detail, self._scrapes)
        for key, payout in revised:
            row = self._rows.get(key)
            if row is not None:
                row.payout = payout
        self._prune(now_ms)

    def rows(self) -> Iterable[Row]:
        """The rows to show, oldest first."""
        return self._rows.values()

    def scraped(self) -> None:
        """Note that a scraper has been shown all rows."""
        self._scrapes += 1

    def take_unseen(self) -> int:
        """How many rows went before they were scraped twice, since the last call."""
        unseen, self._unseen = self._unseen, 0
        return unseen

    def _prune(self, now_ms: int) -> None:
        while len(self._rows) > self._limit:
            key, row = next(iter(self._rows.items()))
            seen = self._scrapes - row.since >= _KEEP_SCRAPES
            old = now_ms - row.detail.seen_ms >= _KEEP_MS
            if not (seen and old) and len(self._rows) <= _HARD * self._limit:
                return
            self._unseen += not seen
            del self._rows[key]
