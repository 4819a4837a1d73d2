"""Count records by the live rules, and store their increments by the time of the event.

An increment belongs to the next sampling time, which is later: an event at midnight belongs to
the day that begins then.
"""

from collections.abc import Iterable
from math import gcd

from ..catalogue import BY_NAME
from ..config import Config
from ..counting.buckets import scaled_buckets
from ..counting.delta import HistogramIncrement, NewSeries
from ..counting.event_time import EventTimeCounter
from ..counting.series import HISTOGRAM_LINES
from ..records import Record
from .compensated_rows import CompensatedRows
from .increment_store import NEWEST, line_of
from .sample_grid import MINUTE, SeriesSpan
from .step_chooser import StepChooser
from .stores import Stores

# Increments in memory, by line and sampling time: some tens of megabytes.
_HELD = 200_000


class Collector:
    """A counter of records that fills an increment store, and knows when each series begins.

    `births`: the earliest sampling time at which each series counted something.
    """

    def __init__(self, config: Config, stores: Stores, steps: StepChooser, now_ms: int) -> None:
        """Nothing counted yet."""
        self.series: dict[int, NewSeries] = {}
        self.births: dict[int, int] = {}
        self.bounds = scaled_buckets(config)
        self._store = stores.increments
        self._steps = steps
        shows_compensated = config.storage.compensated_requests > 0
        self._compensated = (
            CompensatedRows(config, stores.compensated) if shows_compensated else None
        )
        self._counter = EventTimeCounter(config, now_ms, self._turn_to)
        # The sampling time of the counter's increments.
        self._at = 0
        # That of its histograms, which may be some times later.
        self._shown = 0
        self._added: dict[int, dict[int, int]] = {}
        self._held = 0
        self._newest: dict[int, int] = {}

    def count(self, record: Record) -> str:
        """Count one record, its request and its payout each at its time; return the result."""
        return self._counter.count(record)

    def _turn_to(self, time_ms: int) -> None:
        """Count at the next sampling time after `time_ms` (Unix ms) from now on."""
        # Recorded increases are as fine as a minute, however far apart samples are.
        step = gcd(self._steps.step, MINUTE)
        at = (time_ms // (step * 1000) + 1) * step
        if at != self._at:
            # Histograms are sampled and recorded no finer than the step.
            shown = -(-at // self._steps.unit) * self._steps.unit
            self._take(histograms=shown != self._shown)
            self._at, self._shown = at, shown

    def spans(self) -> list[SeriesSpan]:
        """Return the span of each series."""
        births = self.births
        return [SeriesSpan(self.lines(new), births[number]) for number, new in self.series.items()]

    def lines(self, series: NewSeries) -> int:
        """Return how many lines a series has in the exposition."""
        bounds = self.bounds.get(BY_NAME[series.metric].buckets)
        return 1 if bounds is None else len(bounds) + HISTOGRAM_LINES

    def parts(self, series: NewSeries) -> range:
        """Return the lines of the store that have the parts of a series.

        A histogram's are its buckets, which are not cumulative there, and its sum.
        """
        bounds = self.bounds.get(BY_NAME[series.metric].buckets)
        first = line_of(series.number)
        return range(first, first + (1 if bounds is None else len(bounds) + 2))

    def flush(self) -> None:
        """Store all that was counted."""
        self._take(histograms=True)
        self._store_held()
        if self._compensated is not None:
            self._compensated.flush()

    def _take(self, *, histograms: bool) -> None:
        """Take the counter's increments, and keep them under their sampling times."""
        at, shown = self._at, self._shown
        taken = self._counter.take(histograms=histograms)
        self._note_births(at, taken.created)
        for number, amount in taken.counters:
            # Without an amount it was only created.
            if amount and self._is_kept(number, at):
                self._add(line_of(number), at, amount)
        for number, grown in taken.histograms:
            if self._is_kept(number, at):
                self._add_observed(number, shown, grown)
        if taken.newest_ms:
            self._newest[at] = max(self._newest.get(at, 0), taken.newest_ms)
        if self._compensated is not None:
            self._compensated.add(at, taken)
        if self._held >= _HELD:
            self._store_held()

    def _add_observed(self, number: int, at: int, grown: HistogramIncrement) -> None:
        for bucket, count in enumerate(grown.counts):
            if count:
                self._add(line_of(number, bucket), at, count)
        if grown.total:
            self._add(line_of(number, len(grown.counts)), at, grown.total)

    def _add(self, line: int, at: int, amount: int) -> None:
        added = self._added.get(line)
        if added is None:
            added = self._added[line] = {}
        earlier = added.get(at)
        if earlier is None:
            self._held += 1
            added[at] = amount
        else:
            added[at] = earlier + amount

    def _note_births(self, at: int, created: Iterable[NewSeries]) -> None:
        for new in created:
            if BY_NAME[new.metric].is_request_family:
                self.series[new.number] = new
                self.births[new.number] = at
                self._steps.add_series(self.lines(new), at)

    def _is_kept(self, number: int, at: int) -> bool:
        """Record that a series counted something; return False for the exporter's own series."""
        birth = self.births.get(number)
        if birth is None:
            return False
        if at < birth:
            self._steps.begin_earlier(self.lines(self.series[number]), birth, at)
            self.births[number] = at
        return True

    def _store_held(self) -> None:
        if self._newest:
            self._added[line_of(NEWEST)] = self._newest
        self._store.add(self._added)
        self._added, self._newest, self._held = {}, {}, 0
