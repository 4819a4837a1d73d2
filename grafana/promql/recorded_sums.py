"""Recorded sums that charts of long ranges read, and which exporters they stand in for.

prometheus/rules/charts.yml records the sums. They lack some labels, so a sum may replace the
counters only while the filters of those labels are at All, and only in ranges so long that a
minute more or less does not matter. Hidden dashboard variables hold the instances of the
exporters for which that is so.
"""

from .selectors import (
    BAR,
    EXPORTER_FILTERS,
    LOOKBACK,
    MODEL_FILTERS,
    RANGE,
    REQUEST_FILTERS,
    series,
)

# Levels, by the labels in the names of the recording rules.
BY_MODEL, BY_API_KEY, BY_PLAN = "instance_model_provider", "instance_api_key", "instance_plan"
SUMMED = {
    BY_MODEL: (
        "zenmux_requests_total",
        "zenmux_tokens_total",
        "zenmux_cost_usd_total",
        "zenmux_billed_units_total",
        "zenmux_web_search_tokens_total",
        "zenmux_insurance_payout_usd_total",
        "zenmux_insurance_compensations_total",
    ),
    BY_API_KEY: ("zenmux_tokens_total", "zenmux_cost_usd_total"),
    BY_PLAN: (
        "zenmux_request_duration_seconds_bucket",
        "zenmux_time_to_first_token_seconds_bucket",
        "zenmux_output_tokens_per_second_bucket",
    ),
}
# The hidden variable of each level.
VARIABLES = {BY_MODEL: "summed", BY_API_KEY: "merged", BY_PLAN: "merged"}
_RECORDED = "instance:zenmux_requests_total:count"
_LONG_SECONDS = 43_200


def split_settled(selector: str) -> tuple[str, str]:
    """Split a selector into settled exporters and all others."""
    inside = selector.removesuffix("}")
    return f'{inside}, instance=~"$settled"}}', f'{inside}, instance!~"$settled"}}'


def split_recorded(selector: str, *by: str) -> tuple[tuple[str, ...], str, str]:
    """Split a selector into recorded sums (if there are any), settled exporters and all others."""
    metric, inside = selector.removesuffix("}").split("{", 1)
    level = BY_PLAN if "le" in by else BY_API_KEY if "api_key" in by else BY_MODEL
    can_filter = level == BY_MODEL or inside in (MODEL_FILTERS, REQUEST_FILTERS)
    if metric not in SUMMED[level] or not can_filter:
        return (), *split_settled(selector)
    name = f"${VARIABLES[level]}"
    sums = f'{level}:{metric}:sum{{{inside}, instance=~"{name}"}}'
    return (sums,), *split_settled(f'{metric}{{{inside}, instance!~"{name}"}}')


def settled_exporters() -> str:
    """Return the exporters that were present from a bar before the range to its end.

    An exporter that came within the first bar, or paused for longer than the lookback, has chart
    points without a sample, so the difference of two samples does not give its increase.
    """
    return _present_throughout(series("zenmux_exporter_build_info", EXPORTER_FILTERS))


def summed_exporters(level: str) -> str:
    """Return the exporters whose sums were recorded throughout the range, if it is long.

    The marker series has no label `api_key` (or `model` and `provider`), so a matcher of that
    label finds it only if the filter is at All.
    """
    names = ("api_key",) if level == BY_MODEL else ("model", "provider")
    absent = ", ".join(f'{name}=~"${name}"' for name in names)
    is_long = f"and on () (vector($__range_s) > {_LONG_SECONDS})"
    return f"{_present_throughout(series(_RECORDED, EXPORTER_FILTERS, absent))} {is_long}"


def _present_throughout(selector: str) -> str:
    """Return the series that have samples from a bar before the range to its end."""
    at_end = f"last_over_time({selector}[{LOOKBACK}])"
    at_start = at_end.replace(f"[{LOOKBACK}]", f"[{LOOKBACK}] offset {RANGE}")
    inside = _at_every_step(at_end, f"[{RANGE}:5m]")
    before = _at_every_step(at_end, f"[{BAR}:1m] offset {RANGE}")
    same = "and on (job, instance)"
    return f"{at_end} {same} {at_start} {same} {inside} {same} {before}"


def _at_every_step(expression: str, subquery: str) -> str:
    """Return the series that have a value at every step of a subquery."""
    steps = f"count_over_time(vector(1){subquery})"
    return f"(count_over_time(({expression}){subquery}) == on () group_left () {steps})"


# The expression of each hidden variable.
HIDDEN = {
    "settled": settled_exporters(),
    **{VARIABLES[level]: summed_exporters(level) for level in SUMMED},
}
