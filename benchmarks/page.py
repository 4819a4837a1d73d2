"""The page: time to sum up a state and to render it, needed after each change."""

import statistics
import time
from collections.abc import Callable, Iterator

from exporter.catalogue import Kind, Metric, families
from exporter.counting.delta import Delta, HistogramValue, NewSeries
from exporter.metrics.published import PublishedState
from exporter.web.page.overview import overview
from exporter.web.page.totals import totals_of

from .sizes import Sizes, Table

_BOUNDS = tuple(range(1, 21))
_NAMES = {"api_key": 500, "model": 1000, "provider": 200}
_WORDS = {"outcome": ("success", "error"), "direction": ("input", "output")}


def page(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure CPU time for as many series as in a full ledger, equally many per family."""
    state = PublishedState(0)
    metrics = (*families.COUNTERS, *families.HISTOGRAMS)
    each = sizes.known_series // len(metrics)
    state.publish(_delta(metrics, each), 0)
    totals = totals_of(state)
    found = {
        "summing up": _median(lambda: totals_of(state), sizes.runs),
        "rendering": _median(lambda: overview(totals), sizes.runs),
    }
    title = f"page: {each * len(metrics):,} series"
    yield title, {name: {"milliseconds": 1000 * took} for name, took in found.items()}


def _delta(metrics: tuple[Metric, ...], each: int) -> Delta:
    created = tuple(
        NewSeries(place * each + number + 1, metric.name, _labels(metric, number))
        for place, metric in enumerate(metrics)
        for number in range(each)
    )
    histograms = {metric.name for metric in metrics if metric.kind is Kind.HISTOGRAM}
    value = HistogramValue(_BOUNDS, (3,) * (len(_BOUNDS) + 1), 1)
    return Delta(
        created=created,
        counters=tuple((one.number, 7) for one in created if one.metric not in histograms),
        histograms=tuple((one.number, value) for one in created if one.metric in histograms),
        last_number=len(created),
    )


def _labels(metric: Metric, number: int) -> tuple[str, ...]:
    return tuple(
        f"{label}-{number % _NAMES[label]}"
        if label in _NAMES
        else _WORDS.get(label, ("a", "b"))[number % 2]
        for label in metric.labels
    )


def _median(action: Callable[[], object], runs: int) -> float:
    seconds = []
    for _ in range(max(3, runs)):
        begun = time.thread_time()
        action()
        seconds.append(time.thread_time() - begun)
    return statistics.median(seconds)
