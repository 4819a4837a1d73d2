"""Make the gauges of compensated requests at the times when their payouts were seen."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from ..catalogue import BY_NAME, Metric
from ..counting.delta import CompensatedRequest
from ..metrics.compensated import GAUGES, KEEP_MS
from .samples import Points, Series, SeriesLabels, Window

# The live exporter shows each of them for at least this long.
_SHOWN_SECONDS = KEEP_MS // 1000


@dataclass(slots=True)
class _Shown:
    """A request with its payout as of `since`, shown from then until another sampling time."""

    request: CompensatedRequest
    since: int
    until: int


class CompensatedGauges:
    """The compensated requests that are shown in the current block or still in the next."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        """`labels`: what Prometheus adds to each sample."""
        self._labels = labels
        self._rows: list[_Shown] = []

    def add(self, found: Iterable[tuple[int, CompensatedRequest]]) -> None:
        """Show requests from their sampling times on; a revised payout replaces the earlier one."""
        rows = {row.request.key: row for row in self._rows}
        for at, request in found:
            earlier = rows.get(request.key)
            if earlier is not None:
                earlier.until = min(earlier.until, at)
            row = rows[request.key] = _Shown(request, at, at + _SHOWN_SECONDS)
            self._rows.append(row)

    def samples(self, window: Window) -> Iterator[Points]:
        """Yield the series of each gauge in a block."""
        for name in GAUGES:
            yield from self._gauge(BY_NAME[name], window)

    def drop_before(self, second: int) -> None:
        """Drop the requests that are no longer shown after a time."""
        self._rows = [row for row in self._rows if row.until > second]

    def _gauge(self, metric: Metric, window: Window) -> Iterator[Points]:
        value_of, places = GAUGES[metric.name]
        values_of = attrgetter(*metric.labels)
        shown: defaultdict[SeriesLabels, dict[int, int]] = defaultdict(dict)
        for row in self._rows:
            value = value_of(row.request)
            times = window.times[window.index(row.since) : window.index(row.until)]
            if value is not None and times:
                labels = SeriesLabels.of(self._labels, metric.labels, values_of(row.request))
                for second in times:
                    # Prometheus keeps the first of two samples.
                    shown[labels].setdefault(second, value)
        for labels, samples in shown.items():
            series = Series(metric.name, labels, places, family=metric)
            seconds = sorted(samples)
            yield Points(series, seconds, [samples[second] for second in seconds])
