"""Cases of alerts on the exporter itself."""

from .exporter_series import (
    BUCKET,
    CONFLICTS,
    CRITICAL,
    DEMO,
    FAILURES,
    FOREIGN,
    HERE,
    INFO,
    INSTANCE,
    LINK,
    NOT_BOUND,
    ON_TIME,
    OTHER,
    OVERFLOW,
    READY,
    RELOADED,
    STARTED,
    TIMERS,
    TOKENS,
    UNKNOWN,
    UP,
    WARNING,
    WEB_RELOADED,
)
from .promtool import Case, ramp

CASES = [
    Case(
        "ZenMuxAllExportersDown",
        {UP: "1x10 0x20 1x20"},
        20,
        "No exporter of job zenmux has answered Prometheus for 5 minutes, so all other ZenMux "
        "alerts have no data. Nothing is lost while the logs are kept. Start the exporter: it "
        "continues where it stopped.",
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
        "No exporter has answered Prometheus for 5 minutes, so all other ZenMux alerts have no "
        "data. Nothing is lost while the logs are kept. Start the exporter: it continues where "
        "it stopped.",
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
        "No exporter of job zenmux has answered Prometheus for 5 minutes, so all other ZenMux "
        "alerts have no data. Nothing is lost while the logs are kept. Start the exporter: it "
        "continues where it stopped.",
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
        "No exporter of job other has answered Prometheus for 5 minutes, so all other ZenMux "
        "alerts have no data. Nothing is lost while the logs are kept. Start the exporter: it "
        "continues where it stopped.",
        f"{LINK}&var-job=other",
        {"job": "other", **CRITICAL},
        below={
            f"up{{{FOREIGN}}}": "1x600",
            f"zenmux_exporter_build_info{{{FOREIGN}}}": "1x600",
        },
        spare=(f"up{{{FOREIGN}}}", f"zenmux_exporter_build_info{{{FOREIGN}}}"),
        step=5,
        every=2,
        note="down-for-days",
    ),
    Case(
        "ZenMuxExporterDown",
        {UP: "1x10 0x20 1x20", OTHER: "1x60"},
        20,
        "10.0.0.1:10464 (job zenmux) has not answered Prometheus for 5 minutes. Its requests are "
        "missing from every dashboard and alert. Nothing is lost while its logs are kept. Look "
        "at its process and log, and start it again.",
        HERE,
        WARNING,
        below={UP: "1x10 0x3 1x40"},
        resolved=35,
    ),
    Case(
        "ZenMuxExporterRestarting",
        {UP: "1x200", STARTED: "1e9+60x5 1e9x100"},
        20,
        "10.0.0.1:10464 (job zenmux) restarted 6 times in the last hour. Totals stay exact, but "
        "they are late. Its log has the reason. Look for the machine's out-of-memory killer and "
        "for a health check that is too strict.",
        HERE,
        WARNING,
        below={STARTED: "1e9+60x3 1000000180x100"},
        resolved=80,
    ),
    Case(
        "ZenMuxExporterNotReady",
        {READY: "0x40 1x20"},
        35,
        "10.0.0.1:10464 (job zenmux) has not been ready for 30 minutes. GET /-/ready on it gives "
        "the reason: existing content is still being counted, or its ledger cannot be written.",
        HERE,
        WARNING,
        below={READY: "0x25 1x40"},
        resolved=45,
    ),
    Case(
        "ZenMuxUnknownValues",
        {UNKNOWN: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 records of 10.0.0.1:10464 (job zenmux) had a value in status in the last day that no "
        "rule lists. They are counted, but may be classified wrongly. Look for a newer version "
        "of the exporter, and report the value.",
        HERE,
        {"field": "status", **INFO},
        below={UNKNOWN: ramp((100, 0))},
    ),
    Case(
        "ZenMuxConflicts",
        {CONFLICTS: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 records of 10.0.0.1:10464 (job zenmux) arrived in the last hour whose model differs "
        "from an earlier record of the same id. The first record counts. Look for applications "
        "that give requests their own ids, or several requests the same id.",
        HERE,
        {"field": "model", **INFO},
        below={CONFLICTS: ramp((100, 0))},
        resolved=80,
    ),
    Case(
        "ZenMuxLabelOverflow",
        {OVERFLOW: ramp((10, 0), (5, 2), (100, 0))},
        20,
        "10 values of label model of 10.0.0.1:10464 (job zenmux) were counted as `other` in the "
        "last hour. Totals stay exact, but new values can't be distinguished. Find out what "
        "fills the label (often a value that contains an id), or raise labels.model.limit.",
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
        "succeeds, its metrics do not change and other alerts evaluate old data. Nothing is "
        "lost. Usually the disk of --storage.path is full or read-only. The exporter's log has "
        "the error.",
        HERE,
        CRITICAL | INSTANCE,
        below={FAILURES: ramp((5, 0), (2, 1), (40, 0))},
        resolved=45,
    ),
    Case(
        "ZenMuxLoopLagging",
        {ON_TIME: ramp((40, 480), (40, 600)), TIMERS: ramp((80, 600))},
        30,
        "20% of the timers of 10.0.0.1:10464 (job zenmux) ran more than 0.25 s late in the last "
        "10 minutes. Scrapes become slow and may time out. Give it more CPU, or find out what "
        "else uses the machine's CPU.",
        HERE,
        WARNING,
        below={ON_TIME: ramp((40, 546))},
        resolved=60,
    ),
    Case(
        "ZenMuxConfigReloadFailed",
        {RELOADED: "1x5 0x20 1x20"},
        15,
        "10.0.0.1:10464 (job zenmux) keeps its previous configuration (or that of its web "
        "server) and would not start with the current file. Run zenmux-exporter check with that "
        "file: it lists every error with its location.",
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
        "headers, including those that were withdrawn. Its log has the reason, and "
        "zenmux-exporter check with the web configuration file lists every error with its "
        "location.",
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
