"""The commands and flags of the command line, as tables."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10464"
ON_CORRUPTION = ("refuse", "restart")
LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>[0-9]{1,5})")
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: its name without dashes, the field of `Options` it sets, how its text is read."""

    name: str
    field: str
    convert: Callable[[str], object]
    help: str
    default: str
    metavar: str
    switch: bool = False
    only: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that does the same."""
        return "ZENMUX_EXPORTER_" + re.sub(r"[.-]", "_", self.name).upper()


@dataclass(frozen=True, slots=True)
class Command:
    """One command: how many files it takes, whether it needs sources, which flags mean nothing."""

    name: str
    help: str
    files: str = ""
    metavar: str = "FILE"
    needs_sources: bool = False
    files_only: bool = False
    without: frozenset[str] = frozenset()


def split_address(text: str) -> tuple[str | None, int]:
    """Host and port of `host:port`, `:port` (host None: all interfaces) or `[::1]:port`."""
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
    """The text itself if it is an address to listen on."""
    split_address(text)
    return text


def _path(text: str) -> Path:
    if not text.strip():
        raise ValueError("must not be empty")
    return Path(text)


def _choice(*values: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    return convert


def _switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise ValueError("must be true or false")
    return _SWITCH[text.lower()]


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text


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
    Flag(
        "web.enable-lifecycle",
        "enable_lifecycle",
        _switch,
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
        _choice(*ON_CORRUPTION),
        "what to do about damaged storage: refuse to start, or set it aside and count anew",
        "refuse",
        "|".join(ON_CORRUPTION),
    ),
    Flag(
        "against",
        "against",
        _url,
        "address of the running exporter",
        f"http://{DEFAULT_LISTEN_ADDRESS}",
        "URL",
        only="reconcile",
    ),
    Flag(
        "log.level", "log_level", _choice(*LOG_LEVELS), "least level", "info", "|".join(LOG_LEVELS)
    ),
    Flag(
        "log.format",
        "log_format",
        _choice(*LOG_FORMATS),
        "form of the log on standard error",
        "logfmt",
        "|".join(LOG_FORMATS),
    ),
)

COMMANDS = {
    command.name: command
    for command in (
        Command(
            "run",
            "read the sources, keep following them, serve /metrics",
            files="*",
            metavar="FILE_OR_GLOB",
            needs_sources=True,
        ),
        Command(
            "once",
            "read the files to their end in the order given, print the metrics, exit",
            files="+",
            needs_sources=True,
            files_only=True,
            without=frozenset(
                {
                    "web.listen-address",
                    "web.enable-lifecycle",
                    "storage.path",
                    "storage.on-corruption",
                }
            ),
        ),
        Command(
            "demo",
            "serve a generated, labelled live stream, on storage that is thrown away",
            without=frozenset({"storage.path", "storage.on-corruption"}),
        ),
        Command(
            "reconcile",
            "recount the files and compare with a running exporter; exit code 1 on differences",
            files="+",
            files_only=True,
            without=frozenset({"web.enable-lifecycle", "storage.path", "storage.on-corruption"}),
        ),
        Command("check", "validate the configuration, list every fault, exit"),
    )
}
