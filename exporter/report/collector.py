"""Count records by the live rules, and keep their increments in a range, by day if asked."""

from collections import defaultdict
from datetime import tzinfo

from ..catalogue import BY_NAME
from ..config import Config
from ..counting.buckets import scaled_buckets
from ..counting.delta import NewSeries
from ..counting.event_time import EventTimeCounter
from ..records import Record
from .measures import Added, Increment, Labels
from .spans import BEGINNING, END, Span, day_of
from .views import View


class Collector:
    """The increments of records, by span of time and series."""

    def __init__(
        self, config: Config, range_: Span, now_ms: int, days_in: tzinfo | None = None
    ) -> None:
        """Start empty; `days_in`: keep days of this time zone apart."""
        self._range = range_
        self._days_in = days_in
        self._bounds = scaled_buckets(config)
        self._counter = EventTimeCounter(config, now_ms, self._turn_to)
        self._series: dict[int, NewSeries] = {}
        self._added: dict[Span, dict[int, Increment]] = {}
        # Nothing was counted yet: any time is outside.
        self._span = Span(0, 0)
        self.first_ms: int | None = None
        self.last_ms: int | None = None

    def count(self, record: Record) -> str:
        """Count one record and return the result."""
        return self._counter.count(record)

    def _turn_to(self, time_ms: int) -> None:
        """Count for the span of `time_ms` from now on."""
        if not self._span.start <= time_ms < self._span.end:
            self.flush()
            self._span = self._span_of(time_ms)
        if self._range.start <= time_ms < self._range.end:
            first, last = self.first_ms, self.last_ms
            self.first_ms = time_ms if first is None else min(first, time_ms)
            self.last_ms = time_ms if last is None else max(last, time_ms)

    def _span_of(self, time_ms: int) -> Span:
        if time_ms < self._range.start:
            return Span(BEGINNING, self._range.start)
        if time_ms >= self._range.end:
            return Span(self._range.end, END)
        if self._days_in is None:
            return self._range
        return day_of(time_ms, self._days_in).within(self._range)

    def flush(self) -> None:
        """Take the increments since the last call; drop them if they are outside the range."""
        taken = self._counter.take()
        for new in taken.created:
            if BY_NAME[new.metric].is_request_family:
                self._series[new.number] = new
        if not self._range.start <= self._span.start < self._range.end:
            return
        added = self._added.setdefault(self._span, {})
        for number, amount in taken.counters:
            # Without an amount it was only created.
            if amount and number in self._series:
                earlier = added.get(number, 0)
                assert isinstance(earlier, int)  # a counter's
                added[number] = earlier + amount
        for number, grown in taken.histograms:
            before = added.get(number)
            added[number] = (
                grown if before is None or isinstance(before, int) else before.plus(grown)
            )

    @property
    def range_ms(self) -> int:
        """The length of the range; an open end is at the first or last event."""
        start = self.first_ms if self._range.start == BEGINNING else self._range.start
        end = self.last_ms if self._range.end == END else self._range.end
        return 0 if start is None or end is None else max(0, end - start)

    def groups(self, view: View, by: str) -> dict[str, Added]:
        """Return the increments of each group by its name."""
        label = view.label(by)
        found: defaultdict[str, _Group] = defaultdict(lambda: defaultdict(list))
        for span, added in self._added.items():
            for number, amount in added.items():
                metric, labels = self._labelled(number)
                name = labels.get(label) if label else span.name
                if name is not None:
                    found[name][metric].append((labels, amount))
        return {name: self._grouped(group) for name, group in found.items()}

    def total(self) -> Added:
        """Return the increments of all groups."""
        group: _Group = defaultdict(list)
        for added in self._added.values():
            for number, amount in added.items():
                metric, labels = self._labelled(number)
                group[metric].append((labels, amount))
        return self._grouped(group)

    def _labelled(self, number: int) -> tuple[str, Labels]:
        series = self._series[number]
        names = BY_NAME[series.metric].labels
        return series.metric, dict(zip(names, series.labels, strict=True))

    def _grouped(self, group: "_Group") -> Added:
        return Added(group, self._bounds, self.range_ms)


_Group = defaultdict[str, list[tuple[Labels, Increment]]]
