"""Make the samples that recording rules record of counters: increases and final totals.

Dashboards read them. An increase is made at each minute where a rule would record one; totals
only once, at the end, for the first evaluation of the live exporter's Prometheus to continue from.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, groupby
from operator import attrgetter

from ..catalogue import METRICS, Metric
from ..catalogue.levels import Level, RecordedSum, recorded_sums
from ..counting.delta import HistogramIncrement, NewSeries
from ..metrics.text_format import bound_text
from .collector import Collector
from .increment_store import Increment, IncrementStore
from .sample_grid import MINUTE, SampleGrid
from .samples import Points, Series, SeriesLabels

_Values = tuple[str, ...]
_Growth = Mapping[int, Increment]  # by the time of recording
_Points = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of a metric at a level; `groups` has the series numbers of each label set."""

    metric: Metric
    recorded: Sequence[RecordedSum]
    groups: Mapping[_Values, Sequence[int]]
    bounds: Sequence[int]


class Levels:
    """The sums of all request metrics at all levels."""

    def __init__(
        self,
        store: IncrementStore,
        collected: Collector,
        grid: SampleGrid,
        labels: Mapping[str, str],
    ) -> None:
        """`labels`: the target's labels, which the rules keep."""
        self._store = store
        self._grid = grid
        self._labels = labels
        families: defaultdict[str, list[NewSeries]] = defaultdict(list)
        for new in collected.series.values():
            families[new.metric].append(new)
        self._sums = [
            _Sums(
                metric,
                tuple(recorded),
                _groups(metric, level, families[metric.name]),
                collected.bounds.get(metric.buckets, ()),
            )
            for metric in METRICS
            if metric.is_request_family
            for level, recorded in groupby(recorded_sums(metric), attrgetter("level"))
        ]

    def increases(self, block: int) -> Iterator[Points]:
        """Yield the increases of a block."""
        changed = self._store.series(block)
        for _, levels in groupby(self._sums, attrgetter("metric")):
            events: dict[int, Sequence[tuple[int, Increment]]] = {}
            for sums in levels:
                # All levels of a metric are sums of the same series.
                events = events or self._events(sums, block, changed)
                found = _growths(sums.groups, events)
                if sums.recorded[0].has_zeros:
                    found = _with_zeros(sums.groups, dict(found))
                yield from self._samples(sums, found, attrgetter("increase"))

    def totals(self, total: Callable[[int], Increment]) -> Iterator[Points]:
        """Yield the totals at the end; `total` returns a series' total by its number."""
        for sums in self._sums:
            found = (
                (values, _added((self._grid.end, total(number)) for number in numbers))
                for values, numbers in sums.groups.items()
            )
            yield from self._samples(sums, found, attrgetter("total"))

    def _events(
        self, sums: _Sums, block: int, changed: Container[int]
    ) -> dict[int, Sequence[tuple[int, Increment]]]:
        """Return the increments of each series in a block, at the times of recording."""
        # Most recorded samples are buckets, so they are no finer than the grid's samples.
        seconds = max(MINUTE, self._grid.step) if sums.bounds else MINUTE
        return {
            number: list(self._grid.recorded(self._store.of_series(block, number), seconds))
            for number in chain.from_iterable(sums.groups.values())
            if number in changed
        }

    def _samples(
        self,
        sums: _Sums,
        found: Iterable[tuple[_Values, _Growth]],
        name_of: Callable[[RecordedSum], str],
    ) -> Iterator[Points]:
        for values, growth in found:
            labels = SeriesLabels.of(self._labels, sums.recorded[-1].labels, values)
            for recorded, le, places, points in _points(sums, growth):
                if points:
                    yield Points(Series(name_of(recorded), labels, places, le), points)


def _groups(
    metric: Metric, level: Level, series: Iterable[NewSeries]
) -> Mapping[_Values, Sequence[int]]:
    groups: defaultdict[_Values, list[int]] = defaultdict(list)
    kept = [place for place, name in enumerate(metric.labels) if name not in level.dropped]
    for new in series:
        groups[tuple(new.labels[place] for place in kept)].append(new.number)
    return groups


def _growths(
    groups: Mapping[_Values, Sequence[int]], events: Mapping[int, Sequence[tuple[int, Increment]]]
) -> Iterator[tuple[_Values, _Growth]]:
    for values, numbers in groups.items():
        growth = _added(event for number in numbers for event in events.get(number, ()))
        if growth:
            yield values, growth


def _added(increments: Iterable[tuple[int, Increment]]) -> _Growth:
    """Return the sums of increments by time, in order of time; zeros are left out."""
    counters: defaultdict[int, int] = defaultdict(int)
    histograms: dict[int, HistogramIncrement] = {}
    for second, added in increments:
        if isinstance(added, HistogramIncrement):
            earlier = histograms.get(second)
            histograms[second] = added if earlier is None else earlier.plus(added)
        elif added:
            counters[second] += added
    growth: dict[int, Increment] = {**counters, **histograms}
    return dict(sorted(growth.items()))


def _with_zeros(
    groups: Iterable[_Values], growths: Mapping[_Values, _Growth]
) -> Iterator[tuple[_Values, _Growth]]:
    """Yield the growth of each outcome, 0 where only other outcomes of the same requests grew."""
    times: defaultdict[_Values, set[int]] = defaultdict(set)
    # The outcome is the last label.
    for values, growth in growths.items():
        times[values[:-1]].update(growth)
    for values in groups:
        zeros: dict[int, Increment] = dict.fromkeys(sorted(times[values[:-1]]), 0)
        yield values, {**zeros, **growths.get(values, {})}


def _points(sums: _Sums, growth: _Growth) -> Iterator[tuple[RecordedSum, str | None, int, _Points]]:
    """Yield the values of each recorded series with its `le`, if any, and its decimal places."""
    metric, recorded = sums.metric, sums.recorded
    if not sums.bounds:
        values = [(at, one) for at, one in growth.items() if isinstance(one, int)]
        yield recorded[0], None, metric.places, values
        return
    observed = [(at, one) for at, one in growth.items() if isinstance(one, HistogramIncrement)]
    cumulative = [(at, tuple(accumulate(one.counts))) for at, one in observed if any(one.counts)]
    buckets, total, count = recorded
    texts = (*(bound_text(bound, metric.places) for bound in sums.bounds), "+Inf")
    for bucket, bound in enumerate(texts):
        # A quantile needs the buckets that grew and the one below, where interpolation starts.
        above = min(bucket + 1, len(texts) - 1)
        grown = [(at, counts[bucket]) for at, counts in cumulative if counts[above]]
        if grown:
            yield buckets, bound, 0, grown
    yield total, None, metric.places, [(at, one.total) for at, one in observed if one.total]
    yield count, None, 0, [(at, counts[-1]) for at, counts in cumulative]
