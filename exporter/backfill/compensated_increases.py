"""Write what recording rules record of compensated requests: each payout once, when it was paid."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from operator import attrgetter

from ..catalogue import BY_NAME
from ..catalogue.levels import COMPENSATED_INCREASE, COMPENSATED_TOTAL, TIMESTAMP
from ..counting.delta import CompensatedRequest
from ..values.fixed_point import USD_PLACES, decimal_text
from .increment_store import IncrementStore
from .sample_grid import SampleGrid
from .series_lines import SeriesLabels

_LABELS = BY_NAME["zenmux_compensated_request_payout_usd"].labels
_VALUES = attrgetter(*_LABELS)


class CompensatedIncreases:
    """The payouts of all compensated requests, not only of the newest."""

    def __init__(self, store: IncrementStore, grid: SampleGrid, labels: Mapping[str, str]) -> None:
        """`labels`: the target's, which the rules keep."""
        self._store = store
        self._grid = grid
        self._labels = labels

    def increases(self, block: int) -> Iterator[str]:
        """Yield the payouts of a block, in order of time."""
        second = 0
        added: defaultdict[str, int] = defaultdict(int)
        for at, (request, payout) in self._grid.recorded(self._store.payouts(block)):
            if at != second:
                yield from _lines(COMPENSATED_INCREASE, added, second)
                added.clear()
                second = at
            added[self._text(request)] += payout
        yield from _lines(COMPENSATED_INCREASE, added, second)

    def totals(self, limit: int) -> Iterator[str]:
        """Yield the payouts at the end of the requests that the live exporter shows at first.

        It reads all of the log before it shows any, then as many of the newest as `limit`.
        """
        end = self._grid.end
        for request, payout in self._store.newest_payouts(limit, end):
            if payout:
                yield from _lines(COMPENSATED_TOTAL, {self._text(request): payout}, end)

    def _text(self, request: CompensatedRequest) -> str:
        names, values = _LABELS, _VALUES(request)
        # A payout that is reported before its request, without a time, has none.
        if request.time_ms is not None:
            names, values = (*names, TIMESTAMP), (*values, str(request.time_ms))
        return SeriesLabels.of(self._labels, names, values).text()


def _lines(name: str, payouts: Mapping[str, int], second: int) -> Iterator[str]:
    for labels, payout in payouts.items():
        yield f"{name}{labels} {decimal_text(payout, USD_PLACES)} {second}\n"
