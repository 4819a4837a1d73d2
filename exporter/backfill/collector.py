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
from .increment_store import NEWEST, IncrementStore
from .sample_grid import MINUTE, SeriesSpan
from .step_chooser import StepChooser

# Increments in memory, by sampling time and series: some tens of megabytes.
_HELD = 50_000


class Collector:
    """A counter of records that fills an increment store, and knows when each series begins.

    `births`: the earliest sampling time at which each series counted something.
    """

    def __init__(
        self, config: Config, store: IncrementStore, steps: StepChooser, now_ms: int
    ) -> None:
        """Nothing counted yet."""
        self.series: dict[int, NewSeries] = {}
        self.births: dict[int, int] = {}
        self.bounds = scaled_buckets(config)
        self._store = store
        self._steps = steps
        shows_compensated = config.storage.compensated_requests > 0
        self._compensated = CompensatedRows(config, store) if shows_compensated else None
        self._counter = EventTimeCounter(config, now_ms, self._turn_to)
        # The sampling time of the counter's increments.
        self._at = 0
        self._counters: dict[tuple[int, int], int] = {}
        self._histograms: dict[tuple[int, int], HistogramIncrement] = {}
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
            self._take()
            self._at = at

    def spans(self) -> list[SeriesSpan]:
        """Return the span of each series."""
        births = self.births
        return [SeriesSpan(self.lines(new), births[number]) for number, new in self.series.items()]

    def lines(self, series: NewSeries) -> int:
        """Return how many lines a series has in the exposition."""
        bounds = self.bounds.get(BY_NAME[series.metric].buckets)
        return 1 if bounds is None else len(bounds) + HISTOGRAM_LINES

    def flush(self) -> None:
        """Store all that was counted."""
        self._take()
        self._store_held()
        if self._compensated is not None:
            self._compensated.flush()

    def _take(self) -> None:
        """Take the counter's increments, and keep them under its sampling time."""
        at, taken = self._at, self._counter.take()
        self._note_births(at, taken.created)
        counters, histograms = self._counters, self._histograms
        for number, amount in taken.counters:
            # Without an amount it was only created.
            if amount and self._is_kept(number, at):
                counters[at, number] = counters.get((at, number), 0) + amount
        # Histograms are sampled and recorded no finer than the step.
        step = self._steps.step
        shown = -(-at // step) * step
        for number, grown in taken.histograms:
            if self._is_kept(number, at):
                earlier = histograms.get((shown, number))
                histograms[shown, number] = grown if earlier is None else earlier.plus(grown)
        if taken.newest_ms:
            self._newest[at] = max(self._newest.get(at, 0), taken.newest_ms)
        if self._compensated is not None:
            self._compensated.add(at, taken)
        if len(counters) + len(histograms) >= _HELD:
            self._store_held()

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
        self._store.add((at, number, amount) for (at, number), amount in self._counters.items())
        self._store.add((at, number, added) for (at, number), added in self._histograms.items())
        self._store.add((at, NEWEST, newest_ms) for at, newest_ms in self._newest.items())
        for held in (self._counters, self._histograms, self._newest):
            held.clear()
