"""Records in the order of the log in, increments at the time of their effect out, into a spool.

Counts as the live exporter does, with the same folder: only that each record is folded into the
batch of the sampling time at which its effect would have been seen. A request takes effect at its
own time, and so does its bill when it comes later; a payout at `paid_at`, else at the request's.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

from ..config import Config
from ..ledger import Delta, Folder
from ..ledger.batch import Batch
from ..ledger.ids import REQUEST, IdWindow, key_of, time_of
from ..ledger.series import Counter, Histogram
from ..records import Record
from ..tally import Observations
from .grid import Pace
from .spool import Increment, Spool

# Logs are nearly in order of time: what is a little late finds its batch still open.
_OPEN_BATCHES = 256
_FLUSH_AFTER = 20_000
NEWEST = 0  # the spool's number for the newest request's time; births begin at 1


class Gather:
    """Folds records; knows every series and the first sampling time at which it had a value."""

    def __init__(self, config: Config, spool: Spool, pace: Pace, now_ms: int) -> None:
        """`pace`: how far apart sampling times are; effects count at the next one."""
        self.series: dict[int, Counter | Histogram] = {}
        self.births: dict[int, int] = {}
        self._spool = spool
        self._pace = pace
        self._now_ms = now_ms
        self._shows_details = config.storage.compensated_requests > 0
        self._folder = Folder(config)
        self._open: OrderedDict[int, Batch] = OrderedDict()
        self._at: int | None = None
        self._latest_ms = 0
        self._folded = 0

    def feed(self, record: Record) -> str:
        """Count one record; its result, as the folder names it."""
        result = "duplicate"
        for part, time_ms in effects(record, self._folder.ids, self._latest_ms):
            step = self._pace.step
            self._turn_to(-(-time_ms // (step * 1000)) * step)
            self._folder.begin(time_ms if part.event else self._now_ms)
            counted = self._folder.fold(part)
            result = counted if result == "duplicate" else result
            self._latest_ms = time_ms
        self._folded += 1
        if self._folded >= _FLUSH_AFTER:
            self.flush()
        return result

    def flush(self) -> None:
        """Spool all that was folded."""
        if self._at is not None:
            self._open[self._at] = self._folder.use(None)
            self._at = None
        while self._open:
            self._seal_oldest()
        self._spool.flush()
        self._folded = 0

    def _turn_to(self, at: int) -> None:
        if at == self._at:
            return
        earlier = self._folder.use(self._open.pop(at, None))
        if self._at is not None:
            self._open[self._at] = earlier
        self._at = at
        if len(self._open) > _OPEN_BATCHES:
            current = self._folder.use(None)
            self._seal_oldest()
            self._folder.use(current)

    def _seal_oldest(self) -> None:
        at, batch = self._open.popitem(last=False)
        self._folder.use(batch)
        delta = self._folder.seal()
        for born in delta.born:
            if born.metric.is_request_family:
                self.series[born.birth] = born
                self.births[born.birth] = at
                self._pace.born(born.weight, at)
        added: list[tuple[Counter | Histogram, int | Observations]]
        added = [*delta.counters, *delta.histograms]
        increments = list(self._increments(at, added))
        if delta.newest_ms:
            increments.append((NEWEST, at, delta.newest_ms))
        self._spool.add(increments)
        if self._shows_details:
            self._spool_details(at, delta)

    def _increments(
        self, at: int, added: Iterable[tuple[Counter | Histogram, int | Observations]]
    ) -> Iterator[Increment]:
        for series, amount in added:
            number = series.birth
            if number not in self.births:
                continue  # the exporter's own
            if at < self.births[number]:
                self._pace.earlier(series.weight, self.births[number], at)
                self.births[number] = at
            if amount:
                yield number, at, amount

    def _spool_details(self, at: int, delta: Delta) -> None:
        for detail in delta.details:
            self._spool.add_detail(at, detail, detail.payout)
        for key, payout in delta.revised:
            known = self._spool.detail(key)
            if known is not None:
                self._spool.add_detail(at, known, payout)


def effects(record: Record, ids: IdWindow, fallback_ms: int) -> Iterator[tuple[Record, int]]:
    """The parts of a record with their times of effect (Unix ms): the request, and its payout.

    `fallback_ms` is for a payout of which no time is known at all.
    """
    state = None if record.id is None else ids.get(key_of(record.id))
    asked = time_of(state) if state is not None and state & REQUEST else record.time_ms
    payout = record.compensation
    if not record.event:
        request = record if payout is None else msgspec.structs.replace(record, compensation=None)
        yield request, asked or fallback_ms
    if payout is not None:
        paid = payout.paid_ms or asked or fallback_ms
        yield msgspec.structs.replace(record, event=True, unknown=()), paid
