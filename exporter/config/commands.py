"""The commands of the command line, as a table."""

from dataclasses import dataclass

from ..tables import FORMATS
from .flags import BACKFILL_FORMATS, WEB_FILE_FLAG

_WEB = frozenset({"web.listen-address", "web.enable-lifecycle", WEB_FILE_FLAG})
_STORAGE = frozenset({"storage.path", "storage.on-corruption"})


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    `files`: `*` if it takes files, `+` if it needs one. `files_only`: it does not read the
    configured sources. `files_are_sources`: it reads the files as further sources. `reads_stdin`:
    `-` is standard input. `takes_pushes`: clients can push records to it. `without`: the flags that
    it does not have. `formats`: the output formats, if there is a choice.
    """

    name: str
    help: str
    files: str = ""
    metavar: str = "FILE"
    needs_sources: bool = False
    files_only: bool = False
    files_are_sources: bool = True
    reads_stdin: bool = True
    takes_pushes: bool = False
    without: frozenset[str] = frozenset()
    formats: tuple[str, ...] = ()


COMMANDS = {
    command.name: command
    for command in (
        Command(
            "run",
            "read the sources, keep following them, serve /metrics",
            files="*",
            metavar="FILE_OR_GLOB",
            needs_sources=True,
            takes_pushes=True,
        ),
        Command(
            "once",
            "read the files to their end in the order given, print the metrics, exit",
            files="+",
            metavar="FILE_OR_GLOB",
            needs_sources=True,
            files_only=True,
            without=_WEB | _STORAGE,
        ),
        Command(
            "demo",
            "serve a generated, labelled live stream, with temporary storage",
            without=_STORAGE,
        ),
        Command(
            "reconcile",
            "recount the files and compare with a running exporter; exit code 1 on differences",
            files="+",
            metavar="FILE_OR_GLOB",
            files_are_sources=False,
            reads_stdin=False,
            without=_STORAGE | {"web.enable-lifecycle", WEB_FILE_FLAG},
        ),
        Command(
            "backfill",
            "turn existing logs into history for Prometheus, each event at its own time",
            files="*",
            metavar="FILE_OR_GLOB",
            needs_sources=True,
            without=_WEB | _STORAGE,
            formats=BACKFILL_FORMATS,
        ),
        Command(
            "report",
            "report the totals of logs, as a table of one of the console's views",
            files="*",
            metavar="FILE_OR_GLOB",
            needs_sources=True,
            without=_WEB | _STORAGE,
            formats=FORMATS,
        ),
        Command(
            "compensations",
            "query a running exporter for the compensated requests on record, or their sums",
            without=_STORAGE | {"web.enable-lifecycle"},
            formats=FORMATS,
        ),
        Command(
            "try",
            "show which format the first lines of files match and what they would count; exit code "
            "1 if none matches",
            files="+",
            metavar="FILE_OR_GLOB",
            files_are_sources=False,
            without=_WEB | _STORAGE,
        ),
        Command(
            "kafka",
            "show or set the ledger's offsets of Kafka partitions, or import the state of the "
            "ledgers in the given directories",
            files="*",
            metavar="DIR",
            files_are_sources=False,
            without=_WEB,
            formats=FORMATS,
        ),
        Command("check", "validate the configuration, list every fault, exit", takes_pushes=True),
    )
}
