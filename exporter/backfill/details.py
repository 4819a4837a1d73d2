"""Compensated requests in, their gauges' lines at the times when their payouts were seen out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..catalog import BY_NAME, Metric
from ..exact import decimal_text
from ..exposition import label_text
from ..ledger.delta import Detail
from .lines import Window

# As long as the live exporter shows each of them at least.
_SHOWN_SECONDS = 600


@dataclass(slots=True)
class _Shown:
    """One compensated request from a sampling time until another, with its payout as of then."""

    detail: Detail
    since: int
    until: int


class Details:
    """The compensated requests that are shown in the current window or still in the next."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        """`labels`: what Prometheus gives each sample."""
        self._labels = labels
        self._rows: list[_Shown] = []

    def take(self, found: Iterable[tuple[int, Detail]]) -> None:
        """More of them, with their sampling times; a revised payout replaces the one before."""
        rows = {row.detail.key: row for row in self._rows}
        for at, detail in found:
            earlier = rows.get(detail.key)
            if earlier is not None:
                earlier.until = min(earlier.until, at)
            row = rows[detail.key] = _Shown(detail, at, at + _SHOWN_SECONDS)
            self._rows.append(row)

    def lines(self, window: Window) -> Iterator[tuple[Metric, Iterator[str]]]:
        """Each gauge with its lines in a window."""
        for name, render in _GAUGES.items():
            yield BY_NAME[name], self._lines(BY_NAME[name], render, window)

    def drop_before(self, second: int) -> None:
        """Forget those that are shown no more from a time on."""
        self._rows = [row for row in self._rows if row.until > second]

    def _lines(self, metric: Metric, render: "Render", window: Window) -> Iterator[str]:
        for row in self._rows:
            labels, value = render(row.detail)
            names = (*self._labels, *metric.labels)
            text = label_text(names, (*self._labels.values(), *labels))
            shown = window.stamps[window.index(row.since) : window.index(row.until)]
            if value and shown:
                yield "".join(f"{metric.name}{text} {value} {stamp}\n" for stamp in shown)


Render = Callable[[Detail], tuple[tuple[str, ...], str]]


def _payout(detail: Detail) -> tuple[tuple[str, ...], str]:
    return detail.labels, decimal_text(detail.payout, 12)


def _time(detail: Detail) -> tuple[tuple[str, ...], str]:
    return detail.key, "" if detail.time_ms is None else decimal_text(detail.time_ms, 3)


def _seen(detail: Detail) -> tuple[tuple[str, ...], str]:
    return detail.key, decimal_text(detail.seen_ms, 3)


_GAUGES: dict[str, Render] = {
    "zenmux_compensated_request_payout_usd": _payout,
    "zenmux_compensated_request_timestamp_seconds": _time,
    "zenmux_compensated_request_seen_timestamp_seconds": _seen,
}
