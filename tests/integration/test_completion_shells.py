"""Completion by Tab in interactive shells that are set up as in the README."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from places import ROOT
from programs import DEADLINE, exporter_command, wait_until

Complete = Callable[[str], list[str]]
ASK = "_ZENMUX_EXPORTER_COMPLETE"
# Completes as the exporter; any other call writes its arguments to a file.
PROGRAM = f"""#!/bin/sh
[ -z "${ASK}" ] || PYTHONPATH={ROOT} exec {shlex.join(exporter_command())}
printf '%s\\n' "$@" >"$NOTES.new" && mv "$NOTES.new" "$NOTES"
"""
PROMPT = "ready>"


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell's startup file, the lines that set up completion, and the command to run it."""

    file: str
    text: str
    command: tuple[str, ...]


SHELLS = {
    "bash": Shell(
        ".bashrc",
        f'eval "$({ASK}=bash_source zenmux-exporter)"\nPS1="{PROMPT}"\n',
        ("bash", "-i"),
    ),
    "zsh": Shell(
        ".zshrc",
        "autoload -Uz compinit && compinit\n"
        f'eval "$({ASK}=zsh_source zenmux-exporter)"\nPROMPT="{PROMPT}"\n',
        ("zsh", "--no-globalrcs", "-i"),
    ),
    "fish": Shell(
        ".config/fish/config.fish",
        f"{ASK}=fish_source zenmux-exporter | source\n"
        f'function fish_prompt; echo -n "{PROMPT}"; end\n',
        ("fish", "-i"),
    ),
}


@pytest.fixture(scope="module", params=SHELLS)
def complete(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Complete]:
    """Type into an interactive shell, press Tab and Enter; return the program's arguments."""
    shell, home = SHELLS[request.param], tmp_path_factory.mktemp(request.param)
    if shutil.which(request.param) is None:
        pytest.skip(f"needs {request.param} on the path")
    _settle(home, shell)
    log, notes = home / "screen", home / "notes"
    # The shell needs its own terminal.
    spawn = [sys.executable, "-c", "import pty, sys; pty.spawn(sys.argv[1:])", *shell.command]
    environment = os.environ | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local"),
        "PATH": f"{home}{os.pathsep}{os.environ['PATH']}",
        "NOTES": str(notes),
        "TERM": "dumb",
    }
    with (
        log.open("wb") as screen,
        subprocess.Popen(
            spawn, stdin=subprocess.PIPE, stdout=screen, stderr=screen, cwd=home, env=environment
        ) as process,
    ):
        keys = process.stdin
        assert keys is not None

        def typed(line: str) -> list[str]:
            notes.unlink(missing_ok=True)
            keys.write(f"{line}\t\r".encode())
            keys.flush()
            wait_until(notes.exists, f"{line} ran: {log.read_text(errors='replace')}")
            return notes.read_text().split("\n")[:-1]

        wait_until(lambda: PROMPT in log.read_text(errors="replace"), "the prompt is shown")
        yield typed
        keys.write(b"exit\r")
        keys.flush()
        process.wait(DEADLINE)


def _settle(home: Path, shell: Shell) -> None:
    """Create a home with the shell's startup file, the program, and paths to complete."""
    file = home / shell.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(shell.text)
    program = home / "zenmux-exporter"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    # Otherwise fish makes completions of all manual pages, in the background for half a minute.
    (home / ".local/fish/generated_completions").mkdir(parents=True)
    (home / "requests.jsonl").touch()
    (home / "ledgers").mkdir()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("chec", "check"),
        ("run --log.le", "run --log.level"),
        ("run --log.level w", "run --log.level warn"),
        ("run --log.level=w", "run --log.level=warn"),
        ("--log.level=warn onc", "--log.level=warn once"),
        ("once req", "once requests.jsonl"),
        ("run --config.file=req", "run --config.file=requests.jsonl"),
        ("run --storage.path=led", "run --storage.path=ledgers"),
        ("run --storage.path=req", "run --storage.path=req"),
    ],
)
def test_tab(complete: Complete, typed: str, expected: str) -> None:
    """Tab completes commands, flags, values and paths, and keeps the flag before `=`."""
    # Zsh removes a folder's slash on Enter.
    found = [word.removesuffix("/") for word in complete(f"zenmux-exporter {typed}")]
    assert found == shlex.split(expected)
