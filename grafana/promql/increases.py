"""Exact increases of counters, in place of PromQL's extrapolating `increase()`.

The exporter's counters start at 0 and never reset, so the increase in a window is the last value
in it minus the last value before it. This is exact: bars add up to the total beside them, while
`increase()` may show 3 payouts as 3.2. If there is no sample before the window, its first sample
is subtracted instead. If a counter starts again at 0, the increase is never below 0.
"""

from .aggregations import sum_by
from .recorded_sums import split_recorded, split_settled
from .selectors import EXPORTER_FILTERS, INTERVAL, LOOKBACK, RANGE, series

# The last bar of a chart usually ends after the present, where there are no samples. It is what
# came after the last point. Points stand at whole minutes, so the last minute has one: the last.
_LAST_BAR = f"[{INTERVAL}] @ end() offset -{INTERVAL}"
_AT_LAST_POINT = "(vector(time()) >= on () max_over_time(vector(time())[1m:1m] @ end()))"


def increase(selector: str, window: str, *by: str) -> str:
    """Return the increase by labels: in the range, or in the interval that starts at each point.

    Grafana aligns the points of a chart to multiples of the interval. The bar at a point covers
    the time from there to the next point, so it stands where its label says.
    """
    if window == RANGE:
        return _increase_in_range(selector, *by)
    sums, settled, others = split_recorded(selector, *by)
    before = f"last_over_time({others}[{LOOKBACK}])"
    of_others = _last_minus_first(others, f"[{window}] offset -{window}", before)
    parts = [_increase_between_points(part, window, *by) for part in (*sums, settled)]
    return sum_by(" or ".join([*parts, of_others]), *by)


def increase_of_all_bars(selector: str, label: str) -> str:
    """Return the increase from the start of the first bar to the end of the last, by a label.

    The bars of a chart may cover more than the range.
    """
    sums, settled, others = split_recorded(selector, label)
    ends = " or ".join(_increase_between_outer_points(part, label) for part in (*sums, settled))
    last = f"max_over_time({others}{_LAST_BAR}) or max_over_time({others}[{RANGE}] @ end())"
    first = f"min_over_time({others}[{RANGE}] @ end()) or min_over_time({others}{_LAST_BAR})"
    before = f"last_over_time({others}[{LOOKBACK}] @ start())"
    return sum_by(f"{ends} or clamp_min(({last}) - ({before} or {first}), 0)", label)


def _increase_between_points(selector: str, window: str, *by: str) -> str:
    """Return the increase from each point to the next, for exporters with samples at both.

    A series without a sample at a point where its exporter has samples did not exist yet.
    """
    kept = (*by, "job", "instance")
    next_point = sum_by(f"last_over_time({selector}[{LOOKBACK}] offset -{window})", *kept)
    newest = sum_by(f"last_over_time({selector}{_LAST_BAR})", *kept)
    last = f"({next_point} or {newest} and on () {_AT_LAST_POINT})"
    first = sum_by(f"last_over_time({selector}[{LOOKBACK}])", *kept)
    build_info = series("zenmux_exporter_build_info", EXPORTER_FILTERS)
    exporter = f"last_over_time({build_info}[{LOOKBACK}])"
    return f"({_difference(last, first, *kept)} and on (job, instance) {exporter})"


def _increase_between_outer_points(selector: str, label: str) -> str:
    """Return the increase from the first point of a chart to the end of its last bar."""
    kept = (label, "job", "instance")
    newest = sum_by(f"last_over_time({selector}{_LAST_BAR})", *kept)
    at_end = sum_by(f"last_over_time({selector}[{LOOKBACK}] @ end())", *kept)
    first = sum_by(f"last_over_time({selector}[{LOOKBACK}] @ start())", *kept)
    return _difference(f"({newest} or {at_end})", first, *kept)


def _increase_in_range(selector: str, *by: str) -> str:
    """Return the increase in the whole range."""
    settled, others = split_settled(selector)
    before = f"last_over_time({others}[{LOOKBACK}] offset {RANGE})"
    of_others = _last_minus_first(others, f"[{RANGE}]", before)
    return sum_by(f"{_increase_between_ends(settled, *by)} or {of_others}", *by)


def _increase_between_ends(selector: str, *by: str) -> str:
    """Return the increase in the range, for settled exporters.

    A series of such an exporter without a sample before the range started in it, at 0. Reading
    two short windows is a hundred times cheaper than reading the whole range, and subtracting
    sums is cheaper than subtracting series.
    """
    last = sum_by(f"last_over_time({selector}[{LOOKBACK}])", *by)
    first = sum_by(f"last_over_time({selector}[{LOOKBACK}] offset {RANGE})", *by)
    return _difference(last, first, *by)


def _difference(last: str, first: str, *by: str) -> str:
    """Return `last - first`, with 0 for a missing `first`; evaluates each only once."""
    ends = (
        f'label_replace({last}, "end", "1", "", "") or label_replace(-{first}, "end", "0", "", "")'
    )
    return f"clamp_min({sum_by(ends, *by)}, 0)"


def _last_minus_first(selector: str, window: str, before: str) -> str:
    """Return the last value in a window minus the value before it (else the first in it)."""
    first = f"{before} or min_over_time({selector}{window})"
    return f"clamp_min(max_over_time({selector}{window}) - ({first}), 0)"
