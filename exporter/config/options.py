"""Parse the command line and the environment; wrong usage prints one line and exits with 2.

A flag wins over its environment variable, which wins over the configuration file.
"""

import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from ..values.masking import masked
from ..values.moments import Moment
from ..values.texts import printable
from . import completion
from .commands import COMMANDS, Command
from .faults import quotable
from .flag import VARIABLES, Flag
from .flags import FLAGS

PROGRAM = "zenmux-exporter"
# Kubernetes sets such variables for services called zenmux-exporter or zenmux-exporter-….
_NO_FLAGS = re.compile("INTERPRETED|(.+_)?(SERVICE|PORT)(_.+)?")
_FILES = "JSON Lines file, plain, .gz, .bz2, .xz or .zst, or a pattern such as 'logs/*.jsonl'"
_STDIN = "; - is standard input"
_DIRECTORIES = "directory of a ledger to import from"


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
    seek: tuple[str, int, int] | None = None
    log_level: str = "info"
    log_format: str = "logfmt"


def default_storage_path(environ: Mapping[str, str]) -> Path:
    """Return the directory `zenmux-exporter` in the user's state directory."""
    # The XDG specification says to ignore relative paths.
    state = Path(environ.get("XDG_STATE_HOME", ""))
    if not state.is_absolute():
        home = environ.get("HOME")
        state = (Path(home) if home else Path("~").expanduser()) / ".local/state"
    return state / PROGRAM


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> Options:
    """Return the options of arguments (without the program's name) and environment."""
    try:
        found = program().main(list(argv), PROGRAM, standalone_mode=False, obj=environ)
    except click.UsageError as error:
        sys.stderr.write(f"{PROGRAM}: {masked(printable(_message(error)))}\n")
        raise SystemExit(error.exit_code) from None
    if isinstance(found, Options):
        return found
    raise SystemExit(found)  # help or version


def unknown_variables(environ: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Yield variables that look like a flag's but aren't, each with the most similar one."""
    known = {flag.variable.removeprefix(VARIABLES): flag.variable for flag in FLAGS}
    for variable in sorted(environ):
        name = variable.removeprefix(VARIABLES)
        if name not in {variable, *known} and not _NO_FLAGS.fullmatch(name):
            near = _nearest(name, known)
            yield variable, known[near[0]] if near else None


def _nearest(name: str, known: Collection[str]) -> Sequence[str]:
    """Return the one name that has all words of this one, else the most similar, if any."""
    longer = [one for one in known if {*name.split("_")} <= {*one.split("_")}]
    return longer if len(longer) == 1 else get_close_matches(name, known, n=1)


def _message(error: click.UsageError) -> str:
    command = error.ctx.command_path if error.ctx else PROGRAM
    hint = f"try '{command} --help'"
    if isinstance(error, click.MissingParameter):
        hint = f"for example: {command} 'logs/*.jsonl'"
    elif isinstance(error, click.NoSuchOption):
        if not error.option_name.startswith("--"):
            hint = f"flags begin with two dashes; {hint}"
        error = click.NoSuchOption(error.option_name, None, _shown(error.ctx), error.ctx)
    return f"{error.format_message()} ({hint})"


def _shown(ctx: click.Context | None) -> list[str]:
    """Return the flags that apply, for hints."""
    params = ctx.command.params if ctx else []
    return [
        name
        for one in params
        if isinstance(one, click.Option) and not one.hidden
        for name in one.opts
    ]


class _Option(click.Option):
    """An option whose variable is looked up in the environment given to `parse`."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        environ: Mapping[str, str] = ctx.find_root().obj
        return environ.get(str(self.envvar)) or None if self.envvar else None

    def get_error_hint(self, ctx: click.Context | None) -> str:
        if ctx and ctx.get_parameter_source(self.name) is ParameterSource.ENVIRONMENT:
            return f"environment variable '{self.envvar}'"
        return super().get_error_hint(ctx)


def _tell_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from ..version import told

        click.echo(told(PROGRAM), nl=False)
        ctx.exit()


def _version() -> click.Option:
    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_tell_version,
        help="Show the version, with revision, date and platform of the build, and exit.",
    )


class _Program(click.Group):
    """The program; flags are accepted before the command, too."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Pass flags before the command on to it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command, [*_arguments(ctx.params), *rest]


def _arguments(params: Mapping[str, str | bool | None]) -> Iterator[str]:
    for flag in FLAGS:
        value = params[flag.field]
        if isinstance(value, bool):
            yield f"--{'' if value else 'no-'}{flag.name}"
        elif value is not None:
            yield f"--{flag.name}={value}"


def program() -> click.Group:
    """Return the program with its commands, as click has it."""
    completion.register()
    return _Program(
        help="Exports ZenMux request logs as Prometheus metrics.",
        no_args_is_help=False,
        commands=[_command(command) for command in COMMANDS.values()],
        params=[*(_option(flag, hidden=bool(flag.only)) for flag in FLAGS), _version()],
    )


def _positional_help(command: Command) -> str:
    if command.metavar == "DIR":
        return _DIRECTORIES
    return _FILES + (_STDIN if command.reads_stdin else "")


def _command(command: Command) -> click.Command:
    params: list[click.Parameter] = [
        _option(flag, command, hidden=not _applies(flag, command)) for flag in FLAGS
    ]
    if command.files:
        metavar = f"{command.metavar}..." if command.files == "+" else f"[{command.metavar}]..."
        files = click.Argument(
            ["files"],
            nargs=-1,
            required=command.files == "+",
            metavar=metavar,
            help=_positional_help(command),
            shell_complete=_complete_path,
        )
        params.append(files)
    return click.Command(
        command.name,
        help=command.help,
        short_help=command.help,
        params=[*params, _version()],
        callback=_options,
        context_settings={"allow_extra_args": True},
    )


def _applies(flag: Flag, command: Command) -> bool:
    return flag.name not in command.without and (not flag.only or command.name in flag.only)


def _option(flag: Flag, command: Command | None = None, *, hidden: bool) -> click.Option:
    """Return an option of a command, or of the program, which passes the text on unread."""
    name = f"--{flag.name}"
    metavar, convert = flag.metavar, flag.convert
    if flag.name == "format" and command and command.formats:
        metavar, convert = "|".join(command.formats), click.Choice(command.formats)
    return _Option(
        [f"{name}/--no-{flag.name}" if flag.switch else name, flag.field],
        type=convert if command or flag.switch else str,
        default=None,
        metavar=metavar,
        envvar=None if command is None or hidden else flag.variable,
        help=f"{flag.help} (default: {flag.default}; environment: {flag.variable})",
        hidden=hidden,
        shell_complete=_complete_path if flag.metavar in {"FILE", "DIR"} else None,
    )


def _complete_path(_: click.Context, param: click.Parameter, text: str) -> list[CompletionItem]:
    """Have the shell complete a path."""
    return [CompletionItem(text, type="dir" if param.metavar == "DIR" else "file")]


@click.pass_context
def _options(ctx: click.Context, /, **given: Any) -> Options:
    """Return the options of a command, once click has read them."""
    command = COMMANDS[str(ctx.info_name)]
    values = {field: value for field, value in given.items() if value is not None}
    for flag in FLAGS:
        if flag.field in values and not _applies(flag, command):
            ctx.fail(f"'--{flag.name}' does not apply to {command.name}.")
    if ctx.args:
        hint = f" Did you mean '--config.file={quotable(ctx.args[0])}'?"
        ctx.fail(f"{command.name} takes no files.{'' if 'config_file' in values else hint}")
    environ: Mapping[str, str] = ctx.find_root().obj
    return Options(command.name, default_storage_path(environ), **values)
