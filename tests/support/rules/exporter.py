"""Cases of alerts on the exporter itself."""

from .promtool import Case, ramp

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
GONE_SILENT = (
    "Source main of 10.0.0.1:10464 (job zenmux) has given no line for an hour or more, although it"
    " was busy at this hour a week ago, or for a day or more although it used to give lines. Check"
    " that the application still writes, and that path and permissions still fit: the exporter's"
    " landing page shows each file's last error."
)

CASES = [
    Case(
        "ZenMuxAllExportersDown",
        {UP: "1x10 0x20 1x20"},
        20,
        "No exporter of job zenmux has answered Prometheus for 5 minutes, so all other ZenMux"
        " alerts are blind. Nothing is lost while the logs are kept: start the exporter, it "
        "goes on where it stopped.",
        f"{LINK}&var-job=zenmux",
        {"job": "zenmux", **CRITICAL},
        below={UP: "1x10 0x3 1x40", OTHER: "1x60"},
        resolved=35,
        spare=(UP,),
        note="down",
    ),
    Case(
        "ZenMuxAllExportersDown",
        {},
        10,
        "No exporter has answered Prometheus for 5 minutes, so all other ZenMux alerts are "
        "blind. Nothing is lost while the logs are kept: start the exporter, it goes on where"
        " it stopped.",
        LINK,
        CRITICAL,
        below={UP: "1x60"},
        note="never-there",
    ),
    Case(
        "ZenMuxAllExportersDown",
        {
            DEMO: "0x10 _x400",
            UP: "1x10 _x400",
            f"up{{{FOREIGN}}}": "1x500",
            f"zenmux_exporter_build_info{{{FOREIGN}}}": "1x500",
        },
        30,
        "No exporter of job zenmux has answered Prometheus for 5 minutes, so all other ZenMux"
        " alerts are blind. Nothing is lost while the logs are kept: start the exporter, it "
        "goes on where it stopped.",
        f"{LINK}&var-job=zenmux",
        {"job": "zenmux", **CRITICAL},
        below={DEMO: "1x10 _x400"},
        resolved=400,
        spare=(UP, f"up{{{FOREIGN}}}", f"zenmux_exporter_build_info{{{FOREIGN}}}"),
        note="vanished",
    ),
    Case(
        "ZenMuxAllExportersDown",
        {f"up{{{FOREIGN}}}": "1x10 0x600", f"zenmux_exporter_build_info{{{FOREIGN}}}": "1x10"},
        500,
        "No exporter of job other has answered Prometheus for 5 minutes, so all other ZenMux"
        " alerts are blind. Nothing is lost while the logs are kept: start the exporter, it "
        "goes on where it stopped.",
        f"{LINK}&var-job=other",
        {"job": "other", **CRITICAL},
        below={
            f"up{{{FOREIGN}}}": "1x600",
            f"zenmux_exporter_build_info{{{FOREIGN}}}": "1x600",
        },
        spare=(f"up{{{FOREIGN}}}", f"zenmux_exporter_build_info{{{FOREIGN}}}"),
        step=5,
        note="down-for-days",
    ),
    Case(
        "ZenMuxExporterDown",
        {UP: "1x10 0x20 1x20", OTHER: "1x60"},
        20,
        "10.0.0.1:10464 (job zenmux) has not answered Prometheus for 5 minutes; its requests "
        "are missing from every dashboard and alert. Nothing is lost while its logs are kept:"
        " look at its process and log, and start it again.",
        HERE,
        WARNING,
        below={UP: "1x10 0x3 1x40"},
        resolved=35,
    ),
    Case(
        "ZenMuxExporterRestarting",
        {UP: "1x200", STARTED: "1e9+60x5 1e9x100"},
        20,
        "10.0.0.1:10464 (job zenmux) restarted 6 times in the last hour. Totals stay exact, "
        "but they are late. Its log tells why it ends; look for the machine's out-of-memory "
        "killer and for a health check that is too strict.",
        HERE,
        WARNING,
        below={STARTED: "1e9+60x3 1000000180x100"},
        resolved=80,
    ),
    Case(
        "ZenMuxExporterNotReady",
        {READY: "0x40 1x20"},
        35,
        "10.0.0.1:10464 (job zenmux) has not been ready for 30 minutes. GET /-/ready on it "
        "tells why: existing content is still being counted, or its ledger cannot be written.",
        HERE,
        WARNING,
        below={READY: "0x25 1x40"},
        resolved=45,
    ),
    Case(
        "ZenMuxNothingRead",
        {READY: "1x200", LAG: "0x200", ELSEWHERE: "0x200"},
        130,
        "Source main of 10.0.0.1:10464 (job zenmux) has given no line since it was configured, for "
        "2 hours at least, so nothing of it is counted. Check its path and permissions: the "
        "exporter's landing page shows what it found and each file's last error.",
        HERE,
        SOURCE,
        below={LINES: "0x200"},
        also={"not ready": {READY: "0x200"}},
        spare=(ELSEWHERE,),
    ),
    Case(
        "ZenMuxPathMissing",
        {MISSING: "0x5 2x30 0x20"},
        25,
        "For 15 minutes, 2 of the paths of source main of 10.0.0.1:10464 (job zenmux) led to no"
        " file: nothing of them is counted. The exporter's landing page names them and tells "
        "why. Fix the path, or start the application that writes there.",
        HERE,
        {"state": "missing", **SOURCE},
        below={MISSING: "0x60", DONE: "2x60"},
        # As while a log is rotated.
        also={"for a moment": {MISSING: "0x15 1x5 0x5 1x5 0x30"}},
        resolved=45,
    ),
    Case(
        "ZenMuxFileUnreadable",
        {UNREADABLE: "0x5 1x30 0x20"},
        25,
        "For 15 minutes, 1 of the files of source main of 10.0.0.1:10464 (job zenmux) could not"
        " be read: totals lack what they hold. The exporter's landing page tells the reason of "
        "each. Give the exporter's user permission to read them, and replace damaged archives; "
        "nothing needs a restart. Of Kafka, partitions are meant: see the reason there.",
        HERE,
        {"state": "unreadable", **SOURCE},
        below={UNREADABLE: "0x60", DONE: "1x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxFilesBeyondCap",
        {BEYOND: "0x5 30x30 0x20"},
        25,
        "The exporter leaves out 30 of the files of source main of 10.0.0.1:10464 (job zenmux),"
        " because there are more than storage.max_files. Move files away that are read, narrow "
        "the path, or raise the limit.",
        HERE,
        {"state": "beyond_cap", **SOURCE},
        below={BEYOND: "0x60", DONE: "30x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxLogLost",
        {LOST: ramp((10, 0), (1, 2048), (100, 0))},
        20,
        "2kiB of source main of 10.0.0.1:10464 (job zenmux) were gone in the last hour before "
        "they were read: totals lack what they held. The exporter's log names the files. If a "
        "copy exists, put it beside the log: records with an id count once. Keep rotated files "
        "longer.",
        HERE,
        SOURCE,
        below={LOST: ramp((111, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxKafkaMessagesSkipped",
        {SKIPPED: ramp((10, 0), (1, 59), (100, 0))},
        20,
        "59 messages of source main of 10.0.0.1:10464 (job zenmux) had left Kafka in the last hour "
        "before they were read: totals lack what they held. The exporter's log names the "
        "partitions. Raise the topic's retention above the longest time without the exporter. If "
        "the records can be produced again, do: those with an id count once.",
        HERE,
        SOURCE,
        below={SKIPPED: ramp((111, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxKafkaLagging",
        {PARTITION_LAG: "0x5 11e4+1e4x40 0x20"},
        30,
        "Partition 3 of source main of 10.0.0.1:10464 (job zenmux) has 350k messages unread, and "
        "that is not shrinking: all numbers are late, and what Kafka's retention removes is lost. "
        "Look at the partition's last error on the exporter's landing page, and at the exporter's "
        "CPU; more replicas share the partitions.",
        HERE,
        {"partition": "3", **SOURCE},
        below={PARTITION_LAG: "0x5 9e4x60"},
        thin={PARTITION_LAG: "200e4-1e4x100"},
        resolved=60,
    ),
    Case(
        "ZenMuxSourceStale",
        {LINES: ramp((WEEK + 12, 6), (24, 0), (24, 6))},
        WEEK + 34,
        GONE_SILENT,
        HERE,
        SOURCE,
        below={LINES: ramp((WEEK + 12, 6), (18, 0.1), (24, 6))},
        thin={LINES: ramp((WEEK + 12, 4.8), (24, 0), (24, 6))},
        # As after a change to summer time, when hours of a week ago began later.
        also={"later": {LINES: ramp((24, 0), (WEEK - 12, 6), (24, 0))}},
        resolved=WEEK + 55,
        step=5,
        note="quiet-hour",
    ),
    Case(
        "ZenMuxSourceStale",
        {LINES: ramp((7 * DAY, 0.65), (DAY + 3, 0), (12, 1))},
        8 * DAY + 3,
        GONE_SILENT,
        HERE,
        SOURCE,
        below={LINES: ramp((7 * DAY, 0.65), (DAY - 12, 0), (24, 1))},
        # Silent on this weekend and the last.
        thin={LINES: ramp((DAY, 0), (6 * DAY, 0.65), (DAY + 3, 0))},
        resolved=8 * DAY + 14,
        step=15,
        note="quiet-day",
    ),
    Case(
        "ZenMuxSourceStale",
        {LINES: ramp((12, 6), (3 * DAY + 3, 0), (24, 1))},
        14 + 3 * DAY,
        GONE_SILENT,
        HERE,
        SOURCE,
        below={LINES: ramp((12, 6), (3 * DAY - 24, 0), (24, 1))},
        thin={LINES: ramp((9, 6), (3 * DAY + 6, 0), (24, 1))},
        resolved=30 + 3 * DAY,
        step=15,
        note="quiet-from-the-beginning",
    ),
    Case(
        "ZenMuxSourceLagging",
        {LAG: "0x5 17e6+1e6x40 0x20"},
        30,
        "Source main of 10.0.0.1:10464 (job zenmux) has 39.1MiB unread, and that is not "
        "shrinking: all numbers are late. Look at the exporter's CPU and disk, and at the "
        "file's last error on its landing page.",
        HERE,
        SOURCE,
        below={LAG: "0x5 16e6x60"},
        thin={LAG: "200e6-1e6x100"},
        resolved=60,
    ),
    Case(
        "ZenMuxInvalidRecords",
        {LINES: ramp((200, 98)), INVALID: ramp((60, 2), (140, 0))},
        60,
        "2% of the lines of source main of 10.0.0.1:10464 (job zenmux) were invalid in the "
        "last hour and count nowhere: totals are too low. The label reason of "
        "zenmux_exporter_invalid_records_total names the rule that they break.",
        HERE,
        SOURCE,
        below={INVALID: ramp((60, 0.9), (140, 0))},
        thin={LINES: ramp((200, 1)), INVALID: ramp((9, 1), (140, 0))},
        resolved=150,
        spare=(LINES,),
    ),
    Case(
        "ZenMuxNoValidRecord",
        {INVALID: "300x60"},
        20,
        "All 300 lines of source main of 10.0.0.1:10464 (job zenmux) were invalid: nothing of "
        "it is counted. The exporter's log and its landing page tell the reason, the place of "
        "the first such line, and the remedy: usually a format or mapping that does not fit the"
        " source.",
        HERE,
        SOURCE,
        below={INVALID: "0x60"},
        also={"one was valid": {LINES: "1x60"}},
    ),
    Case(
        "ZenMuxFieldFaults",
        {FAULTS: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 records of source main of 10.0.0.1:10464 (job zenmux) had a field latency_ms that "
        "can't be used (bad_number) in the last hour. They are counted without it: totals that "
        "come from it are too low. Fix what writes the log, or map the field.",
        HERE,
        {"source": "main", "field": "latency_ms", "reason": "bad_number", **INFO},
        below={FAULTS: ramp((100, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxUnknownValues",
        {UNKNOWN: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 records of 10.0.0.1:10464 (job zenmux) had a word in status in the last day that no"
        " rule lists. They are counted, but may be told apart wrongly. Look for a newer version"
        " of the exporter, and report the word.",
        HERE,
        {"field": "status", **INFO},
        below={UNKNOWN: ramp((100, 0))},
    ),
    Case(
        "ZenMuxConflicts",
        {CONFLICTS: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 records of 10.0.0.1:10464 (job zenmux) came in the last hour whose model differs "
        "from an earlier record of the same id. The first one counts. Look for applications "
        "that give their own ids to requests, or the same id to several.",
        HERE,
        {"field": "model", **INFO},
        below={CONFLICTS: ramp((100, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxLabelOverflow",
        {OVERFLOW: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 values of label model of 10.0.0.1:10464 (job zenmux) were counted as `other` in "
        "the last hour: totals stay exact, but what is new cannot be told apart. Find out "
        "what fills the label (often an id that got into it), or raise labels.model.limit.",
        HERE,
        {"label": "model", **WARNING},
        below={OVERFLOW: ramp((100, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxLedgerFailing",
        {FAILURES: ramp((5, 0), (20, 60), (40, 0))},
        20,
        "600 commits of 10.0.0.1:10464 (job zenmux) failed in the last 10 minutes. Until one "
        "succeeds its numbers stand still and other alerts are blind. Nothing is lost. "
        "Usually the disk of --storage.path is full or read-only: its log names the error.",
        HERE,
        CRITICAL | INSTANCE,
        below={FAILURES: ramp((5, 0), (2, 1), (40, 0))},
        resolved=45,
    ),
    Case(
        "ZenMuxLoopLagging",
        {ON_TIME: ramp((40, 480), (40, 600)), TIMERS: ramp((80, 600))},
        30,
        "20% of the timers of 10.0.0.1:10464 (job zenmux) ran more than 0.25 s late in the "
        "last 10 minutes: scrapes become slow and may time out. Give it more CPU, or look for"
        " what else uses the machine's.",
        HERE,
        WARNING,
        below={ON_TIME: ramp((40, 546))},
        resolved=60,
    ),
    Case(
        "ZenMuxConfigReloadFailed",
        {RELOADED: "1x5 0x20 1x20"},
        15,
        "10.0.0.1:10464 (job zenmux) runs on with its previous configuration (or that of its "
        "web server) and will not start again with the present file. Run zenmux-exporter check "
        "with that file: it lists every fault with its place.",
        HERE,
        WARNING,
        below={RELOADED: "1x5 0x0 1x40"},
        resolved=30,
    ),
    Case(
        "ZenMuxWebConfigReloadFailed",
        {WEB_RELOADED: "1x5 0x20 1x20"},
        15,
        "10.0.0.1:10464 (job zenmux) still serves with its previous certificates, users and "
        "headers, those too that were withdrawn. Its log tells why, and zenmux-exporter check "
        "with the web configuration file lists every fault with its place.",
        HERE,
        WARNING,
        below={WEB_RELOADED: "1x5 0x0 1x40"},
        resolved=30,
    ),
    Case(
        "ZenMuxSlowBoundMissing",
        {TOKENS: ramp((60, 2)), NOT_BOUND: ramp((60, 1))},
        30,
        "10.0.0.1:10464 (job zenmux) has no bucket of zenmux_time_to_first_token_seconds at "
        "the bound of zenmux:threshold:first_token_slow_seconds, so latency alerts see none "
        "of its 60 first tokens. Set value and label le of that threshold to one of the "
        "exporter's buckets.",
        HERE,
        WARNING,
        below={BUCKET: ramp((60, 1))},
        spare=(NOT_BOUND,),
    ),
]
