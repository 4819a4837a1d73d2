"""Command line and environment in, `Options` out; wrong usage prints a line and exits with 2.

A flag wins over its environment variable, which wins over the configuration file.
"""

import argparse
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import __version__

DEFAULT_LISTEN_ADDRESS = "127.0.0.1:10464"
ON_CORRUPTION = ("refuse", "restart")
LOG_LEVELS = ("debug", "info", "warn", "error")
LOG_FORMATS = ("logfmt", "json")

_ADDRESS = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>[0-9]{1,5})")
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the environment ask for; None: the file or the default decides."""

    command: str
    default_storage_path: Path
    files: tuple[str, ...] = ()
    config_file: Path | None = None
    listen_address: str | None = None
    enable_lifecycle: bool | None = None
    storage_path: Path | None = None
    on_corruption: str | None = None
    log_level: str = "info"
    log_format: str = "logfmt"


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


def default_storage_path(environ: Mapping[str, str]) -> Path:
    """The directory `zenmux-exporter` in the user's state directory."""
    # The XDG base directory rules void relative paths.
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environ.get("HOME")
        state = (Path(home) if home else Path("~").expanduser()) / ".local/state"
    return state / "zenmux-exporter"


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
        Command("check", "validate the configuration, list every fault, exit"),
    )
}


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """What these arguments (without the program's name) and this environment ask for."""
    parser = _parser()
    given, rest = parser.parse_known_args(list(argv))
    command = COMMANDS[given.command]
    values = {name: value for name, value in vars(given).items() if name != "files"}
    # A flag between two files makes argparse leave the files behind it over.
    if rest and (not command.files or any(_like_flag(argument) for argument in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    for flag in FLAGS:
        if flag.name in command.without and flag.field in values:
            parser.error(f"argument --{flag.name}: means nothing to {command.name}")
        text = environ.get(flag.variable, "")
        # Only the variables of flags are looked at: Kubernetes sets others of this prefix for a
        # service called zenmux-exporter.
        if text and flag.field not in values:
            values[flag.field] = _from_environment(parser, flag, text)
    files = (*getattr(given, "files", ()), *rest)
    return Options(files=files, default_storage_path=default_storage_path(environ), **values)


def _like_flag(argument: str) -> bool:
    return argument.startswith("-") and argument != "-"


def _from_environment(parser: argparse.ArgumentParser, flag: Flag, text: str) -> object:
    try:
        return flag.convert(text)
    except ValueError as error:
        parser.error(f"environment variable {flag.variable}: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="zenmux-exporter",
        description="Exports ZenMux request logs as Prometheus metrics.",
        allow_abbrev=False,
    )
    _add_flags(parser, frozenset())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS.values():
        sub = commands.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        if command.files:
            sub.add_argument("files", nargs=command.files, metavar=command.metavar, help=_FILES)
        _add_flags(sub, command.without)
    return parser


_FILES = "JSON Lines file, plain or .gz; - is standard input"


def _add_flags(parser: argparse.ArgumentParser, hidden: frozenset[str]) -> None:
    parser.add_argument("--version", action="version", version=f"zenmux-exporter {__version__}")
    for flag in FLAGS:
        about = f"{flag.help} (default: {flag.default}; environment: {flag.variable})"
        shape: dict[str, Any] = {"type": _argument(flag.convert), "metavar": flag.metavar}
        if flag.switch:
            shape = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(
            f"--{flag.name}",
            dest=flag.field,
            # Else the command's parser resets what was given before the command.
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS if flag.name in hidden else about.replace("%", "%%"),
            **shape,
        )


def _argument(convert: Callable[[str], object]) -> Callable[[str], object]:
    """Keeps the text of a ValueError, which argparse would replace with its own."""

    def wrapped(text: str) -> object:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return wrapped
