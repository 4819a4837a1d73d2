"""The worked examples of docs/contributing work: their diffs apply, their commands pass."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT
from programs import real_prometheus

pytestmark = real_prometheus
EXAMPLES = ROOT / "docs" / "contributing"
# The examples that must be applied first.
AFTER = {"panel": ("metric",)}
BIN = Path(sys.executable).parent
_BLOCK = re.compile(r"^```(?P<language>diff|sh)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources to change."""
    kept = (
        *("exporter", "grafana", "prometheus", "tests", "tools"),
        *("docs", "recorder", "benchmarks", "fuzz"),
    )
    skipped = shutil.ignore_patterns("__pycache__", "*.so", "*.png")
    for name in kept:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=skipped)
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, tmp_path)
    return tmp_path


def blocks(name: str) -> list[tuple[str, str]]:
    """Return the diffs and commands of a page in order."""
    found = _BLOCK.finditer((EXAMPLES / f"{name}.md").read_text())
    return [(block["language"], block["text"]) for block in found]


def apply(diff: str, folder: Path) -> None:
    """Apply a diff to the copy."""
    done = subprocess.run(
        ["git", "apply", "--whitespace=error", "-"],
        cwd=folder,
        input=diff,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def run(command: str, folder: Path) -> None:
    """Run a command of a page with this environment's programs."""
    if command.startswith("make"):
        # Use this environment instead of building one.
        command += f" BIN={BIN} -o .venv/dev"
    command = command.replace(".venv/bin/", f"{BIN}/")
    environment = {
        name: value
        for name, value in os.environ.items()
        # With CI set, tests fail without compiled modules, which the copy does not have.
        if "XDIST" not in name and name != "CI"
    }
    environment |= {"PYTHONPATH": str(folder), "ZENMUX_EXPORTER_INTERPRETED": "1"}
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.md")))
def test_example_works(name: str, copy: Path) -> None:
    """An example's diffs apply, and its commands and ruff pass."""
    for before in AFTER.get(name, ()):
        for language, text in blocks(before):
            if language == "diff":
                apply(text, copy)
    kinds = [language for language, _ in blocks(name)]
    assert kinds.count("diff") >= 3
    assert "sh" in kinds
    for language, text in blocks(name):
        if language == "diff":
            apply(text, copy)
        else:
            for line in text.splitlines():
                run(line, copy)
    for check in ("check", "format --check"):
        run(f".venv/bin/ruff {check} .", copy)
