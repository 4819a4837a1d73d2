"""Manual pages and completion: complete, and valid troff."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from exporter.config.commands import COMMANDS
from exporter.config.flags import FLAGS
from exporter.config.options import PROGRAM
from tools import manual

PAGES = manual.pages("2026-11-27")


def page(command: str) -> str:
    """Return a command's page with plain hyphens."""
    return PAGES[f"{PROGRAM}-{command}.1"].replace("\\-", "-")


def test_every_command_has_a_page() -> None:
    """Every command has a page and is listed on the program's page."""
    assert {*PAGES} == {f"{PROGRAM}.1", *(f"{PROGRAM}-{name}.1" for name in COMMANDS)}
    overview = PAGES[f"{PROGRAM}.1"].replace("\\-", "-")
    for name, command in COMMANDS.items():
        assert f".B {name}\n{command.help}\n" in overview
        assert f".BR {PROGRAM}-{name} (1)," in overview


@pytest.mark.parametrize("command", COMMANDS)
def test_every_flag_is_on_the_pages_of_its_commands(command: str) -> None:
    """A command's page has exactly its flags, with their variables."""
    text = page(command)
    without = COMMANDS[command].without
    for flag in FLAGS:
        applies = flag.name not in without and (not flag.only or command in flag.only)
        assert (
            bool(re.search(rf"^\.B --{re.escape(flag.name)}[ /\n]", text, re.MULTILINE)) == applies
        )
        assert (f"environment: {flag.variable})" in text) == applies


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff on the path")
def test_troff_finds_no_fault(tmp_path: Path) -> None:
    """Groff accepts all pages with all warnings on."""
    manual.write(tmp_path, 1_795_000_000)
    paths = sorted((tmp_path / "man" / "man1").iterdir())
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", *paths], capture_output=True, text=True, check=True
    )

    assert len(paths) == len(PAGES)
    assert done.stderr == ""
    assert "2026-11-18" in done.stdout


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--flag=a-b", "\\-\\-flag=a\\-b"),
        (".gz", "\\&.gz"),
        ("'quoted'", "\\&'quoted'"),
        ("a\\b", "a\\eb"),
    ],
)
def test_quoted(text: str, expected: str) -> None:
    """Characters special to troff are escaped."""
    assert manual.quoted(text) == expected


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_asks_the_program(tmp_path: Path, shell: str) -> None:
    """Each shell's script is where the shell looks for it."""
    manual.write(tmp_path, 0)
    text = (tmp_path / manual.COMPLETION[shell]).read_text()

    assert f"{manual.VARIABLE}={shell}_complete" in text
    if shutil.which(shell):
        subprocess.run([shell, "-n", tmp_path / manual.COMPLETION[shell]], check=True)
