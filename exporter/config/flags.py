"""The flags of the command line, as a table."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from ..values.texts import printable
from ..values.timestamps import parse as parse_time

DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10464"
WEB_FILE_FLAG = "web.config.file"
ON_CORRUPTION = ("refuse", "restart")
BACKFILL_FORMATS = ("blocks", "openmetrics")
LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>[0-9]{1,5})")
_LABEL = re.compile("(?!__)[A-Za-z_][A-Za-z0-9_]*")
_NOW = 1 << 62
# Prometheus looks back 5 minutes: between samples farther apart instant queries find nothing.
_LONGEST_STEP = 300
VARIABLES = "ZENMUX_EXPORTER_"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag.

    `name` is without dashes, `field` is the field of `Options` that it sets. `convert` is a type of
    click, or reads the text and raises ValueError. `only`: the one command that has it.
    """

    name: str
    field: str
    convert: click.ParamType[object] | Callable[[str], object]
    help: str
    default: str
    metavar: str
    switch: bool = False
    only: str = ""

    @property
    def variable(self) -> str:
        """Return the environment variable that sets the same."""
        return VARIABLES + re.sub(r"[.-]", "_", self.name).upper()


def split_address(text: str) -> tuple[str | None, int]:
    """Return host and port of `host:port`, `[::1]:port`, or `:port` (host None: all interfaces)."""
    match = _ADDRESS.fullmatch(text)
    if not match or int(match["port"]) > 65535 or not _is_ipv6(match["six"] or "::"):
        raise ValueError("must be host:port, :port or [IPv6 address]:port")
    return match["six"] or match["host"] or None, int(match["port"])


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def listen_address(text: str) -> str:
    """Return the text if it is an address to listen on; raises ValueError."""
    split_address(text)
    return text


def _path(text: str) -> Path:
    if not text.strip():
        raise ValueError("must not be empty")
    return Path(text)


def _time(text: str) -> int:
    """Return a time as Unix seconds; `now` is later than any other."""
    if text == "now":
        return _NOW
    try:
        return parse_time(text) // 1000
    except ValueError:
        raise ValueError("must be now or a time such as 2026-11-01T00:00:00Z") from None


def _step(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= _LONGEST_STEP:
        raise ValueError(f"must be whole seconds from 1 to {_LONGEST_STEP}")
    return int(text)


def _labels(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(_LABEL.fullmatch(name) and mark for name, mark, _ in pairs):
        raise ValueError("must be NAME=VALUE, several separated by commas")
    return {name: printable(value) for name, _, value in pairs}


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text


_WEB_FILE = "TLS, users and headers, in the schema of Prometheus's exporter-toolkit (YAML)"

FLAGS = (
    Flag("config.file", "config_file", _path, "configuration file (YAML)", "none", "FILE"),
    Flag(
        "web.listen-address",
        "listen_address",
        listen_address,
        "address to serve on; :PORT listens on all interfaces",
        DEFAULT_LISTEN_ADDRESS,
        "HOST:PORT",
    ),
    Flag(WEB_FILE_FLAG, "web_config_file", _path, _WEB_FILE, "none", "FILE"),
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
        _path,
        "directory of the totals kept across restarts",
        "$XDG_STATE_HOME/zenmux-exporter or ~/.local/state/zenmux-exporter",
        "DIR",
    ),
    Flag(
        "storage.on-corruption",
        "on_corruption",
        click.Choice(ON_CORRUPTION),
        "what to do about damaged storage: refuse to start, or set it aside and count anew",
        "refuse",
        "|".join(ON_CORRUPTION),
    ),
    Flag(
        "against",
        "against",
        _url,
        "address of the running exporter; a user as http://USER:PASSWORD@HOST:PORT",
        f"http://{DEFAULT_LISTEN_ADDRESS}",
        "URL",
        only="reconcile",
    ),
    Flag(
        "out",
        "out",
        _path,
        "folder for the blocks: Prometheus's data folder, or one to load from",
        "none, must be given",
        "DIR",
        only="backfill",
    ),
    Flag(
        "labels",
        "labels",
        _labels,
        "labels that Prometheus gives the exporter's samples; they replace job and instance",
        "job=zenmux,instance=127.0.0.1:10464",
        "NAME=VALUE,...",
        only="backfill",
    ),
    Flag(
        "start",
        "start",
        _time,
        "earliest sample; what came before is counted in it",
        "the first record, at most 366 days before the end",
        "TIME",
        only="backfill",
    ),
    Flag(
        "end",
        "end",
        _time,
        "latest sample; now is safe only where Prometheus has no samples yet",
        "three hours ago or a little more: before the head block of a running Prometheus",
        "TIME",
        only="backfill",
    ),
    Flag(
        "step",
        "step",
        _step,
        "seconds between samples, at most 300",
        "15, 30, 60, 120 or 300: the finest that loads quickly",
        "SECONDS",
        only="backfill",
    ),
    Flag(
        "format",
        "backfill_format",
        click.Choice(BACKFILL_FORMATS),
        "what to make: TSDB blocks, by promtool, or the OpenMetrics text that promtool reads",
        "blocks where promtool is on the path, else openmetrics",
        "|".join(BACKFILL_FORMATS),
        only="backfill",
    ),
    Flag(
        "log.level",
        "log_level",
        click.Choice(LOG_LEVELS),
        "least level",
        "info",
        "|".join(LOG_LEVELS),
    ),
    Flag(
        "log.format",
        "log_format",
        click.Choice(LOG_FORMATS),
        "form of the log on standard error",
        "logfmt",
        "|".join(LOG_FORMATS),
    ),
)
