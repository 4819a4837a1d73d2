"""Count each record at the time it takes effect, for commands that need increases over time.

A request takes effect at its own time, and so do parts of it that come later. A payout takes effect
when it was paid, or at its request's time if that is unknown.
"""

from collections.abc import Callable

from ..config import Config
from ..records import Record
from ..rules.outcome import PENDING
from .counter import DUPLICATE, RecordCounter
from .deduplication import REQUEST, key_of
from .delta import Increments


class EventTimeCounter:
    """Counter by the live rules that reports before each part when it takes effect."""

    def __init__(self, config: Config, now_ms: int, turn_to: Callable[[int], None]) -> None:
        """`turn_to` is called with the time (Unix ms) of what is counted next.

        It may take the increments counted before.
        """
        self._counter = RecordCounter(config)
        self._now_ms = now_ms
        self._turn_to = turn_to
        self._latest_ms = 0

    def count(self, record: Record) -> str:
        """Count the request and the payout of a record, each at its time; return the result."""
        counter, payout, result = self._counter, record.compensation, DUPLICATE
        if record.outcome == PENDING and not record.is_event:
            return counter.count(record)
        key = None if record.id is None else key_of(record.id)
        state = None if key is None else counter.ids.find(key)
        is_known = state is not None and state.flags & REQUEST
        requested = state.time_ms if state is not None and is_known else record.time_ms
        # A payout whose request is unknown may have no time at all.
        requested_ms = requested or self._latest_ms
        if not record.is_event:
            self._turn(requested_ms)
            counter.now_ms = self._now_ms
            request = record if payout is None else record.replace_payout(None, False)
            result = counter.count_found(request, key, state)
        if payout is not None:
            paid_ms = payout.paid_ms or requested_ms
            self._turn(paid_ms)
            # A payout is seen when it takes effect.
            counter.now_ms = paid_ms
            counted = counter.count(record.replace_payout(payout, True))
            result = counted if result == DUPLICATE else result
        return result

    def take(self, *, histograms: bool = True) -> Increments:
        """Return what was counted since the last call; histograms may be left for a later one."""
        return self._counter.deltas.take_increments(histograms=histograms)

    def _turn(self, time_ms: int) -> None:
        self._turn_to(time_ms)
        self._latest_ms = time_ms
