"""The exporter's process: readiness, commits, ledger, memory, CPU."""

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries

from ..builders.charts import lines, ranking
from ..builders.colours import GREEN, VERMILION
from ..builders.numbers import number, state
from ..builders.sdk import transformation
from ..builders.targets import DATASOURCE, table_query
from ..builders.units import BYTES, COUNT, EXACT_COUNT, SECONDS, TEXT
from ..promql import health
from ..promql.rankings import top_of
from ..promql.selectors import RANGE

_PREFIX = "zenmux_exporter_"
_DOWN = "Not scraped"


def ready() -> stat.Panel:
    """Return whether all lines present at the start are counted."""
    return state(
        "Ready",
        "Whether every selected exporter has counted the logs that it found at its start.",
        health.minimum(f"{_PREFIX}ready"),
        {"1": ("Ready", GREEN), "0": ("Still counting", VERMILION)},
        _DOWN,
    )


def reloaded() -> stat.Panel:
    """Return whether the last reload of the configuration succeeded."""
    return state(
        "Configuration",
        "Whether the last load of the configuration succeeded; otherwise the previous one is in "
        "use.",
        health.minimum(f"{_PREFIX}config_last_reload_successful"),
        {"1": ("Loaded", GREEN), "0": ("Faulty, previous one in use", VERMILION)},
        _DOWN,
    )


def last_commit() -> stat.Panel:
    """Return the time since the last commit."""
    return number(
        "Last commit",
        "Time since totals and read positions were last made durable, at the end of the range.",
        health.seconds_since(f"{_PREFIX}checkpoint_last_success_timestamp_seconds"),
        SECONDS,
        _DOWN,
    )


def commit_failures() -> stat.Panel:
    """Return the number of failed commits."""
    return _of_process(
        "Failed commits",
        "Commits of the range that failed and were retried, since the process began; while one "
        "fails, nothing new is shown.",
        f"{_PREFIX}checkpoint_failures_total",
    )


def billing_mismatches() -> stat.Panel:
    """Return the number of bills whose items don't add up."""
    return _increase(
        "Bills that don't add up",
        "Bills in the range whose items did not add up to their total; the total was kept.",
        f"{_PREFIX}billing_mismatch_total",
    )


def token_mismatches() -> stat.Panel:
    """Return how often the token counts of a request don't add up."""
    return _increase(
        "Tokens that don't add up",
        "Usage in the range whose total fits no way of adding up its parts; the rule of its "
        "protocol was kept.",
        f"{_PREFIX}token_mismatch_total",
    )


def evicted_ids() -> stat.Panel:
    """Return the number of ids evicted from the deduplication index."""
    return _increase(
        "Forgotten ids",
        "Generation ids forgotten in the range because the id window was full. A log line with "
        "such an id would count again.",
        f"{_PREFIX}ids_evicted_total",
    )


def evicted_facts() -> stat.Panel:
    """Return the number of requests whose facts were dropped too early."""
    return _of_process(
        "Facts dropped early",
        "Requests whose facts were dropped in the range before `storage.facts_days` had passed, "
        "since the process began. Raise `storage.facts_window` to keep them.",
        f"{_PREFIX}request_facts_evicted_total",
    )


def missing_facts() -> stat.Panel:
    """Return the number of payouts whose request's facts were gone."""
    return _of_process(
        "Payouts without facts",
        "Payouts of the range for known requests whose facts were no longer kept, since the "
        "process began. Their details show `unknown`; totals are not affected.",
        f"{_PREFIX}request_facts_missing_total",
    )


def unseen_details() -> stat.Panel:
    """Return the number of compensated requests that Prometheus missed."""
    return _of_process(
        "Details not scraped",
        "Compensated requests of the range that left the details table before Prometheus saw "
        "them twice, since the process began. Totals are not affected.",
        f"{_PREFIX}compensated_requests_unseen_total",
    )


def _increase(title: str, description: str, metric: str) -> stat.Panel:
    increase = f"{health.exporter_increase(metric, RANGE)} or {health.none_counted()}"
    return number(title, description, increase, EXACT_COUNT, _DOWN).decimals(0)


def _of_process(title: str, description: str, metric: str) -> stat.Panel:
    return number(title, description, health.process_increase(metric), EXACT_COUNT, _DOWN).decimals(
        0
    )


def ids() -> stat.Panel:
    """Return the size of the deduplication index."""
    return number(
        "Ids remembered",
        "Generation ids that the exporter knows, so that none counts twice.",
        health.latest_sum(f"{_PREFIX}ids"),
        EXACT_COUNT,
        _DOWN,
    ).decimals(0)


def ledger_size() -> stat.Panel:
    """Return the size of the ledger."""
    return number(
        "Ledger size",
        "Size of the exporter's ledger on disk.",
        health.latest_sum(f"{_PREFIX}checkpoint_size_bytes"),
        BYTES,
        _DOWN,
    )


def ledger_age() -> stat.Panel:
    """Return the time since the ledger was created."""
    return number(
        "Ledger age",
        "Time since the newest of the exporters' ledgers was created, at the end of the range. "
        "What a new ledger counts before it is ready is history, and is in no range.",
        health.seconds_since(f"{_PREFIX}ledger_created_timestamp_seconds"),
        SECONDS,
        _DOWN,
    )


def replayed() -> stat.Panel:
    """Return the bytes replayed at the last start."""
    return number(
        "Caught up at start",
        "Bytes of log after the committed positions when the exporter last started.",
        health.latest_sum(f"{_PREFIX}checkpoint_replayed_bytes"),
        BYTES,
        _DOWN,
    )


def series() -> bargauge.Panel:
    """Return the number of series by family."""
    return ranking(
        "Series by family",
        "Series that the exporter shows, of the ten largest families; Other is all the rest.",
        top_of(health.latest_sum(f"{_PREFIX}series", "family"), "family"),
        COUNT,
        empty=_DOWN,
    )


def commits() -> timeseries.Panel:
    """Return quantiles of the duration of commits."""
    return lines(
        "Time of commits",
        "95 % and half of the commits took no longer than this.",
        {"95 %": health.commit_quantile(0.95), "median": health.commit_quantile(0.5)},
        SECONDS,
        empty="No commits in this range",
    )


def loop_lag() -> timeseries.Panel:
    """Return quantiles of the event loop's lag."""
    return lines(
        "Event loop lag",
        "95 % and half of the timers were no later than this. Above a second scrapes get slow.",
        {"95 %": health.loop_quantile(0.95), "median": health.loop_quantile(0.5)},
        SECONDS,
        empty=_DOWN,
    )


def cpu() -> timeseries.Panel:
    """Return the CPU time used."""
    return lines(
        "CPU time",
        "CPU seconds per second: 1 is a whole core.",
        {"{{instance}}": health.cpu()},
        COUNT,
        empty="Not available on this platform",
    )


def memory() -> timeseries.Panel:
    """Return the memory used."""
    return lines(
        "Memory",
        "Resident memory of each exporter.",
        {"{{instance}}": health.gauge_sum("process_resident_memory_bytes", "instance")},
        BYTES,
        empty="Not available on this platform",
    )


def versions() -> table.Panel:
    """Return a table of exporters with their versions."""
    names = {
        "job": "Job",
        "instance": "Instance",
        "version": "Exporter",
        "python_version": "Python",
        "compiled": "Compiled",
    }
    options: dict[str, object] = {
        "excludeByName": {"Time": True, "Value": True},
        "includeByName": {},
        "indexByName": {name: index for index, name in enumerate(names)},
        "renameByName": names,
    }
    return (
        table.Panel()
        .title("Exporters")
        .description("Every exporter that is scraped, with its version.")
        .datasource(DATASOURCE)
        .with_target(table_query(health.build_info()))
        .with_transformation(transformation("organize", options))
        .unit(TEXT)
        .no_value(_DOWN)
    )
