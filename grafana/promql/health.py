"""Measures of the exporter itself: its sources, ledger and process."""

from exporter.catalogue.levels import READY

from .aggregations import ratio, sum_by
from .measures import counted
from .selectors import EXPORTERS, RANGE, SOURCES, gauge

RECORDS = "zenmux_exporter_records_total"
INVALID = "zenmux_exporter_invalid_records_total"


def latest(selector: str) -> str:
    """Return the last value of each series in the range; the range may end in the future."""
    return f"last_over_time({selector}[{RANGE}])"


def demo_data() -> str:
    """Return a value if any data in the range is from the demo."""
    return f"max(max_over_time({gauge('zenmux_exporter_demo')}[{RANGE}])) > 0"


def counted_twice() -> str:
    """Return how many exporters have the same newest request, if there are several.

    Two exporters that read the same log have the same newest request, to the millisecond, unless a
    request arrives between their scrapes.
    """
    newest = latest(gauge("zenmux_last_request_timestamp_seconds"))
    return f'max(count_values("newest", {newest})) > 1'


def down() -> str:
    """Return how many exporters Prometheus can't reach."""
    return f"count({latest(gauge('up'))} == 0)"


def rules_missing() -> str:
    """Return how many exporters are ready according to their scrape, but not to the rules."""
    ready = f"{latest(gauge('zenmux_exporter_ready'))} == 1"
    return f"count({ready} unless on (job, instance) {latest(gauge(READY))})"


def nothing() -> str:
    """Return 1 if no exporter was scraped and there is no history."""
    scraped = latest(gauge("zenmux_exporter_build_info"))
    return f"absent({scraped} or {latest(gauge(READY))})"


def minimum(metric: str) -> str:
    """Return the minimum over exporters: 0 if a flag is 0 on any of them."""
    return f"min({latest(gauge(metric))})"


def seconds_since(metric: str) -> str:
    """Return the seconds from the newest timestamp of any exporter to the last evaluation."""
    newest = latest(gauge(metric))
    return f"clamp_min(max({latest(gauge(READY))}) - max({newest}), 0)"


def source_gauge(metric: str, by: str = "source") -> str:
    """Return a gauge of sources by a label, summed over exporters."""
    return sum_by(gauge(metric, *SOURCES.filters), by)


def latest_source_gauge(metric: str, by: str) -> str:
    """Return the last value of a gauge of sources in the range, by a label."""
    return sum_by(latest(gauge(metric, *SOURCES.filters)), by)


def seconds_since_read(metric: str) -> str:
    """Return the seconds since the timestamp of each source."""
    return f"clamp_min(time() - max by (source) ({gauge(metric, *SOURCES.filters)}), 0)"


def source_increase(metric: str, window: str, *by: str) -> str:
    """Return the increase of a counter that has a label `source`."""
    return counted(SOURCES, metric, window, *by)


def exporter_increase(metric: str, window: str, *by: str) -> str:
    """Return the increase of a counter of the exporter itself that is kept in its ledger."""
    return counted(EXPORTERS, metric, window, *by)


def process_increase(metric: str, *by: str) -> str:
    """Estimate the increase of a counter that resets with each process."""
    return sum_by(f"increase({gauge(metric)}[{RANGE}])", *by)


def gauge_sum(metric: str, *by: str) -> str:
    """Return a gauge summed over exporters, by the given labels."""
    return sum_by(gauge(metric), *by)


def latest_sum(metric: str, *by: str) -> str:
    """Return the last value of a gauge in the range, summed over exporters."""
    return sum_by(latest(gauge(metric)), *by)


def invalid_records() -> str:
    """Return the log lines rejected in the range; 0 if an exporter ran and rejected none."""
    return f"{exporter_increase(INVALID, RANGE)} or {none_counted()}"


def none_counted() -> str:
    """Return 0 if an exporter was evaluated in the range, to tell zero from no data."""
    return f"0 * max({latest(gauge(READY))})"


def invalid_share() -> str:
    """Return the share of lines in the range that were rejected."""
    rejected = counted(SOURCES, RECORDS, RANGE, result="invalid")
    return ratio(f"({rejected} or {none_counted()})", source_increase(RECORDS, RANGE))


def build_info() -> str:
    """Return a series per exporter with its versions as labels."""
    info = latest(gauge("zenmux_exporter_build_info"))
    return f"max by (job, instance, version, python_version, compiled) ({info})"


def cpu() -> str:
    """Return the CPU seconds that exporters use per second."""
    used = gauge("process_cpu_seconds_total")
    return f"sum by (instance) (rate({used}[$__rate_interval]))"


def commit_quantile(share: float) -> str:
    """Return a quantile of the duration of commits."""
    return _quantile(share, "zenmux_exporter_checkpoint_duration_seconds")


def loop_quantile(share: float) -> str:
    """Return a quantile of the event loop's lag."""
    return _quantile(share, "zenmux_exporter_event_loop_lag_seconds")


def _quantile(share: float, histogram: str) -> str:
    # Not in the ledger, so it resets with the process: rate() handles resets.
    seen = f"rate({gauge(f'{histogram}_bucket')}[$__rate_interval])"
    return f"histogram_quantile({share}, sum by (le) ({seen}))"
