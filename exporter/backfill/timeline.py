"""Gathered increments in, OpenMetrics text with times out, a block's worth at a time.

Every series has a sample at each sampling time from one step before its first event on, as if it
had been scraped all along.
"""

from collections.abc import Iterable, Iterator, Mapping

from ..catalog import BY_NAME, METRICS, Metric
from ..exposition import Format, header, label_text
from ..ledger.series import Counter, Histogram
from .details import Details
from .gather import NEWEST, Gather
from .grid import Grid
from .lines import Window, counter_lines, histogram_lines, lines
from .spool import SLOT_SECONDS, Spool, unpacked_histogram

END = "# EOF\n"
_NEWEST = BY_NAME["zenmux_last_request_timestamp_seconds"]


class Timeline:
    """Writes windows in order of time; series keep their totals from one to the next."""

    def __init__(
        self, spool: Spool, gathered: Gather, grid: Grid, labels: Mapping[str, str], shown: int
    ) -> None:
        """`labels`: what Prometheus gives each sample; `shown`: compensated requests a block."""
        self._spool = spool
        self._grid = grid
        self._labels = labels
        self._limit = shown
        self._series = gathered.series
        self._families: dict[str, list[Counter | Histogram]] = {}
        for one in gathered.series.values():
            self._families.setdefault(one.metric.name, []).append(one)
        self._zero = {number: grid.zero(birth) for number, birth in gathered.births.items()}
        self._details = Details(labels)
        self._newest_ms = 0
        for number, added in spool.earlier(grid.start // SLOT_SECONDS):
            self._apply(number, added)

    def text(self, times: range) -> Iterator[str]:
        """The families at these sampling times, in pieces of whole lines."""
        window = Window(times, [str(second) for second in times])
        slot = times.start // SLOT_SECONDS
        for metric in METRICS:
            if metric is _NEWEST:
                yield from _headed(metric, self._newest(slot, window))
            elif metric.is_request_family:
                yield from _headed(metric, self._family(metric, slot, window))
        found = self._spool.details(slot, self._limit)
        self._details.take((self._grid.at(at), detail) for at, detail in found)
        for metric, gauge in self._details.lines(window):
            yield from _headed(metric, gauge)
        self._details.drop_before(times[-1])
        yield END

    def _family(self, metric: Metric, slot: int, window: Window) -> Iterator[str]:
        for one in self._families.get(metric.name, ()):
            rows = [(self._grid.at(at), added) for at, added in self._spool.of(slot, one.birth)]
            first = window.index(self._zero[one.birth])
            if isinstance(one, Histogram):
                bounds = one.value.bounds
                changes = [(at, unpacked_histogram(added, bounds)) for at, added in rows]
                yield from histogram_lines(one, self._labels, changes, window, first)
            else:
                amounts = [(at, int(added)) for at, added in rows]
                yield from counter_lines(one, self._labels, amounts, window, first)
            for _, added in rows:
                self._apply(one.birth, added)

    def _newest(self, slot: int, window: Window) -> Iterator[str]:
        changes: list[tuple[int, int]] = []
        level = self._newest_ms
        for at, newest in self._spool.of(slot, NEWEST):
            rise = max(0, int(newest) - level)
            changes.append((self._grid.at(at), rise))
            level += rise
        start = f"{_NEWEST.name}{label_text(tuple(self._labels), tuple(self._labels.values()))}"
        if level:
            first = 0 if self._newest_ms else window.index(changes[0][0])
            yield from lines(start, self._newest_ms, changes, window, first, 3)
        self._newest_ms = level

    def _apply(self, number: int, added: int | str) -> None:
        if number == NEWEST:
            self._newest_ms = max(self._newest_ms, int(added))
            return
        one = self._series[number]
        if isinstance(one, Histogram):
            one.add(unpacked_histogram(added, one.value.bounds))
        else:
            one.add(int(added))


def _headed(metric: Metric, pieces: Iterable[str]) -> Iterator[str]:
    head = header(metric, Format.OPENMETRICS)
    for piece in pieces:
        yield head + piece
        head = ""
