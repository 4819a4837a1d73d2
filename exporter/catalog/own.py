"""The exporter's own metrics: what it read, folded, noticed and holds."""

from ..tally import SourceTally
from .metric import Kind, Metric, Pairs, Scope, by_word, counter, gauge, single

_RESULTS = ("accepted", "amended", "duplicate", "invalid")


def _results(tally: SourceTally) -> Pairs:
    return (((result,), tally.results.get(result, 0)) for result in _RESULTS)


def _always(number: int) -> Pairs:
    return (((), number),)


INGEST: tuple[Metric, ...] = (
    counter(
        "zenmux_exporter_records_total",
        Scope.SOURCE,
        ("source", "result"),
        _results,
        "Lines read by result: accepted, amended, duplicate or invalid.",
    ),
    counter(
        "zenmux_exporter_invalid_records_total",
        Scope.SOURCE,
        ("source", "reason"),
        lambda tally: by_word(tally.invalid),
        "Invalid lines by the first rule that they break.",
    ),
    counter(
        "zenmux_exporter_source_bytes_total",
        Scope.SOURCE,
        ("source",),
        lambda tally: single(tally.bytes),
        "Bytes of log read and counted, decompressed.",
    ),
    counter(
        "zenmux_exporter_label_overflow_total",
        Scope.EXPORTER,
        ("label",),
        lambda tally: by_word(tally.overflow),
        "Label values folded into other because a limit was reached.",
    ),
    counter(
        "zenmux_exporter_unknown_values_total",
        Scope.EXPORTER,
        ("field",),
        lambda tally: by_word(tally.unknown),
        "Values that no rule lists, by field: new words to look at.",
    ),
    counter(
        "zenmux_exporter_billing_mismatch_total",
        Scope.EXPORTER,
        (),
        lambda tally: _always(tally.mismatches),
        "Bills whose items did not add up to the total.",
    ),
    counter(
        "zenmux_exporter_ids_evicted_total",
        Scope.EXPORTER,
        (),
        lambda tally: _always(tally.evicted_ids),
        "Generation ids forgotten because the id window was full.",
    ),
    counter(
        "zenmux_exporter_compensated_requests_unseen_total",
        Scope.EXPORTER,
        (),
        lambda tally: _always(tally.unseen),
        "Compensated requests dropped from the gauges before they were scraped twice.",
    ),
)

STATE: tuple[Metric, ...] = (
    gauge("zenmux_exporter_series", Scope.STATE, ("family",), "Series held by family."),
    gauge("zenmux_exporter_ids", Scope.STATE, (), "Generation ids remembered."),
)

PROCESS: tuple[Metric, ...] = (
    gauge(
        "zenmux_exporter_source_lag_bytes",
        Scope.PROCESS,
        ("source",),
        "Bytes of log not read yet.",
    ),
    gauge(
        "zenmux_exporter_source_last_read_timestamp_seconds",
        Scope.PROCESS,
        ("source",),
        "Unix time at which the source last gave something to read.",
    ),
    gauge(
        "zenmux_exporter_build_info",
        Scope.PROCESS,
        ("version", "python_version", "compiled"),
        "Version of the exporter, and whether its compiled part is in use; always 1.",
    ),
    gauge("zenmux_exporter_ready", Scope.PROCESS, (), "1 when /-/ready answers 200."),
    gauge("zenmux_exporter_demo", Scope.PROCESS, (), "1 when the data is the demo's, else 0."),
    gauge(
        "zenmux_exporter_config_last_reload_successful",
        Scope.PROCESS,
        (),
        "1 when the last loading of the configuration succeeded.",
    ),
    gauge(
        "zenmux_exporter_checkpoint_last_success_timestamp_seconds",
        Scope.PROCESS,
        (),
        "Unix time of the last commit of totals and positions.",
    ),
    gauge(
        "zenmux_exporter_checkpoint_size_bytes", Scope.PROCESS, (), "Size of the ledger on disk."
    ),
    gauge(
        "zenmux_exporter_checkpoint_replayed_bytes",
        Scope.PROCESS,
        (),
        "Bytes of log behind the committed positions at the last start.",
    ),
    Metric(
        "zenmux_exporter_checkpoint_failures_total",
        "Commits that failed and were tried again.",
        Kind.COUNTER,
        Scope.PROCESS,
    ),
    Metric(
        "zenmux_exporter_checkpoint_duration_seconds",
        "Time that a commit took.",
        Kind.HISTOGRAM,
        Scope.PROCESS,
        buckets="0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5",
    ),
    Metric(
        "zenmux_exporter_event_loop_lag_seconds",
        "How late the event loop ran a timer.",
        Kind.HISTOGRAM,
        Scope.PROCESS,
        buckets="0.001 0.005 0.01 0.025 0.05 0.1 0.25 1",
    ),
)
