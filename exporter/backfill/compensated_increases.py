"""Make the samples that rules record of compensated requests: each payout once, when paid."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import attrgetter

from ..catalogue import BY_NAME
from ..catalogue.levels import COMPENSATED_INCREASE, COMPENSATED_TOTAL, TIMESTAMP
from ..counting.delta import CompensatedRequest
from ..values.fixed_point import USD_PLACES
from .compensated_store import CompensatedStore
from .sample_grid import SampleGrid
from .samples import Points, Series, SeriesLabels

_LABELS = BY_NAME["zenmux_compensated_request_payout_usd"].labels
_VALUES = attrgetter(*_LABELS)

# The payouts of each series by their times.
_Payouts = Mapping[SeriesLabels, Mapping[int, int]]


class CompensatedIncreases:
    """The payouts of all compensated requests, not only of the newest."""

    def __init__(
        self, store: CompensatedStore, grid: SampleGrid, labels: Mapping[str, str]
    ) -> None:
        """`labels`: the target's labels, which the rules keep."""
        self._store = store
        self._grid = grid
        self._common = labels

    def increases(self, block: int) -> Iterator[Points]:
        """Yield the payouts of a block."""
        added: defaultdict[SeriesLabels, defaultdict[int, int]]
        added = defaultdict(lambda: defaultdict(int))
        for at, request, payout in self._store.payouts(block):
            for recorded in self._grid.recorded(([at], [payout]))[0]:
                added[self._labels(request)][recorded] += payout
        return _points(COMPENSATED_INCREASE, added)

    def totals(self, limit: int) -> Iterator[Points]:
        """Yield the payouts of the requests that the live exporter shows first, at the end.

        It reads the whole log before it shows any, then the newest ones, at most `limit`.
        """
        end = self._grid.end
        found: dict[SeriesLabels, dict[int, int]] = {}
        for request, payout in self._store.newest_payouts(limit, end):
            if payout:
                # Prometheus keeps the first of two samples.
                found.setdefault(self._labels(request), {end: payout})
        return _points(COMPENSATED_TOTAL, found)

    def _labels(self, request: CompensatedRequest) -> SeriesLabels:
        names, values = _LABELS, _VALUES(request)
        # None for a payout without a time that was counted before its request.
        if request.time_ms is not None:
            names, values = (*names, TIMESTAMP), (*values, str(request.time_ms))
        return SeriesLabels.of(self._common, names, values)


def _points(name: str, payouts: _Payouts) -> Iterator[Points]:
    for labels, by_time in payouts.items():
        times = sorted(by_time)
        yield Points(Series(name, labels, USD_PLACES), times, [by_time[at] for at in times])
