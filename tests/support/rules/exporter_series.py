"""Series and labels in the cases of alerts on the exporter."""

A = 'job="zenmux",instance="10.0.0.1:10464"'
B = 'job="zenmux",instance="10.0.0.2:10464"'
UP = f"up{{{A}}}"
OTHER = f"up{{{B}}}"
LINK = "zenmux-exporter?from=now-6h&to=now"
HERE = f"{LINK}&var-job=zenmux&var-instance=10.0.0.1%3A10464"
INSTANCE = {"job": "zenmux", "instance": "10.0.0.1:10464"}
CRITICAL = {"severity": "critical"}
WARNING = {"severity": "warning", **INSTANCE}
SOURCE = {"source": "main", **WARNING}
WEEK = 7 * 24 * 12
DAY = 96


def own(name: str, labels: str = "") -> str:
    """Return a series of the exporter."""
    return f"zenmux_exporter_{name}{{{A}{labels}}}"


FOREIGN = 'job="other",instance="10.0.0.9:10464"'
DEMO = own("demo")
STARTED = f"process_start_time_seconds{{{A}}}"
READY = own("ready")
LINES = own("records_total", ',source="main",result="accepted"')
INVALID = own("records_total", ',source="main",result="invalid"')
LAG = own("source_lag_bytes", ',source="main"')
ELSEWHERE = own("records_total", ',source="other",result="accepted"')
OVERFLOW = own("label_overflow_total", ',label="model"')
FAILURES = own("checkpoint_failures_total")
RELOADED = own("config_last_reload_successful")
WEB_RELOADED = own("web_config_last_reload_successful")
ON_TIME = own("event_loop_lag_seconds_bucket", ',le="0.25"')
TIMERS = own("event_loop_lag_seconds_count")
TOKENS = f'zenmux_time_to_first_token_seconds_count{{{A},model="m",provider="p",plan="payg"}}'
BUCKET = TOKENS.replace("_count{", "_bucket{").replace("}", ',le="13.0"}')
NOT_BOUND = BUCKET.replace("13.0", "12.0")
MISSING = own("source_files", ',source="main",state="missing"')
UNREADABLE = own("source_files", ',source="main",state="unreadable"')
BEYOND = own("source_files", ',source="main",state="beyond_cap"')
DONE = own("source_files", ',source="main",state="done"')
LOST = own("source_lost_bytes_total", ',source="main"')
SKIPPED = own("kafka_skipped_messages_total", ',source="main",partition="3"')
PARTITION_LAG = own("kafka_lag_messages", ',source="main",partition="3"')
FAULTS = own("field_faults_total", ',source="main",field="latency_ms",reason="bad_number"')
UNKNOWN = own("unknown_values_total", ',field="status"')
CONFLICTS = own("conflicts_total", ',field="model"')
INFO = {"severity": "info", **INSTANCE}
