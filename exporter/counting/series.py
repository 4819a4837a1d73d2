"""Series: the totals of each metric by label values.

A series keeps what was added since the last delta apart from its total, so that a delta contains
only changes. Families are bounded; a new series gets the next number.
"""

from collections.abc import Iterable, Mapping
from typing import Final, final

from ..catalogue import BY_NAME, Kind, Metric
from ..values.labels import MAX_LENGTH, clean
from .delta import HistogramIncrement, HistogramValue, NewSeries
from .label_limits import LabelLimiter

# Lines of a histogram other than its finite buckets: +Inf, sum and count.
HISTOGRAM_LINES: Final = 3


def _bucket(bounds: list[int], value: int) -> int:
    """Return the first bucket that contains a value: `bisect_left`, but faster when compiled."""
    low, high = 0, len(bounds)
    while low < high:
        middle = (low + high) >> 1
        if bounds[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@final
class Counter:
    """One counter, in units of 10^-places."""

    __slots__ = ("added", "is_touched", "labels", "number", "total")

    def __init__(self, number: int, labels: tuple[str, ...], total: int) -> None:
        """`number`: the creation sequence number."""
        self.number = number
        self.labels = labels
        self.total = total
        self.added = 0
        self.is_touched = False


@final
class NewestExemplar:
    """The newest observation of a bucket, since Prometheus drops exemplars out of order.

    It is changed in place, since nearly every observation is the newest.
    """

    __slots__ = ("_shown", "identity", "time_ms", "value")

    def __init__(self, identity: str, value: int, time_ms: int) -> None:
        """`identity`: generation id; `value` in the histogram's unit; `time_ms` of the request."""
        self.identity = identity
        self.value = value
        self.time_ms = time_ms
        self._shown: str | None = None

    @property
    def shown(self) -> str:
        """The id as a label value, cleaned lazily: most observations are soon replaced."""
        if self._shown is None:
            self._shown = clean(self.identity)
        return self._shown

    def keep_newest(self, identity: str, value: int, time_ms: int) -> None:
        """Replace the observation if another one is newer.

        The greater id wins at equal times, so that the order of observations does not matter.
        """
        if time_ms > self.time_ms or (time_ms == self.time_ms and identity >= self.identity):
            self.identity = identity
            self.value = value
            self.time_ms = time_ms
            self._shown = None


@final
class Histogram:
    """One histogram, in units of 10^-places; `added…` were added since the last delta."""

    __slots__ = (
        "added_counts",
        "added_total",
        "bounds",
        "counts",
        "exemplars",
        "is_touched",
        "labels",
        "number",
        "total",
    )

    def __init__(self, number: int, labels: tuple[str, ...], bounds: list[int]) -> None:
        """`bounds`: ascending upper bounds, inclusive."""
        self.number = number
        self.labels = labels
        self.bounds = bounds
        self.counts: list[int] = [0] * (len(bounds) + 1)
        self.total = 0
        # The newest one of each bucket.
        self.exemplars: list[NewestExemplar | None] = [None] * (len(bounds) + 1)
        self.added_counts: list[int] = [0] * (len(bounds) + 1)
        self.added_total = 0
        self.is_touched = False

    def restore(self, value: HistogramValue) -> None:
        """Restore the value from before a restart."""
        self.counts = list(value.counts)
        self.total = value.total
        for bucket, (identity, observed, time_ms) in value.exemplars.items():
            self.exemplars[bucket] = NewestExemplar(identity, observed, time_ms)

    def settle(self) -> HistogramValue:
        """Add the increase since the last delta to the total; return the new value."""
        for bucket, count in enumerate(self.added_counts):
            if count:
                self.counts[bucket] += count
                self.added_counts[bucket] = 0
        self.total += self.added_total
        self.added_total = 0
        self.is_touched = False
        exemplars = {
            bucket: (newest.shown, newest.value, newest.time_ms)
            for bucket, newest in enumerate(self.exemplars)
            if newest is not None
        }
        return HistogramValue(tuple(self.bounds), tuple(self.counts), self.total, exemplars)

    def take(self) -> HistogramIncrement:
        """Return the increase since the last delta, and reset it."""
        taken = HistogramIncrement(tuple(self.added_counts), self.added_total)
        self.added_counts = [0] * len(self.added_counts)
        self.added_total = 0
        self.is_touched = False
        return taken


@final
class SeriesRegistry:
    """All series by metric and labels, and those changed since the last delta."""

    def __init__(
        self,
        limit: int,
        bounds: Mapping[str, tuple[int, ...]],
        limiters: dict[str, LabelLimiter],
    ) -> None:
        """`limit`: lines per family; `bounds`: by name of buckets; `limiters` by label."""
        self._limit = limit
        self._bounds = {name: list(uppers) for name, uppers in bounds.items()}
        self._limiters = limiters
        self._counters: dict[str, dict[tuple[str, ...], Counter]] = {n: {} for n in BY_NAME}
        self._histograms: dict[str, dict[tuple[str, ...], Histogram]] = {n: {} for n in BY_NAME}
        self.last_number = 0
        self.created: list[NewSeries] = []
        self.counters: list[Counter] = []
        self.histograms: list[Histogram] = []

    @property
    def touched(self) -> int:
        """The number of series changed since the last delta."""
        return len(self.counters) + len(self.histograms)

    def add(self, counter: Counter, amount: int) -> None:
        """Add an amount above 0 to a counter."""
        if not counter.is_touched:
            counter.is_touched = True
            self.counters.append(counter)
        counter.added += amount

    def observe(self, histogram: Histogram, value: int, identity: str | None, time_ms: int) -> None:
        """Add an observation; with an id it becomes its bucket's exemplar."""
        if not histogram.is_touched:
            histogram.is_touched = True
            self.histograms.append(histogram)
        bucket = _bucket(histogram.bounds, value)
        histogram.added_counts[bucket] += 1
        histogram.added_total += value
        if identity is not None:
            if len(identity) > MAX_LENGTH:
                identity = clean(identity)
            newest = histogram.exemplars[bucket]
            if newest is None:
                histogram.exemplars[bucket] = NewestExemplar(identity, value, time_ms)
            else:
                newest.keep_newest(identity, value, time_ms)

    def take_created(self) -> tuple[NewSeries, ...]:
        """Return the series created since the last call."""
        created, self.created = tuple(self.created), []
        return created

    def settle_counters(self) -> list[tuple[int, int]]:
        """Add the increases since the last delta to the totals; return the totals by number."""
        settled: list[tuple[int, int]] = []
        for counter in self.counters:
            counter.total += counter.added
            counter.added = 0
            counter.is_touched = False
            settled.append((counter.number, counter.total))
        self.counters = []
        return settled

    def take_counters(self) -> list[tuple[int, int]]:
        """Return the increases of counters by number, and reset them."""
        counters: list[tuple[int, int]] = []
        for counter in self.counters:
            counters.append((counter.number, counter.added))
            counter.added = 0
            counter.is_touched = False
        self.counters = []
        return counters

    def take_histograms(self) -> list[tuple[int, HistogramIncrement]]:
        """Return the increases of histograms by number, and reset them."""
        histograms = [(histogram.number, histogram.take()) for histogram in self.histograms]
        self.histograms = []
        return histograms

    def counter(self, metric: Metric, labels: tuple[str, ...]) -> tuple[Counter, bool]:
        """Return the counter of these labels, and whether it overflowed a full family.

        A new counter is part of the next delta, even if it stays 0.
        """
        family = self._counters[metric.name]
        found = family.get(labels)
        if found is not None:
            return found, False
        is_full = len(family) >= self._limit
        if is_full:
            labels = self._folded(metric, labels)
            found = family.get(labels)
            if found is not None:
                return found, True
        found = family[labels] = Counter(self._create(metric.name, labels), labels, 0)
        found.is_touched = True
        self.counters.append(found)
        return found, is_full

    def histogram(self, metric: Metric, labels: tuple[str, ...]) -> tuple[Histogram, bool]:
        """Return the histogram of these labels, and whether it overflowed a full family."""
        family = self._histograms[metric.name]
        found = family.get(labels)
        if found is not None:
            return found, False
        bounds = self._bounds[metric.buckets]
        is_full = (len(family) + 1) * (len(bounds) + HISTOGRAM_LINES) > self._limit
        if is_full:
            labels = self._folded(metric, labels)
            found = family.get(labels)
            if found is not None:
                return found, True
        found = family[labels] = Histogram(self._create(metric.name, labels), labels, bounds)
        return found, is_full

    def restore(self, series: Iterable[tuple[NewSeries, int | HistogramValue]]) -> None:
        """Restore the series from before a restart."""
        for one, value in series:
            metric = BY_NAME[one.metric]
            if metric.kind is Kind.HISTOGRAM:
                assert isinstance(value, HistogramValue)  # as the ledger's tables have it
                histogram = Histogram(one.number, one.labels, self._bounds[metric.buckets])
                histogram.restore(value)
                self._histograms[metric.name][one.labels] = histogram
            else:
                assert isinstance(value, int)
                self._counters[metric.name][one.labels] = Counter(one.number, one.labels, value)

    def _create(self, metric: str, labels: tuple[str, ...]) -> int:
        self.last_number += 1
        self.created.append(NewSeries(self.last_number, metric, labels))
        return self.last_number

    def _folded(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
        """Return the labels to use in a full family: `other`, except for configured names."""
        folded = []
        for name, value in zip(metric.labels, labels, strict=True):
            limiter = self._limiters.get(name)
            folded.append(value if limiter is None else limiter.overflow(value))
        return tuple(folded)
