"""Measures of the exporter itself: its sources, ledger and process."""

from .increases import increase
from .selectors import EXPORTER_FILTERS, LOOKBACK, RANGE, SOURCE_FILTERS, series


def data_origin() -> str:
    """Return 1 for demo data, 2 for demo data mixed with real, plus 4 if a log is counted twice."""
    demo = f"max_over_time({series('zenmux_exporter_demo', EXPORTER_FILTERS)}[{RANGE}])"
    newest = series("zenmux_last_request_timestamp_seconds", EXPORTER_FILTERS)
    # Two exporters that read one log have the same newest request, to the millisecond, whenever
    # no request came between their scrapes. That happens within an hour.
    same = f'(max(count_values("newest", {newest})) > bool 1)[{LOOKBACK}:1m]'
    twice = f"max_over_time({same}) or vector(0)"
    return f"max({demo}) + (max({demo}) > bool min({demo})) + 4 * scalar({twice})"


def gauge(metric: str) -> str:
    """Return the current value of a gauge of each exporter."""
    return series(metric, EXPORTER_FILTERS)


def minimum(metric: str) -> str:
    """Return the minimum over exporters: 0 if a flag is 0 on any of them."""
    return f"min({gauge(metric)})"


def seconds_since(metric: str) -> str:
    """Return the seconds since the newest timestamp of any exporter."""
    return f"clamp_min(time() - max({gauge(metric)}), 0)"


def source_gauge(metric: str, by: str = "source") -> str:
    """Return a gauge of sources by a label, summed over exporters."""
    return f"sum by ({by}) ({series(metric, SOURCE_FILTERS)})"


def seconds_since_read(metric: str) -> str:
    """Return the seconds since the timestamp of each source."""
    return f"clamp_min(time() - max by (source) ({series(metric, SOURCE_FILTERS)}), 0)"


def source_increase(metric: str, window: str, *by: str) -> str:
    """Return the increase of a counter that has a label `source`."""
    return increase(series(metric, SOURCE_FILTERS), window, *by)


def exporter_increase(metric: str, window: str, *by: str) -> str:
    """Return the increase of a counter of the exporter itself."""
    return increase(series(metric, EXPORTER_FILTERS), window, *by)


def gauge_sum(metric: str, *by: str) -> str:
    """Return a gauge summed over exporters, by the given labels."""
    return f"sum by ({', '.join(by)}) ({gauge(metric)})" if by else f"sum({gauge(metric)})"


def invalid_records() -> str:
    """Return the log lines rejected in the range; 0 if an exporter rejected none."""
    rejected = exporter_increase("zenmux_exporter_invalid_records_total", RANGE)
    return f"{rejected} or 0 * {gauge_sum('zenmux_exporter_ready')}"


def invalid_share() -> str:
    """Return the share of lines in the range that were rejected."""
    lines = source_increase("zenmux_exporter_records_total", RANGE)
    rejected = increase(
        series("zenmux_exporter_records_total", SOURCE_FILTERS, result="invalid"), RANGE
    )
    return f"{rejected} / ({lines} > 0)"


def build_info() -> str:
    """Return a series per exporter with its versions as labels."""
    return (
        f"max by (job, instance, version, python_version) ({gauge('zenmux_exporter_build_info')})"
    )


def cpu() -> str:
    """Return the CPU seconds that exporters use per second."""
    used = series("process_cpu_seconds_total", EXPORTER_FILTERS)
    return f"sum by (instance) (rate({used}[$__rate_interval]))"


def commit_quantile(share: float) -> str:
    """Return a quantile of the duration of commits."""
    return _quantile(share, "zenmux_exporter_checkpoint_duration_seconds")


def loop_quantile(share: float) -> str:
    """Return a quantile of the event loop's lag."""
    return _quantile(share, "zenmux_exporter_event_loop_lag_seconds")


def _quantile(share: float, histogram: str) -> str:
    # Not stored in the ledger, so it resets with the process: use rate(), which handles resets.
    seen = f"rate({series(f'{histogram}_bucket', EXPORTER_FILTERS)}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by (le) ({seen}))"
