"""Generate manual pages and shell completion from the definition of the command line.

`python -m tools.manual OUT` writes `man/man1`, `bash-completion/completions` and so on below OUT,
laid out as in /usr/share.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from exporter import __version__
from exporter.config.options import PROGRAM, program

from .requirements import project

VARIABLE = "_ZENMUX_EXPORTER_COMPLETE"
COMPLETION = {
    "bash": f"bash-completion/completions/{PROGRAM}",
    "zsh": f"zsh/site-functions/_{PROGRAM}",
    "fish": f"fish/vendor_completions.d/{PROGRAM}.fish",
}
EXIT_STATUS = (
    ("0", "Done."),
    ("1", "Failed while running. For try, reconcile and once also: the check failed."),
    ("2", "Wrong usage or configuration."),
)
ENVIRONMENT = (
    (
        "ZENMUX_EXPORTER_INTERPRETED",
        "1 makes it use the interpreted modules instead of the compiled ones.",
    ),
    ("NOTIFY_SOCKET", "Where run sends its state to a service manager; set by systemd."),
)
SIGNALS = (
    ("SIGHUP", "Reload the configuration."),
    ("SIGTERM, SIGINT", "Commit what was counted, and exit."),
)
FILES = (
    ("~/.local/state/zenmux-exporter", "The ledger: totals, positions and ids. Keep it."),
    (
        "exporter.yml",
        "The configuration, given by --config.file; exporter.example.yml explains it.",
    ),
)

Rows = Sequence[tuple[str, str]]


def quoted(text: str) -> str:
    """Escape a text for troff: with plain hyphens, and nothing that looks like a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _section(name: str, rows: Rows) -> Iterator[str]:
    """Yield a section with a list of terms."""
    if rows:
        yield f".SH {name}"
    for term, text in rows:
        yield from (".TP", f".B {quoted(term)}", quoted(text))


def _page(name: str, about: str, synopsis: str, date: str) -> Iterator[str]:
    """Yield the head of a page."""
    yield f'.TH {quoted(name.upper())} 1 {date} "{PROGRAM} {__version__}" "User Commands"'
    yield from (".SH NAME", f"{quoted(name)} \\- {quoted(about)}")
    yield from (".SH SYNOPSIS", f".B {quoted(synopsis)}")


def _see(names: Sequence[str]) -> Iterator[str]:
    """Yield the SEE ALSO section."""
    yield ".SH SEE ALSO"
    yield from (f".BR {quoted(name)} (1)," for name in names)
    yield quoted(project()["project"]["urls"]["Documentation"])


def _flags(command: click.Command, context: click.Context) -> Rows:
    """Return the flags of a command, as in its --help."""
    records = (one.get_help_record(context) for one in command.get_params(context))
    return [(name, text) for name, text in filter(None, records) if name.startswith("-")]


def overview(group: click.Group, date: str) -> Iterator[str]:
    """Yield the lines of the program's page."""
    context = click.Context(group, info_name=PROGRAM)
    about = str(project()["project"]["description"])
    yield from _page(PROGRAM, about, f"{PROGRAM} COMMAND [FLAG...] [FILE...]", date)
    yield ".SH DESCRIPTION"
    yield quoted(f"{group.help} Each command has its own page, and --help prints its flags.")
    commands = group.commands.values()
    yield from _section("COMMANDS", [(str(one.name), str(one.help)) for one in commands])
    yield from _section("OPTIONS", _flags(group, context))
    yield from _section("ENVIRONMENT", ENVIRONMENT)
    yield from _section("FILES", FILES)
    yield from _section("EXIT STATUS", EXIT_STATUS)
    yield from _section("SIGNALS", SIGNALS)
    yield from _see([f"{PROGRAM}-{name}" for name in group.commands])


def of_command(group: click.Group, command: click.Command, date: str) -> Iterator[str]:
    """Yield the lines of a command's page."""
    context = click.Context(
        command, info_name=command.name, parent=click.Context(group, info_name=PROGRAM)
    )
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from _page(f"{PROGRAM}-{command.name}", str(command.help), usage, date)
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    rows = [(str(one.make_metavar(context)), str(one.help)) for one in arguments]
    yield from _section("ARGUMENTS", rows)
    yield from _section("OPTIONS", _flags(command, context))
    yield from _section("EXIT STATUS", EXIT_STATUS)
    yield from _see([PROGRAM])


def pages(date: str) -> dict[str, str]:
    """Return all pages by file name."""
    group = program()
    made = {PROGRAM: overview(group, date)}
    for name, command in group.commands.items():
        made[f"{PROGRAM}-{name}"] = of_command(group, command, date)
    return {f"{name}.1": "\n".join([*lines, ""]) for name, lines in made.items()}


def completions() -> dict[str, str]:
    """Return a completion script for each shell by path; it asks the program for candidates."""
    found = {}
    for shell, place in COMPLETION.items():
        kind = get_completion_class(shell)
        if kind is not None:
            found[place] = kind(program(), {}, PROGRAM, VARIABLE).source()
    return found


def write(out: Path, seconds: int) -> None:
    """Write all files; the pages get the date of `seconds`."""
    date = datetime.fromtimestamp(seconds, UTC).date()
    made = {f"man/man1/{name}": text for name, text in pages(date.isoformat()).items()}
    for place, text in {**made, **completions()}.items():
        path = out / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def main(arguments: Sequence[str]) -> int:
    """Write all files, dated `SOURCE_DATE_EPOCH`."""
    (out,) = map(Path, arguments)
    write(out, int(os.environ.get("SOURCE_DATE_EPOCH", "0")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
