"""The flags of the command line, as a table."""

import click

from ..values.moments import parse as as_moment
from .address import listen_address
from .flag import (
    Flag,
    as_labels,
    as_limit,
    as_path,
    as_seek,
    as_step,
    as_time,
    as_url,
    as_zone,
)

DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10464"
WEB_FILE_FLAG = "web.config.file"
ON_CORRUPTION = ("refuse", "restart")
BACKFILL_FORMATS = ("blocks", "openmetrics")
REPORT_VIEWS = ("insurance", "usage", "provider", "performance", "cost")
GROUPS = ("model", "type", "provider", "api_key", "day")
PAYOUT_TIMES = ("request", "paid")
LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")

_WEB_FILE = "TLS, users and headers, in the schema of Prometheus's exporter-toolkit (YAML)"
_GROUPED = ("report", "compensations")
_TABLES = (*_GROUPED, "kafka")

FLAGS = (
    Flag("config.file", "config_file", as_path, "configuration file (YAML)", "none", "FILE"),
    Flag(
        "web.listen-address",
        "listen_address",
        listen_address,
        "address to serve on; :PORT listens on all interfaces",
        DEFAULT_LISTEN_ADDRESS,
        "HOST:PORT",
    ),
    Flag(WEB_FILE_FLAG, "web_config_file", as_path, _WEB_FILE, "none", "FILE"),
    Flag(
        "web.enable-lifecycle",
        "enable_lifecycle",
        click.BOOL,
        "let HTTP clients reload the configuration",
        "false",
        "BOOL",
        switch=True,
    ),
    Flag(
        "storage.path",
        "storage_path",
        as_path,
        "directory of the totals kept across restarts",
        "$XDG_STATE_HOME/zenmux-exporter or ~/.local/state/zenmux-exporter",
        "DIR",
    ),
    Flag(
        "storage.on-corruption",
        "on_corruption",
        click.Choice(ON_CORRUPTION),
        "what to do about damaged storage: refuse to start, or set it aside and start from zero",
        "refuse",
        "|".join(ON_CORRUPTION),
    ),
    Flag(
        "against",
        "against",
        as_url,
        "address of the running exporter; a user as http://USER:PASSWORD@HOST:PORT",
        f"http://{DEFAULT_LISTEN_ADDRESS}",
        "URL",
        only=("reconcile",),
    ),
    Flag(
        "out",
        "out",
        as_path,
        "folder for the blocks: Prometheus's data folder, or one to load from",
        "none, must be given",
        "DIR",
        only=("backfill",),
    ),
    Flag(
        "labels",
        "labels",
        as_labels,
        "labels that Prometheus gives the exporter's samples; they replace job and instance",
        "job=zenmux,instance=127.0.0.1:10464",
        "NAME=VALUE,...",
        only=("backfill",),
    ),
    Flag(
        "start",
        "start",
        as_time,
        "time of the first sample; it includes what came before",
        "the first record, at most 366 days before the end",
        "TIME",
        only=("backfill",),
    ),
    Flag(
        "end",
        "end",
        as_time,
        "time of the last sample; now is safe only if Prometheus has no samples yet",
        "three hours ago or a little more: before the head block of a running Prometheus",
        "TIME",
        only=("backfill",),
    ),
    Flag(
        "step",
        "step",
        as_step,
        "seconds between samples, at most 300",
        "15, 30, 60, 120 or 300: the finest that loads quickly",
        "SECONDS",
        only=("backfill",),
    ),
    Flag(
        "format",
        "format",
        str,
        "output: for backfill TSDB blocks, or OpenMetrics text with timestamps; otherwise a "
        "table, or exact numbers as JSON or CSV",
        "blocks for backfill, else table",
        "FORMAT",
        only=("backfill", *_TABLES),
    ),
    Flag(
        "seek",
        "seek",
        as_seek,
        "offset at which reading continues",
        "where the ledger is",
        "TOPIC/PARTITION=OFFSET",
        only=("kafka",),
    ),
    Flag(
        "yes",
        "yes",
        click.BOOL,
        "do not ask before writing a large amount of text",
        "false",
        "BOOL",
        switch=True,
        only=("backfill",),
    ),
    Flag(
        "since",
        "since",
        as_moment,
        "earliest time: 7d or 12h ago, a date, or a time",
        "the first record",
        "TIME",
        only=("report",),
    ),
    Flag(
        "until",
        "until",
        as_moment,
        "end of the report (exclusive); forms as for --since",
        "the last record",
        "TIME",
        only=("report",),
    ),
    Flag(
        "view",
        "view",
        click.Choice(REPORT_VIEWS),
        "which view of the console to report",
        "insurance",
        "|".join(REPORT_VIEWS),
        only=("report",),
    ),
    Flag(
        "by",
        "by",
        click.Choice(GROUPS),
        "group rows by one of these, and sum them",
        "report: the view's; compensations: single requests",
        "|".join(GROUPS),
        only=_GROUPED,
    ),
    Flag(
        "time-zone",
        "time_zone",
        as_zone,
        "time zone of days, and of times that have none",
        "UTC",
        "NAME",
        only=_GROUPED,
    ),
    Flag(
        "url",
        "url",
        as_url,
        "address of the running exporter; a user as http://USER:PASSWORD@HOST:PORT",
        "its listen address",
        "URL",
        only=("compensations",),
    ),
    Flag(
        "credentials.file",
        "credentials_file",
        as_path,
        "file that holds USER:PASSWORD for the running exporter",
        "none",
        "FILE",
        only=("compensations",),
    ),
    Flag(
        "from",
        "from_time",
        as_moment,
        "earliest time: 7d or 12h ago, a date, or a time",
        "the first",
        "TIME",
        only=("compensations",),
    ),
    Flag(
        "to",
        "to_time",
        as_moment,
        "end of the range (exclusive); forms as for --from",
        "the last",
        "TIME",
        only=("compensations",),
    ),
    Flag(
        "time",
        "payout_time",
        click.Choice(PAYOUT_TIMES),
        "which time --from, --to and days use: the request's, or when its payout was counted",
        "request",
        "|".join(PAYOUT_TIMES),
        only=("compensations",),
    ),
    *(
        Flag(name, field, str, f"only this {about}", "any", "VALUE", only=("compensations",))
        for name, field, about in (
            ("type", "type", "compensation type"),
            ("model", "model", "model"),
            ("provider", "provider", "provider"),
            ("api-key", "api_key", "API key, as shown"),
        )
    ),
    Flag(
        "limit",
        "limit",
        as_limit,
        "maximum number of requests to list, newest first; sums include all",
        "100",
        "NUMBER",
        only=("compensations",),
    ),
    Flag(
        "log.level",
        "log_level",
        click.Choice(LOG_LEVELS),
        "minimum level of log messages",
        "info",
        "|".join(LOG_LEVELS),
    ),
    Flag(
        "log.format",
        "log_format",
        click.Choice(LOG_FORMATS),
        "format of the log on standard error",
        "logfmt",
        "|".join(LOG_FORMATS),
    ),
)
