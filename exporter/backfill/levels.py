"""Make the samples that recording rules record of counters: increases and final totals.

Dashboards read them. An increase is made at each minute where a rule would record one; totals
only once, at the end, for the first evaluation of the live exporter's Prometheus to continue from.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, groupby
from operator import attrgetter

from ..catalogue import METRICS, Metric
from ..catalogue.levels import Level, RecordedSum, recorded_sums
from ..counting.delta import NewSeries
from ..metrics.text_format import bound_text
from .collector import Collector
from .growth import added_up, cumulative, sum_of
from .increment_store import IncrementStore, Rows
from .sample_grid import MINUTE, SampleGrid
from .samples import Points, Series, SeriesLabels

_Values = tuple[str, ...]
# What the parts of a metric grew: of a counter one, of a histogram its buckets and its sum.
_Growth = Sequence[Rows]
_Found = Iterable[tuple[_Values, _Growth]]


@dataclass(frozen=True, slots=True)
class _Sums:
    """The sums of a metric at a level; `groups` has the lines of the series of each label set."""

    metric: Metric
    recorded: Sequence[RecordedSum]
    groups: Mapping[_Values, Sequence[range]]
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
        families: defaultdict[str, list[tuple[NewSeries, range]]] = defaultdict(list)
        for new in collected.series.values():
            families[new.metric].append((new, collected.parts(new)))
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
        changed = self._store.places(block)
        for _, levels in groupby(self._sums, attrgetter("metric")):
            events: dict[int, Rows] = {}
            for sums in levels:
                # All levels of a metric are sums of the same series.
                events = events or self._events(sums, block, changed)
                found = _growths(sums.groups, events)
                if sums.recorded[0].has_zeros:
                    found = _with_zeros(sums.groups, dict(found))
                yield from self._samples(sums, found, attrgetter("increase"))

    def totals(self, total: Callable[[int], int]) -> Iterator[Points]:
        """Yield the totals at the end; `total` returns the total of a line."""
        for sums in self._sums:
            lines = (line for parts in sums.groups.values() for part in parts for line in part)
            ended = {line: ([self._grid.end], [total(line)]) for line in lines if total(line)}
            found = _growths(sums.groups, ended)
            yield from self._samples(sums, found, attrgetter("total"))

    def _events(self, sums: _Sums, block: int, changed: Iterable[int]) -> dict[int, Rows]:
        """Return the increments of each line in a block, at the times of recording."""
        # Most recorded samples are buckets, so they are no finer than the grid's samples.
        seconds = max(MINUTE, self._grid.step) if sums.bounds else MINUTE
        every = {line for parts in sums.groups.values() for part in parts for line in part}
        return {
            line: added_up(self._grid.recorded(self._store.of_line(block, line), seconds))
            for line in every.intersection(changed)
        }

    def _samples(
        self, sums: _Sums, found: _Found, name_of: Callable[[RecordedSum], str]
    ) -> Iterator[Points]:
        for values, growth in found:
            labels = SeriesLabels.of(self._labels, sums.recorded[-1].labels, values)
            for recorded, le, places, (times, amounts) in _points(sums, growth):
                if times:
                    yield Points(Series(name_of(recorded), labels, places, le), times, amounts)


def _groups(
    metric: Metric, level: Level, series: Iterable[tuple[NewSeries, range]]
) -> Mapping[_Values, Sequence[range]]:
    groups: defaultdict[_Values, list[range]] = defaultdict(list)
    kept = [place for place, name in enumerate(metric.labels) if name not in level.dropped]
    for new, lines in series:
        groups[tuple(new.labels[place] for place in kept)].append(lines)
    return groups


def _growths(
    groups: Mapping[_Values, Sequence[range]], events: Mapping[int, Rows]
) -> Iterator[tuple[_Values, _Growth]]:
    for values, series in groups.items():
        growth = [
            sum_of([events[line] for line in lines if line in events])
            for lines in zip(*series, strict=True)
        ]
        if any(times for times, _ in growth):
            yield values, growth


def _with_zeros(
    groups: Iterable[_Values], growths: Mapping[_Values, _Growth]
) -> Iterator[tuple[_Values, _Growth]]:
    """Yield the growth of each outcome, 0 where only other outcomes of the same requests grew."""
    times: defaultdict[_Values, set[int]] = defaultdict(set)
    # The outcome is the last label.
    for values, growth in growths.items():
        times[values[:-1]].update(growth[0][0])
    for values in groups:
        every = sorted(times[values[:-1]])
        ((grown, amounts),) = growths.get(values, [([], [])])
        known = dict(zip(grown, amounts, strict=True))
        yield values, [(every, [known.get(at, 0) for at in every])]


def _points(sums: _Sums, growth: _Growth) -> Iterator[tuple[RecordedSum, str | None, int, Rows]]:
    """Yield the values of each recorded series with its `le`, if any, and its decimal places."""
    metric, recorded = sums.metric, sums.recorded
    if not sums.bounds:
        yield recorded[0], None, metric.places, growth[0]
        return
    times, grown = cumulative(growth[:-1])
    buckets, total, count = recorded
    texts = (*(bound_text(bound, metric.places) for bound in sums.bounds), "+Inf")
    for bucket, bound in enumerate(texts):
        # A quantile needs the buckets that grew and the one below, where interpolation starts.
        above = grown[min(bucket + 1, len(texts) - 1)]
        rows = list(compress(times, above)), list(compress(grown[bucket], above))
        yield buckets, bound, 0, rows
    yield total, None, metric.places, growth[-1]
    yield count, None, 0, (times, grown[-1])
