"""Shell completion in bash, zsh and fish."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exporter.config.commands import COMMANDS
from exporter.config.options import parse
from places import ROOT

VARIABLE = "_ZENMUX_EXPORTER_COMPLETE"


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with a `zenmux-exporter` script, as an installation has it."""
    script = tmp_path / "zenmux-exporter"
    script.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m exporter "$@"\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["chec"], ["check"]),
        (["run", "--log."], ["--log.level", "--log.format"]),
        (["run", "--log.level", "w"], ["warn"]),
        (["run", "--log.level", "=", "w"], ["warn"]),  # bash splits at `=`
        (["--log.level", "=", "warn", "onc"], ["once"]),
    ],
)
def test_bash(program: Path, words: list[str], expected: list[str]) -> None:
    """Bash completes commands, flags with dots in their names, and their values."""
    script = (
        f'eval "$({VARIABLE}=bash_source zenmux-exporter)"; COMP_WORDS=(zenmux-exporter "$@"); '
        "COMP_CWORD=$#; _zenmux_exporter_completion zenmux-exporter; echo ${COMPREPLY[@]}"
    )
    path = {"PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
    told = subprocess.run(
        ["bash", "-c", script, "bash", *words],
        env=os.environ | path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (told.stdout.split(), told.stderr) == (expected, "")


def completed(
    shell: str, line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> list[str]:
    """Return the completions of a line's last word."""
    words = line.split(" ")
    monkeypatch.setenv(VARIABLE, f"{shell}_complete")
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", words[-1] if shell == "fish" else str(len(words) - 1))
    with pytest.raises(SystemExit) as caught:
        parse([], {})
    assert caught.value.code == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_values(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Paths are left to the shell, and only flags that apply to the command are offered."""

    def told(line: str) -> str:
        return " ".join(completed(shell, f"zenmux-exporter {line}", monkeypatch, capsys))

    assert all(command in told("") for command in COMMANDS)
    assert told("run --config.file ").startswith("file")
    assert told("run --storage.path ").startswith("dir")
    assert told("once ").startswith("file")
    assert "--config.file" in told("once --c")
    assert "--storage" not in told("once --")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_source(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each shell's script calls the program."""
    monkeypatch.setenv(VARIABLE, f"{shell}_source")
    with pytest.raises(SystemExit) as caught:
        parse([], {})

    assert caught.value.code == 0
    script = capsys.readouterr().out
    assert f"{VARIABLE}={shell}_complete" in script
    # Our change to click's script, which would replace the flag before `=`.
    assert {"bash": "", "zsh": "compset -P '--*='", "fish": "$flag"}[shell] in script
    assert "compadd -U" not in script
