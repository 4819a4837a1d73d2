"""What the dashboards show of the exporter itself, and of the compensated requests, as PromQL."""

from .queries import EVENT, EXPORTER, INSURANCE, PAUSE, RANGE, SOURCES, counted, series

DETAIL_LABELS = (
    "generation_id",
    "model",
    "provider",
    "api_key",
    "plan",
    "compensation_type",
    "finish_reason",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "latency_ms",
    "throughput",
)
_PAIR = "generation_id, compensation_type"
# Payouts come the day after the request; a week is more than enough to look ahead.
_AHEAD = "7d"


def compensated_requests(**labels: str) -> str:
    """Return a row per compensation: request time in ms, all else as labels.

    The payout is made a label too, so that one query does: Grafana 12.4 shows nothing for a
    table of several queries when one of them is empty.
    """
    seen = f"{_seen_in_range(**labels)} and on () (vector($time_basis) == 1)"
    asked = f"{_asked_in_range(**labels)} and on () (vector($time_basis) == 2)"
    columns = ", ".join(DETAIL_LABELS)
    paid = series("zenmux_compensated_request_payout_usd", INSURANCE, **labels)
    latest = f"max by ({columns}) ({_known(paid)})"
    rows = f'count_values by ({columns}) ("payout_usd", {latest})'
    return f"1000 * ({seen} or {asked}) * on ({_PAIR}) group_right () {rows}"


def _known(selector: str) -> str:
    """Return what was shown in the range, or in the week after it."""
    later = f"last_over_time({selector}[{_AHEAD}] offset -{_AHEAD})"
    return f"last_over_time({selector}[{RANGE}]) or {later}"


def _times(**labels: str) -> str:
    return series("zenmux_compensated_request_timestamp_seconds", EVENT, **labels)


def _seen_in_range(**labels: str) -> str:
    """Return request times of payouts counted after the scrape with which the range begins.

    Every payout up to a commit is in the totals of the scrape that tells the commit's time, so
    that the rows add up to the total beside them. Where the range begins before the exporter did,
    what it counted up to its first scrape is no growth, but what a backfill made before is.
    Without commit times, the range's own start.
    """
    seen = series("zenmux_compensated_request_seen_timestamp_seconds", EVENT, **labels)
    commit = series("zenmux_exporter_checkpoint_last_success_timestamp_seconds", EXPORTER)
    began = f"min_over_time({series('process_start_time_seconds', EXPORTER)}[{RANGE}])"
    before = f"last_over_time({commit}[{PAUSE}] offset {RANGE})"
    known = f"({before} or min_over_time({commit}[{RANGE}]))"
    # A payout that a backfill put into the past is seen again when the exporter reads its line.
    first = f"min_over_time({seen}[{RANGE}])"
    target = "on (job, instance)"
    inside = f"({first} > time() - $__range_s)"
    new = f"{first} > {target} group_left () {known}"
    made = f"{inside} < {target} group_left () ({began} unless {target} {before})"
    untold = f"{inside} unless {target} {known}"
    shown = f"max by ({_PAIR}) (last_over_time({_times(**labels)}[{RANGE}]))"
    return f"({shown} and on ({_PAIR}) (({new}) or ({made}) or ({untold})))"


def _asked_in_range(**labels: str) -> str:
    """Return request times within the range, whenever the payout was seen."""
    asked = f"max by ({_PAIR}) ({_known(_times(**labels))})"
    return f"(({asked} > time() - $__range_s) <= time())"


def data_shown() -> str:
    """Return 1 for invented data, 2 for invented among real, and 4 more for a log counted twice."""
    demo = f"max_over_time({series('zenmux_exporter_demo', EXPORTER)}[{RANGE}])"
    newest = series("zenmux_last_request_timestamp_seconds", EXPORTER)
    # Two that read one log are scraped at different times: only where no request came between do
    # they tell the same, but then to the millisecond. An hour has such moments.
    same = f'(max(count_values("newest", {newest})) > bool 1)[{PAUSE}:1m]'
    twice = f"max_over_time({same}) or vector(0)"
    return f"max({demo}) + (max({demo}) > bool min({demo})) + 4 * scalar({twice})"


def gauge(metric: str) -> str:
    """Return the present value of a gauge of each exporter."""
    return series(metric, EXPORTER)


def worst(metric: str) -> str:
    """Return the smallest of all exporters: 0 where any of them says no."""
    return f"min({gauge(metric)})"


def age(metric: str) -> str:
    """Return seconds since the newest time that any exporter tells."""
    return f"clamp_min(time() - max({gauge(metric)}), 0)"


def source_gauge(metric: str) -> str:
    """Return a gauge by source."""
    return f"sum by (source) ({series(metric, SOURCES)})"


def source_age(metric: str) -> str:
    """Return seconds since a source was read last."""
    return f"clamp_min(time() - max by (source) ({series(metric, SOURCES)}), 0)"


def read(metric: str, window: str, *by: str) -> str:
    """Return what was counted of the lines of sources."""
    return counted(series(metric, SOURCES), window, *by)


def happened(metric: str, window: str, *by: str) -> str:
    """Return what the exporter counted of itself."""
    return counted(series(metric, EXPORTER), window, *by)


def largest(metric: str, *by: str) -> str:
    """Return a gauge, added up over exporters, by the given labels."""
    return f"sum by ({', '.join(by)}) ({gauge(metric)})" if by else f"sum({gauge(metric)})"


def invalid_records() -> str:
    """Return log lines rejected in the range; 0 where lines were read and all were well."""
    bad = happened("zenmux_exporter_invalid_records_total", RANGE)
    return f"{bad} or 0 * {largest('zenmux_exporter_ready')}"


def invalid_share() -> str:
    """Return rejected lines over all lines read in the range."""
    every = read("zenmux_exporter_records_total", RANGE)
    bad = counted(series("zenmux_exporter_records_total", SOURCES, result="invalid"), RANGE)
    return f"{bad} / ({every} > 0)"


def build() -> str:
    """Return a row for each exporter's version."""
    return (
        f"max by (job, instance, version, python_version) ({gauge('zenmux_exporter_build_info')})"
    )


def cpu() -> str:
    """Return the processor time that exporters use, in seconds a second."""
    used = series("process_cpu_seconds_total", EXPORTER)
    return f"sum by (instance) (rate({used}[$__rate_interval]))"


def commit_quantile(share: float) -> str:
    """Return how long commits took."""
    return _own_quantile(share, "zenmux_exporter_checkpoint_duration_seconds")


def loop_quantile(share: float) -> str:
    """Return how late the event loop was."""
    return _own_quantile(share, "zenmux_exporter_event_loop_lag_seconds")


def _own_quantile(share: float, histogram: str) -> str:
    # Kept by the process, so that it starts at 0 with it: a rate, which knows of restarts.
    seen = f"rate({series(f'{histogram}_bucket', EXPORTER)}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by (le) ({seen}))"
