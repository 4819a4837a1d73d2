"""Generate the tables of commands and flags in docs/commands.md; `--check` only compares."""

import sys

from exporter.config.commands import COMMANDS, Command
from exporter.config.flag import Flag
from exporter.config.flags import FLAGS

from .sections import ROOT, replace_section, update

PAGE = ROOT / "docs" / "commands.md"
_ARGUMENTS = {"": "", "*": " [{}...]", "+": " {}..."}


def command_row(command: Command) -> str:
    """Return a command's row."""
    arguments = _ARGUMENTS[command.files].format(command.metavar)
    return f"| `zenmux-exporter {command.name}{arguments}` | {command.help} |\n"


def flag_row(flag: Flag) -> str:
    """Return a flag's row."""
    value = "" if flag.switch else "=" + flag.metavar.replace("|", "\\|")
    having = [name for name, one in COMMANDS.items() if _has(one, flag)]
    where = "all" if len(having) == len(COMMANDS) else ", ".join(having)
    default = f"`{flag.default}`" if flag.default else ""
    return f"| `--{flag.name}{value}` | {flag.help} | {default} | {where} |\n"


def _has(command: Command, flag: Flag) -> bool:
    return flag.name not in command.without and command.name in (flag.only or COMMANDS)


def generated(text: str) -> str:
    """Return the page with up-to-date tables."""
    commands = "| command | does |\n|---|---|\n" + "".join(map(command_row, COMMANDS.values()))
    flags = "| flag | sets | default | commands |\n|---|---|---|---|\n" + "".join(
        map(flag_row, FLAGS)
    )
    return replace_section(replace_section(text, "commands", commands), "flags", flags)


if __name__ == "__main__":
    sys.exit(update(PAGE, generated))
