"""The exporter as a process: ready, committed, bounded, quick."""

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries

from .. import health
from ..common import BYTES, COUNT, DATASOURCE, GREEN, SECONDS, TEXT, VERMILION, WHOLE, rows
from ..kinds import lines, number, ranking, state
from ..queries import RANGE, top
from ..sdk import transformation

_PREFIX = "zenmux_exporter_"
_DOWN = "Not scraped"


def ready() -> stat.Panel:
    """Say whether everything that existed at the start is counted."""
    return state(
        "Ready",
        "Whether every selected exporter has counted the logs that it found at its start.",
        health.worst(f"{_PREFIX}ready"),
        {"1": ("Ready", GREEN), "0": ("Still counting", VERMILION)},
        _DOWN,
    )


def reloaded() -> stat.Panel:
    """Say whether the configuration is the one on disk."""
    return state(
        "Configuration",
        "Whether the last loading of the configuration succeeded; else the former one is in use.",
        health.worst(f"{_PREFIX}config_last_reload_successful"),
        {"1": ("Loaded", GREEN), "0": ("Faulty, former one in use", VERMILION)},
        _DOWN,
    )


def last_commit() -> stat.Panel:
    """Return how long ago totals were made durable."""
    return number(
        "Last commit",
        "Time since totals and read positions were last made durable, at the end of the range.",
        health.age(f"{_PREFIX}checkpoint_last_success_timestamp_seconds"),
        SECONDS,
        _DOWN,
    )


def failures() -> stat.Panel:
    """Return commits that failed."""
    return _happened(
        "Failed commits",
        "Commits of the range that failed and were tried again, since the process began; while "
        "one fails, nothing new is shown.",
        f"{_PREFIX}checkpoint_failures_total",
    )


def mismatches() -> stat.Panel:
    """Return bills whose items did not add up."""
    return _happened(
        "Bills that don't add up",
        "Bills in the range whose items did not add up to their total; the total was kept.",
        f"{_PREFIX}billing_mismatch_total",
    )


def evicted() -> stat.Panel:
    """Return ids that were forgotten."""
    return _happened(
        "Forgotten ids",
        "Generation ids forgotten in the range because the id window was full. A log line with "
        "such an id would count again.",
        f"{_PREFIX}ids_evicted_total",
    )


def unseen() -> stat.Panel:
    """Return rows of the details that Prometheus missed."""
    return _happened(
        "Details not scraped",
        "Compensated requests of the range that left the details table before Prometheus saw "
        "them twice. Totals are not concerned.",
        f"{_PREFIX}compensated_requests_unseen_total",
    )


def _happened(title: str, description: str, metric: str) -> stat.Panel:
    return number(title, description, health.happened(metric, RANGE), WHOLE, _DOWN).decimals(0)


def ids() -> stat.Panel:
    """Return how many ids are remembered."""
    return number(
        "Ids remembered",
        "Generation ids that the exporter knows, so that none counts twice.",
        health.largest(f"{_PREFIX}ids"),
        WHOLE,
        _DOWN,
    ).decimals(0)


def ledger_size() -> stat.Panel:
    """Return the size of the ledger."""
    return number(
        "Ledger size",
        "Size of the exporter's ledger on disk.",
        health.largest(f"{_PREFIX}checkpoint_size_bytes"),
        BYTES,
        _DOWN,
    )


def replayed() -> stat.Panel:
    """Return how much was read at the last start."""
    return number(
        "Caught up at start",
        "Bytes of log behind the committed positions when the exporter last started.",
        health.largest(f"{_PREFIX}checkpoint_replayed_bytes"),
        BYTES,
        _DOWN,
    )


def series() -> bargauge.Panel:
    """Return how many series each family has."""
    return ranking(
        "Series by family",
        "Series that the exporter shows, of the ten largest families; Other is all the rest.",
        top(health.largest(f"{_PREFIX}series", "family"), "family"),
        "{{family}}",
        COUNT,
        empty=_DOWN,
    )


def commits() -> timeseries.Panel:
    """Return how long commits took."""
    return lines(
        "Time of commits",
        "95 % and half of the commits took no longer than this.",
        {"95 %": health.commit_quantile(0.95), "median": health.commit_quantile(0.5)},
        SECONDS,
        empty="No commits in this range",
    )


def loop_lag() -> timeseries.Panel:
    """Return how late the event loop was."""
    return lines(
        "Event loop lag",
        "95 % and half of the timers were no later than this. Above a second scrapes get slow.",
        {"95 %": health.loop_quantile(0.95), "median": health.loop_quantile(0.5)},
        SECONDS,
        empty=_DOWN,
    )


def cpu() -> timeseries.Panel:
    """Return the processor time used."""
    return lines(
        "Processor time",
        "Seconds of processor time a second: 1 is a whole core.",
        {"{{instance}}": health.cpu()},
        COUNT,
        empty="Not told on this platform",
    )


def memory() -> timeseries.Panel:
    """Return the memory used."""
    return lines(
        "Memory",
        "Resident memory of each exporter.",
        {"{{instance}}": health.largest("process_resident_memory_bytes", "instance")},
        BYTES,
        empty="Not told on this platform",
    )


def versions() -> table.Panel:
    """Return what runs where."""
    names = {
        "job": "Job",
        "instance": "Instance",
        "version": "Exporter",
        "python_version": "Python",
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
        .with_target(rows(health.build()))
        .with_transformation(transformation("organize", options))
        .unit(TEXT)
        .no_value(_DOWN)
    )
