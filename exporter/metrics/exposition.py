"""Render the published state as Prometheus text 0.0.4 or OpenMetrics 1.0.

The text of each series is kept until its value changes, so a scrape mostly joins strings.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import compress, count
from operator import attrgetter, is_not
from typing import Generic

from ..catalogue import BY_NAME, METRICS, NOT_IN_STATE, Kind, Metric
from ..counting.delta import CompensatedRequest, HistogramValue
from ..counting.series import HISTOGRAM_LINES
from ..values.fixed_point import decimal_text
from . import compensated
from .published import PublishedState, Series, Value
from .text_format import (
    TIME_PLACES,
    Format,
    header,
    histogram_lines,
    sample_end,
    sample_start,
)

# A histogram takes a line for each bound, `+Inf`, sum and count.


class Renderer:
    """The renderer of a published state; not thread-safe."""

    def __init__(self, state: PublishedState) -> None:
        """Start without cached texts."""
        self._state = state
        self.forget()

    def forget(self) -> None:
        """Drop the cached texts; they are made again when needed."""
        state = self._state
        self._counters = {name: _counter_texts(BY_NAME[name]) for name in state.counters}
        self._histograms = {
            (name, form): _histogram_texts(BY_NAME[name], exemplars=form is Format.OPENMETRICS)
            for name in state.histograms
            for form in Format
        }

    def render(self, form: Format, *, requests: bool = True, shown: int | None = None) -> str:
        """Return `lines` as one text."""
        return "".join(self.lines(form, requests=requests, shown=shown))

    def lines(self, form: Format, *, requests: bool = True, shown: int | None = None) -> list[str]:
        """Return the lines of all families; without the request families if not `requests`.

        Series with a number above `shown` are rendered at 0. The caller appends the process's
        metrics and, in OpenMetrics, `# EOF`. Nothing is copied: a text is shared until its series
        changes.
        """
        parts: list[str] = []
        for metric in METRICS:
            if metric.scope in NOT_IN_STATE or (metric.is_request_family and not requests):
                continue
            lines = self._lines(metric, form, shown)
            if lines:
                parts.append(header(metric, form))
                parts.extend(lines)
        return parts

    def _lines(self, metric: Metric, form: Format, shown: int | None) -> Sequence[str]:
        if metric.kind is Kind.COUNTER:
            return self._counters[metric.name].lines(self._state.counters[metric.name], shown)
        if metric.kind is Kind.HISTOGRAM:
            texts = self._histograms[metric.name, form]
            return texts.lines(self._state.histograms[metric.name], shown)
        return list(_GAUGES[metric.name](self._state, metric))


class _Texts(Generic[Value]):
    """The cached texts of a family's series, in order of creation, and the values they show."""

    def __init__(
        self,
        update: Callable[[Series[Value], str], str],
        zero: Callable[[Series[Value]], str],
    ) -> None:
        """`update` makes a series' text from its earlier one, `zero` its text at 0."""
        self._update: Callable[[Series[Value], str], str] = update
        self._zero: Callable[[Series[Value]], str] = zero
        self._values: list[Value] = []
        self._texts: list[str] = []

    def lines(self, family: Sequence[Series[Value]], shown: int | None) -> Sequence[str]:
        """Return the texts of a family; series after `shown` are at 0."""
        values = [series.value for series in family]
        # Most objects are the same, so comparing the lists is much faster than comparing each pair.
        if values != self._values:
            self._refresh(family, values)
        if shown is None or not family or family[-1].number <= shown:
            return self._texts
        first_new = bisect_right(family, shown, key=_number)
        return self._texts[:first_new] + [self._zero(series) for series in family[first_new:]]

    def _refresh(self, family: Sequence[Series[Value]], values: list[Value]) -> None:
        texts, update = self._texts, self._update
        # Remove what an attempt that ran out of memory left.
        del texts[len(self._values) :]
        for index in compress(count(), map(is_not, values, self._values)):
            texts[index] = update(family[index], texts[index])
        texts.extend(update(series, "") for series in family[len(texts) :])
        self._values = values


_number = attrgetter("number")


def _counter_texts(metric: Metric) -> _Texts[int]:
    places = metric.places

    def update(series: Series[int], earlier: str) -> str:
        # Labels never change, and escaping them costs more than everything else.
        start = earlier[: earlier.rfind(" ") + 1] or sample_start(metric, series.labels)
        return f"{start}{decimal_text(series.value, places)}\n"

    def zero(series: Series[int]) -> str:
        return sample_start(metric, series.labels) + sample_end(0, places)

    return _Texts(update, zero)


def _histogram_texts(metric: Metric, *, exemplars: bool) -> _Texts[HistogramValue]:
    def update(series: Series[HistogramValue], _earlier: str) -> str:
        lines = histogram_lines(metric, series.labels, series.value, exemplars=exemplars)
        return "".join(lines)

    def zero(series: Series[HistogramValue]) -> str:
        bounds = series.value.bounds
        empty = HistogramValue(bounds, (0,) * (len(bounds) + 1), 0)
        return "".join(histogram_lines(metric, series.labels, empty, exemplars=False))

    return _Texts(update, zero)


def _newest(state: PublishedState, metric: Metric) -> Iterator[str]:
    if state.newest_ms:
        yield sample_start(metric, ()) + sample_end(state.newest_ms, TIME_PLACES)


def _series(state: PublishedState, metric: Metric) -> Iterator[str]:
    for name, family in state.families.items():
        if family:
            value = family[0].value
            lines = 1 if isinstance(value, int) else len(value.bounds) + HISTOGRAM_LINES
            yield sample_start(metric, (name,)) + sample_end(len(family) * lines, 0)


def _ids(state: PublishedState, metric: Metric) -> Iterator[str]:
    yield sample_start(metric, ()) + sample_end(state.ids, 0)


def _of_requests(
    value: Callable[[CompensatedRequest], int | None], places: int
) -> Callable[[PublishedState, Metric], Iterator[str]]:
    """Return a gauge of each compensated request; its labels are fields of the request."""

    def lines(state: PublishedState, metric: Metric) -> Iterator[str]:
        labels = attrgetter(*metric.labels)
        for request in state.compensated:
            amount = value(request)
            if amount is not None:
                yield sample_start(metric, labels(request)) + sample_end(amount, places)

    return lines


_GAUGES: dict[str, Callable[[PublishedState, Metric], Iterator[str]]] = {
    "zenmux_last_request_timestamp_seconds": _newest,
    **{name: _of_requests(value, places) for name, (value, places) in compensated.GAUGES.items()},
    "zenmux_exporter_series": _series,
    "zenmux_exporter_ids": _ids,
}
