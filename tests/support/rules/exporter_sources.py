"""Cases of alerts on the exporter's sources."""

from .exporter_series import (
    BEYOND,
    DAY,
    DONE,
    ELSEWHERE,
    FAULTS,
    HERE,
    INFO,
    INVALID,
    LAG,
    LINES,
    LOST,
    MISSING,
    PARTITION_LAG,
    READY,
    SKIPPED,
    SOURCE,
    UNREADABLE,
    WEEK,
)
from .promtool import Case, ramp

GONE_SILENT = (
    "Source main of 10.0.0.1:10464 (job zenmux) has had no line for an hour or more, although it "
    "was busy at this hour a week ago, or for a day or more, although it had lines before. Check "
    "that the application still writes, and that path and permissions are still right. The "
    "exporter's landing page shows each file's last error."
)

CASES = [
    Case(
        "ZenMuxNothingRead",
        {READY: "1x200", LAG: "0x200", ELSEWHERE: "0x200"},
        130,
        "Source main of 10.0.0.1:10464 (job zenmux) has had no line since it was configured, for "
        "at least 2 hours, so nothing from it is counted. Check its path and permissions: the "
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
        "For 15 minutes, 2 of the paths of source main of 10.0.0.1:10464 (job zenmux) matched no "
        "file, so nothing from them is counted. The exporter's landing page lists them with the "
        "reason. Fix the path, or start the application that writes there.",
        HERE,
        {"state": "missing", **SOURCE},
        below={MISSING: "0x60", DONE: "2x60"},
        # As happens when a log is rotated.
        also={"for a moment": {MISSING: "0x15 1x5 0x5 1x5 0x30"}},
        resolved=45,
    ),
    Case(
        "ZenMuxFileUnreadable",
        {UNREADABLE: "0x5 1x30 0x20"},
        25,
        "For 15 minutes, 1 of the files of source main of 10.0.0.1:10464 (job zenmux) could not "
        "be read, so their records are missing from totals. The exporter's landing page shows "
        "the reason for each. Give the exporter's user permission to read them, and replace "
        "damaged archives; no restart is needed. For a Kafka source, these are partitions.",
        HERE,
        {"state": "unreadable", **SOURCE},
        below={UNREADABLE: "0x60", DONE: "1x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxFilesBeyondCap",
        {BEYOND: "0x5 30x30 0x20"},
        25,
        "The exporter leaves out 30 of the files of source main of 10.0.0.1:10464 (job zenmux), "
        "because there are more than storage.max_files. Move files away that were read to their "
        "end, narrow the path, or raise the limit.",
        HERE,
        {"state": "beyond_cap", **SOURCE},
        below={BEYOND: "0x60", DONE: "30x60"},
        resolved=45,
    ),
    Case(
        "ZenMuxLogLost",
        {LOST: ramp((10, 0), (1, 2048), (100, 0))},
        20,
        "2kiB of source main of 10.0.0.1:10464 (job zenmux) were deleted or overwritten in the "
        "last hour before they were read, so totals are too low. The exporter's log names the "
        "files. If a copy exists, put it beside the log: records with an id count once. Keep "
        "rotated files longer.",
        HERE,
        SOURCE,
        below={LOST: ramp((111, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxKafkaMessagesSkipped",
        {SKIPPED: ramp((10, 0), (1, 59), (100, 0))},
        20,
        "59 messages of source main of 10.0.0.1:10464 (job zenmux) were removed from Kafka in "
        "the last hour before they were read, so totals are too low. The exporter's log names "
        "the partitions. Raise the topic's retention above the longest downtime of the exporter. "
        "If you can, produce the records again: those with an id count once.",
        HERE,
        SOURCE,
        below={SKIPPED: ramp((111, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxKafkaLagging",
        {PARTITION_LAG: "0x5 11e4+1e4x40 0x20"},
        30,
        "Partition 3 of source main of 10.0.0.1:10464 (job zenmux) has 350k unread messages, and "
        "the number is not shrinking. All metrics are late, and what Kafka's retention removes "
        "is lost. Look at the partition's last error on the exporter's landing page, and at the "
        "exporter's CPU, or add replicas to share the partitions.",
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
        # Like after a change to summer time, when the hours of a week ago began later.
        also={"later": {LINES: ramp((24, 0), (WEEK - 12, 6), (24, 0))}},
        resolved=WEEK + 56,
        step=5,
        every=2,
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
        # Silent on this weekend and on the last one.
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
        "Source main of 10.0.0.1:10464 (job zenmux) has 39.1MiB unread, and the number is not "
        "shrinking. All metrics are late. Look at the exporter's CPU and disk, and at the file's "
        "last error on its landing page.",
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
        "2% of the lines of source main of 10.0.0.1:10464 (job zenmux) were invalid in the last "
        "hour and are not counted, so totals are too low. The label reason of "
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
        "All 300 lines of source main of 10.0.0.1:10464 (job zenmux) were invalid, so nothing "
        "from it is counted. The exporter's log and its landing page show the reason, the "
        "location of the first such line, and the remedy. Usually a format or mapping does not "
        "fit the source.",
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
        "can't be used (bad_number) in the last hour. They are counted without it, so totals of "
        "this field are too low. Fix the program that writes the log, or map the field.",
        HERE,
        {"source": "main", "field": "latency_ms", "reason": "bad_number", **INFO},
        below={FAULTS: ramp((100, 0))},
        resolved=80,
    ),
]
