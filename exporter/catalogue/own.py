"""The exporter's metrics about itself: sources, limits, ledger, process."""

from .metric import Kind, Metric, Scope, counter, gauge

RECORDS = counter(
    "zenmux_exporter_records_total",
    Scope.SOURCE,
    ("source", "result"),
    "Records read by result: accepted, amended, duplicate, pending or invalid.",
)

INVALID_RECORDS = counter(
    "zenmux_exporter_invalid_records_total",
    Scope.SOURCE,
    ("source", "reason"),
    "Invalid records by the first rule that they broke.",
)

FIELD_FAULTS = counter(
    "zenmux_exporter_field_faults_total",
    Scope.SOURCE,
    ("source", "field", "reason"),
    "Fields of valid records that were ignored because of a wrong type or value.",
)

SOURCE_BYTES = counter(
    "zenmux_exporter_source_bytes_total",
    Scope.SOURCE,
    ("source",),
    "Bytes of log read and counted, decompressed.",
)

SOURCE_NUL_BYTES = counter(
    "zenmux_exporter_source_nul_bytes_total",
    Scope.SOURCE,
    ("source",),
    "NUL bytes in logs: holes left by a truncation or a power loss.",
)

SOURCE_LOST_BYTES = counter(
    "zenmux_exporter_source_lost_bytes_total",
    Scope.SOURCE,
    ("source",),
    "Bytes of log known to be lost: the file was gone before it was read to its end.",
)

KAFKA_SKIPPED_MESSAGES = counter(
    "zenmux_exporter_kafka_skipped_messages_total",
    Scope.SOURCE,
    ("source", "partition"),
    "Messages that the broker had removed before they were read, by their offsets.",
)

KAFKA_RESETS = counter(
    "zenmux_exporter_kafka_resets_total",
    Scope.SOURCE,
    ("source", "partition"),
    "Times that a partition was read from its start again: its topic was recreated or truncated.",
)

LABEL_OVERFLOW = counter(
    "zenmux_exporter_label_overflow_total",
    Scope.EXPORTER,
    ("label",),
    "Label values folded into other because a limit was reached.",
)

UNKNOWN_VALUES = counter(
    "zenmux_exporter_unknown_values_total",
    Scope.EXPORTER,
    ("field",),
    "Values that no rule lists, by field: new words to check.",
)

BILLING_MISMATCH = counter(
    "zenmux_exporter_billing_mismatch_total",
    Scope.EXPORTER,
    (),
    "Bills whose items did not add up to the total.",
)

TOKEN_MISMATCH = counter(
    "zenmux_exporter_token_mismatch_total",
    Scope.EXPORTER,
    (),
    "Usage whose total fits no way of adding up its parts.",
)

CONFLICTS = counter(
    "zenmux_exporter_conflicts_total",
    Scope.EXPORTER,
    ("field",),
    "Later records of a generation that differ from the counted one, by field.",
)

IDS_EVICTED = counter(
    "zenmux_exporter_ids_evicted_total",
    Scope.EXPORTER,
    (),
    "Generation ids forgotten because the id window was full.",
)

INGEST: tuple[Metric, ...] = (
    RECORDS,
    INVALID_RECORDS,
    FIELD_FAULTS,
    SOURCE_BYTES,
    SOURCE_NUL_BYTES,
    SOURCE_LOST_BYTES,
    KAFKA_SKIPPED_MESSAGES,
    KAFKA_RESETS,
    LABEL_OVERFLOW,
    UNKNOWN_VALUES,
    BILLING_MISMATCH,
    TOKEN_MISMATCH,
    CONFLICTS,
    IDS_EVICTED,
)

SERIES = gauge("zenmux_exporter_series", Scope.STATE, ("family",), "Series held by family.")

IDS = gauge("zenmux_exporter_ids", Scope.STATE, (), "Generation ids remembered.")

STATE: tuple[Metric, ...] = (
    SERIES,
    IDS,
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
        "Unix time at which something was last read from the source.",
    ),
    gauge(
        "zenmux_exporter_kafka_lag_messages",
        Scope.PROCESS,
        ("source", "partition"),
        "Messages of a Kafka partition not read yet.",
    ),
    gauge(
        "zenmux_exporter_kafka_offset",
        Scope.PROCESS,
        ("source", "partition"),
        "Offset of the next message of a Kafka partition.",
    ),
    Metric(
        "zenmux_exporter_kafka_errors_total",
        "Times that a Kafka topic became unreadable, by the client's name for the error.",
        Kind.COUNTER,
        Scope.PROCESS,
        ("source", "kind"),
    ),
    gauge(
        "zenmux_exporter_source_files",
        Scope.PROCESS,
        ("source", "state"),
        "Files by state: reading, done, copy, unreadable, missing (a path that leads to no file), "
        "lost (gone before it was read to its end) or beyond_cap (too many files).",
    ),
    gauge(
        "zenmux_exporter_build_info",
        Scope.PROCESS,
        ("version", "python_version", "compiled"),
        "Version of the exporter, and whether its hot modules are compiled; always 1.",
    ),
    Metric(
        "zenmux_exporter_compensated_requests_unseen_total",
        "Compensated requests dropped from the gauges before they were scraped twice.",
        Kind.COUNTER,
        Scope.PROCESS,
    ),
    Metric(
        "zenmux_exporter_request_facts_evicted_total",
        "Facts of requests dropped before storage.facts_days had passed: facts_window was full.",
        Kind.COUNTER,
        Scope.PROCESS,
    ),
    Metric(
        "zenmux_exporter_request_facts_missing_total",
        "Payouts of known requests whose facts were no longer kept.",
        Kind.COUNTER,
        Scope.PROCESS,
    ),
    gauge("zenmux_exporter_ready", Scope.PROCESS, (), "1 when /-/ready answers 200."),
    gauge("zenmux_exporter_demo", Scope.PROCESS, (), "1 when the data is the demo's, else 0."),
    gauge(
        "zenmux_exporter_config_last_reload_successful",
        Scope.PROCESS,
        (),
        "1 if the last load of the configuration succeeded, else 0.",
    ),
    gauge(
        "zenmux_exporter_web_config_last_reload_successful",
        Scope.PROCESS,
        (),
        "1 if the last read of the web configuration file succeeded or there is none, else 0.",
    ),
    gauge("zenmux_exporter_http_connections", Scope.PROCESS, (), "HTTP connections open."),
    Metric(
        "zenmux_exporter_http_refused_total",
        "Refused HTTP requests and closed connections, by reason.",
        Kind.COUNTER,
        Scope.PROCESS,
        ("reason",),
    ),
    Metric(
        "zenmux_exporter_push_requests_total",
        "Pushed batches, including OTLP requests, by the status code of the answer.",
        Kind.COUNTER,
        Scope.PROCESS,
        ("code",),
    ),
    Metric(
        "zenmux_exporter_otlp_ignored_total",
        "Spans and log records in OTLP requests that are not model calls, by signal.",
        Kind.COUNTER,
        Scope.PROCESS,
        ("signal",),
    ),
    gauge(
        "zenmux_exporter_ledger_created_timestamp_seconds",
        Scope.PROCESS,
        (),
        "Unix time at which the ledger was created; it changes if another ledger is used.",
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
        "Bytes of log after the committed positions at the last start.",
    ),
    Metric(
        "zenmux_exporter_checkpoint_failures_total",
        "Commits that failed and were retried.",
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
