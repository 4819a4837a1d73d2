"""The arithmetic of the dashboards: selectors in scopes, and what was counted in a window.

Counters are born at zero and never step back, so what was counted in a window is the last value
less the value when the window began: exact and whole, and bars add up to the total beside them.
`increase()` would extrapolate: 3 payouts read as 3.2. Where nothing was scraped before the window
its first sample stands in; a counter started afresh never counts below 0.
"""

from .common import BAR

EXPORTER = 'job=~"$job", instance=~"$instance"'
MODELS = f'{EXPORTER}, plan=~"$plan", model=~"$model", provider=~"$provider"'
REQUESTS = f'{MODELS}, api_key=~"$api_key"'
TYPE = 'compensation_type=~"$compensation_type"'
INSURANCE = f"{REQUESTS}, {TYPE}"
EVENT = f"{EXPORTER}, {TYPE}"
SOURCES = f'{EXPORTER}, source=~"$source"'

RANGE = "$__range"
INTERVAL = "$__interval"
TOP = 10
REST = "Other"
_NAME = "shown"
# A window begins with the last scrape before it, an exporter's pause of up to an hour ago.
PAUSE = "1h"
# What came after the last point of a chart; that bar is not over as a rule, so that nothing is
# there at its end. Points stand at whole minutes, so the last of these is the last point.
_LAST_BAR = f"[{INTERVAL}] @ end() offset -{INTERVAL}"
_AT_LAST = "(vector(time()) >= on () max_over_time(vector(time())[1m:1m] @ end()))"
# Sums that Prometheus records (prometheus/rules/charts.yml), and the hidden filters that know the
# exporters of which they can stand for the counters: `$api_key` being All, or `$model` and
# `$provider`, and the range so long that a minute does not matter.
WITHOUT_KEYS, BY_KEY, WHOLE = "instance_model_provider", "instance_api_key", "instance_plan"
SUMMED = {
    WITHOUT_KEYS: (
        "zenmux_requests_total",
        "zenmux_tokens_total",
        "zenmux_cost_usd_total",
        "zenmux_billed_units_total",
        "zenmux_web_search_tokens_total",
        "zenmux_insurance_payout_usd_total",
        "zenmux_insurance_compensations_total",
    ),
    BY_KEY: ("zenmux_tokens_total", "zenmux_cost_usd_total"),
    WHOLE: (
        "zenmux_request_duration_seconds_bucket",
        "zenmux_time_to_first_token_seconds_bucket",
        "zenmux_output_tokens_per_second_bucket",
    ),
}
SUMMED_FILTERS = {WITHOUT_KEYS: "summed", BY_KEY: "merged", WHOLE: "merged"}
_RECORDED = "instance:zenmux_requests_total:count"
_LONG_SECONDS = 43_200
# Fewer requests than these say nothing about a model's or a provider's speed.
ENOUGH = 10


def series(metric: str, scope: str, *matchers: str, **labels: str) -> str:
    """Return the selector of a metric in a scope; `labels` must be equal."""
    exact = [f'{name}="{value}"' for name, value in labels.items()]
    return f"{metric}{{{', '.join([scope, *matchers, *exact])}}}"


def counted(selector: str, window: str, *by: str) -> str:
    """Return what counters grew by, by labels: in the range, or in the interval that begins now.

    Grafana puts the points of a chart at multiples of the interval. A bar at such a point is what
    was counted from there to the next one, so that it stands where its label says.
    """
    if window == RANGE:
        return _whole(selector, *by)
    quick, there, other = _split(selector, *by)
    before = f"last_over_time({other}[{PAUSE}])"
    long_way = _between(other, f"[{window}] offset -{window}", before)
    parts = [_between_points(one, window, *by) for one in (*quick, there)]
    return added(" or ".join([*parts, long_way]), *by)


def _between_points(selector: str, window: str, *by: str) -> str:
    """Return the growth from a point to the next of exporters that were there at both.

    An exporter's series that is not there at a point, while the exporter is, is not born yet.
    """
    kept = (*by, "job", "instance")
    next_point = added(f"last_over_time({selector}[{PAUSE}] offset -{window})", *kept)
    newest = added(f"last_over_time({selector}{_LAST_BAR})", *kept)
    last = f"({next_point} or {newest} and on () {_AT_LAST})"
    first = added(f"last_over_time({selector}[{PAUSE}])", *kept)
    exporter = f"last_over_time({series('zenmux_exporter_build_info', EXPORTER)}[{PAUSE}])"
    return f"({_difference(last, first, *kept)} and on (job, instance) {exporter})"


def _whole(selector: str, *by: str) -> str:
    """Return the growth in the whole range."""
    there, other = _parted(selector)
    before = f"last_over_time({other}[{PAUSE}] offset {RANGE})"
    long_way = _between(other, f"[{RANGE}]", before)
    return added(f"{_between_ends(there, *by)} or {long_way}", *by)


def _of_all_bars(selector: str, label: str) -> str:
    """Return the growth from the first bar's start to the last one's end, by a label.

    That is more than the range, and another range where it is shorter than a bar.
    """
    quick, there, other = _split(selector, label)
    ends = " or ".join(_between_outer_points(one, label) for one in (*quick, there))
    most = f"max_over_time({other}{_LAST_BAR}) or max_over_time({other}[{RANGE}] @ end())"
    least = f"min_over_time({other}[{RANGE}] @ end()) or min_over_time({other}{_LAST_BAR})"
    before = f"last_over_time({other}[{PAUSE}] @ start())"
    return added(f"{ends} or clamp_min(({most}) - ({before} or {least}), 0)", label)


def _between_outer_points(selector: str, label: str) -> str:
    kept = (label, "job", "instance")
    newest = added(f"last_over_time({selector}{_LAST_BAR})", *kept)
    last = f"({newest} or {added(f'last_over_time({selector}[{PAUSE}] @ end())', *kept)})"
    first = added(f"last_over_time({selector}[{PAUSE}] @ start())", *kept)
    return _difference(last, first, *kept)


def _difference(last: str, first: str, *by: str) -> str:
    """Return sums less earlier ones, where what was not there earlier was 0; asks once for each."""
    ends = (
        f'label_replace({last}, "end", "1", "", "") or label_replace(-{first}, "end", "0", "", "")'
    )
    return f"clamp_min({added(ends, *by)}, 0)"


def _between(selector: str, inside: str, before: str) -> str:
    """Return the growth from the value before, or from the first one inside, to the last inside."""
    first = f"{before} or min_over_time({selector}{inside})"
    return f"clamp_min(max_over_time({selector}{inside}) - ({first}), 0)"


def _between_ends(selector: str, *by: str) -> str:
    """Return the growth of counters of exporters that were there before the range and at its end.

    What such an exporter did not show before the range was born in it, at 0. Two short looks at
    the range's ends give the same as a long one at all between, in a hundredth of the time;
    added up first, there is little to subtract.
    """
    last = added(f"last_over_time({selector}[{PAUSE}])", *by)
    first = added(f"last_over_time({selector}[{PAUSE}] offset {RANGE})", *by)
    return _difference(last, first, *by)


def _parted(selector: str) -> tuple[str, str]:
    """Return a selector of the exporters that were there all the time, and of the others."""
    inside = selector.removesuffix("}")
    return f'{inside}, instance=~"$settled"}}', f'{inside}, instance!~"$settled"}}'


def _split(selector: str, *by: str) -> tuple[tuple[str, ...], str, str]:
    """Return what recorded sums tell of a chart, where there are any, and the rest in two parts."""
    metric, inside = selector.removesuffix("}").split("{", 1)
    level = WHOLE if "le" in by else BY_KEY if "api_key" in by else WITHOUT_KEYS
    if metric not in SUMMED[level] or (level != WITHOUT_KEYS and inside not in (MODELS, REQUESTS)):
        return (), *_parted(selector)
    name = f"${SUMMED_FILTERS[level]}"
    sums = f'{level}:{metric}:sum{{{inside}, instance=~"{name}"}}'
    return (sums,), *_parted(f'{metric}{{{inside}, instance!~"{name}"}}')


def settled() -> str:
    """Return the exporters that were there all the time from a bar before the range to its end.

    One that paused for long, or came within the first bar, has points of a chart at which nothing
    tells how far it had counted.
    """
    return _all_along(series("zenmux_exporter_build_info", EXPORTER))


def summed(level: str) -> str:
    """Return the exporters whose sums were recorded all the time of a long range.

    The sums lack the labels of some filters, and so does this: it is found while those are at All,
    which matches no label too.
    """
    names = ("api_key",) if level == WITHOUT_KEYS else ("model", "provider")
    free = ", ".join(f'{name}=~"${name}"' for name in names)
    is_long = f"and on () (vector($__range_s) > {_LONG_SECONDS})"
    return f"{_all_along(series(_RECORDED, EXPORTER, free))} {is_long}"


def _all_along(selector: str) -> str:
    """Return what was there all the time from a bar before the range to its end."""
    there = f"last_over_time({selector}[{PAUSE}])"
    was_there = there.replace(f"[{PAUSE}]", f"[{PAUSE}] offset {RANGE}")
    all_along = _at_every(there, f"[{RANGE}:5m]")
    before = _at_every(there, f"[{BAR}:1m] offset {RANGE}")
    same = "and on (job, instance)"
    return f"{there} {same} {was_there} {same} {all_along} {same} {before}"


def _at_every(expression: str, points: str) -> str:
    """Return what an expression has at each of some points in time."""
    every = f"count_over_time(vector(1){points})"
    return f"(count_over_time(({expression}){points}) == on () group_left () {every})"


def added(expression: str, *by: str) -> str:
    """Return the sum of a vector by the given labels."""
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def ratio(part: str, whole: str, factor: str = "") -> str:
    """Return a part of a whole; nothing, rather than NaN, where the whole is 0."""
    return f"{part} / ({whole} > 0){factor}"


def top(expression: str, label: str) -> str:
    """Return the largest ten of an instant vector by a label, and the rest as one."""
    largest = f"topk({TOP}, {expression} > 0)"
    return f"{largest} or {_rest(f'{expression} unless {largest}', label)}"


def top_bars(selector: str, label: str) -> str:
    """Return bars by a label: the ten largest of all bars together, and the rest as one.

    Bars are costly and so asked for once; each is given the name under which it is shown.
    """
    bars = counted(selector, INTERVAL, label)
    whole = _of_all_bars(selector, label)
    own = f'label_join(topk({TOP}, {whole} > 0) * 0 + 1, "{_NAME}", "", "{label}")'
    rest = f'label_replace({whole} * 0 + 1, "{_NAME}", "{REST}", "", "")'
    names = f"({own} or on ({label}) {rest})"
    shown = f"sum by ({_NAME}) ({bars} * on ({label}) group_left ({_NAME}) {names})"
    return f'label_join({shown}, "{label}", "", "{_NAME}")'


def _rest(expression: str, label: str) -> str:
    return f'label_replace(sum({expression}) > 0, "{label}", "{REST}", "", "")'


def first_of(expression: str, number: int = 1) -> str:
    """Return the largest value, or the largest few."""
    return f"topk({number}, {expression})"


def last_of(expression: str) -> str:
    """Return the one smallest value."""
    return f"bottomk(1, {expression})"


def mean(histogram: str, window: str, *by: str, scope: str = MODELS) -> str:
    """Return the mean of what a histogram observed in the window."""
    total = counted(series(f"{histogram}_sum", scope), window, *by)
    return ratio(total, counted(series(f"{histogram}_count", scope), window, *by))


def usual_mean(histogram: str, by: str) -> str:
    """Return the mean over the range for those who were observed often enough."""
    often = counted(series(f"{histogram}_count", MODELS), RANGE, by)
    return f"{mean(histogram, RANGE, by)} and on ({by}) ({often} >= {ENOUGH})"


def buckets(histogram: str, window: str, scope: str = MODELS) -> str:
    """Return the cumulative buckets of what was observed in the window."""
    return counted(series(f"{histogram}_bucket", scope), window, "le")


def quantile(share: float, histogram: str, window: str, scope: str = MODELS) -> str:
    """Return a quantile of what was observed in the window, nothing where nothing was."""
    # Of nothing the quantile is NaN, which no comparison lets through.
    return f"histogram_quantile({share}, {buckets(histogram, window, scope)}) >= 0"


# The hidden filters: each is filled in with the exporters that its query finds.
HIDDEN = {"settled": settled(), **{SUMMED_FILTERS[level]: summed(level) for level in SUMMED}}
