"""Write the tables of commands and flags into docs/commands.md; `--check` only compares."""

import sys

from exporter.config.commands import COMMANDS, Command
from exporter.config.flag import Flag
from exporter.config.flags import FLAGS

from .sections import ROOT, replace_section, update

PAGE = ROOT / "docs" / "commands.md"
_ARGUMENTS = {"": "", "*": " [{}...]", "+": " {}..."}


def command_row(command: Command) -> str:
    """Return a command's line of the table."""
    arguments = _ARGUMENTS[command.files].format(command.metavar)
    return f"| `zenmux-exporter {command.name}{arguments}` | {command.help} |\n"


def flag_row(flag: Flag) -> str:
    """Return a flag's line of the table."""
    value = "" if flag.switch else "=" + flag.metavar.replace("|", "\\|")
    having = [name for name, one in COMMANDS.items() if _has(one, flag)]
    where = "all" if len(having) == len(COMMANDS) else ", ".join(having)
    default = f"`{flag.default}`" if flag.default else ""
    return f"| `--{flag.name}{value}` | {flag.help} | {default} | {where} |\n"


def _has(command: Command, flag: Flag) -> bool:
    return flag.name not in command.without and command.name in (flag.only or COMMANDS)


def generated(text: str) -> str:
    """Return the page with the tables as they should be."""
    commands = "| command | does |\n|---|---|\n" + "".join(map(command_row, COMMANDS.values()))
    flags = "| flag | sets | default | commands |\n|---|---|---|---|\n" + "".join(
        map(flag_row, FLAGS)
    )
    return replace_section(replace_section(text, "commands", commands), "flags", flags)


if __name__ == "__main__":
    sys.exit(update(PAGE, generated))
