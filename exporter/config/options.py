"""Parse the command line and the environment; wrong usage prints a line and exits with 2.

A flag wins over its environment variable, which wins over the configuration file.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from .. import __version__
from ..values.masking import masked
from ..values.moments import Moment
from ..values.texts import printable
from .commands import COMMANDS, Command
from .flag import Flag
from .flags import FLAGS


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the command line and the environment; None if neither gives one."""

    command: str
    default_storage_path: Path
    files: tuple[str, ...] = ()
    config_file: Path | None = None
    listen_address: str | None = None
    web_config_file: Path | None = None
    enable_lifecycle: bool | None = None
    storage_path: Path | None = None
    on_corruption: str | None = None
    against: str | None = None
    out: Path | None = None
    labels: Mapping[str, str] | None = None
    start: int | None = None
    end: int | None = None
    step: int | None = None
    format: str | None = None
    yes: bool | None = None
    since: Moment | None = None
    until: Moment | None = None
    view: str | None = None
    by: str | None = None
    time_zone: ZoneInfo | None = None
    url: str | None = None
    credentials_file: Path | None = None
    from_time: Moment | None = None
    to_time: Moment | None = None
    payout_time: str | None = None
    type: str | None = None
    model: str | None = None
    provider: str | None = None
    api_key: str | None = None
    limit: int | None = None
    log_level: str = "info"
    log_format: str = "logfmt"


def default_storage_path(environ: Mapping[str, str]) -> Path:
    """Return the directory `zenmux-exporter` in the user's state directory."""
    # The XDG specification has relative paths ignored.
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environ.get("HOME")
        state = (Path(home) if home else Path("~").expanduser()) / ".local/state"
    return state / "zenmux-exporter"


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Return the options of arguments (without the program's name) and environment."""
    parser = _parser()
    given, rest = parser.parse_known_args(list(argv))
    command = COMMANDS[given.command]
    values = {name: value for name, value in vars(given).items() if name != "files"}
    # argparse does not take the files that follow a flag between two files.
    if rest and (not command.files or any(_looks_like_flag(argument) for argument in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    for flag in FLAGS:
        if not _applies(flag, command) and flag.field in values:
            parser.error(f"argument --{flag.name}: does not apply to {command.name}")
        text = environ.get(flag.variable, "")
        # Other variables of this prefix are ignored: Kubernetes sets some for a service called
        # zenmux-exporter.
        if text and flag.field not in values:
            values[flag.field] = _from_environment(parser, flag, text)
    form = values.get("format")
    if form is not None and form not in command.formats:
        parser.error(f"argument --format: must be one of {', '.join(command.formats)}")
    files = (*getattr(given, "files", ()), *rest)
    return Options(files=files, default_storage_path=default_storage_path(environ), **values)


def _applies(flag: Flag, command: Command) -> bool:
    return flag.name not in command.without and (not flag.only or command.name in flag.only)


def _looks_like_flag(argument: str) -> bool:
    return argument.startswith("-") and argument != "-"


def _from_environment(parser: argparse.ArgumentParser, flag: Flag, text: str) -> object:
    try:
        return flag.convert(text)
    except ValueError as error:
        parser.error(f"environment variable {flag.variable}: {error}")


class _Parser(argparse.ArgumentParser):
    """A parser whose messages quote no secret."""

    def error(self, message: str) -> NoReturn:
        super().error(masked(printable(message)))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="zenmux-exporter",
        description="Exports ZenMux request logs as Prometheus metrics.",
        allow_abbrev=False,
    )
    _add_flags(parser, None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS.values():
        sub = commands.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        if command.files:
            sub.add_argument("files", nargs=command.files, metavar=command.metavar, help=_FILES)
        _add_flags(sub, command)
    return parser


_FILES = (
    "JSON Lines file, plain, .gz, .bz2, .xz or .zst, or a pattern such as 'logs/*.jsonl'; "
    "- is standard input"
)


def _add_flags(parser: argparse.ArgumentParser, command: Command | None) -> None:
    parser.add_argument("--version", action="version", version=f"zenmux-exporter {__version__}")
    for flag in FLAGS:
        about = f"{flag.help} (default: {flag.default}; environment: {flag.variable})"
        shown = not flag.only if command is None else _applies(flag, command)
        shape: dict[str, Any] = {"type": _argument(flag.convert), "metavar": flag.metavar}
        if flag.switch:
            shape = {"action": argparse.BooleanOptionalAction}
        parser.add_argument(
            f"--{flag.name}",
            dest=flag.field,
            # With a default, the command's parser would reset what was given before the command.
            default=argparse.SUPPRESS,
            help=about.replace("%", "%%") if shown else argparse.SUPPRESS,
            **shape,
        )


def _argument(convert: Callable[[str], object]) -> Callable[[str], object]:
    """Return a converter that keeps the text of a ValueError, which argparse would replace."""

    def wrapped(text: str) -> object:
        try:
            return convert(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return wrapped
