"""The commands behind the Makefile's targets."""

import re
import subprocess
from pathlib import Path

import pytest

from places import ROOT
from tools import compiler, requirements, run

LISTEN = "--web.listen-address=127.0.0.1:7"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [[LISTEN, "demo"]]),
        (["a b.jsonl", "c/*.gz"], [[LISTEN, "run", "a b.jsonl", "c/*.gz"]]),
        (
            ["--history=past", "{folder}/"],
            [["backfill", "--out=past", "{folder}/*"], [LISTEN, "run", "{folder}/*"]],
        ),
    ],
)
def test_what_make_run_runs(
    tmp_path: Path, arguments: list[str], expected: list[list[str]]
) -> None:
    """`make run` runs the demo, or the exporter on all logs, after a backfill if requested."""
    given = [one.format(folder=tmp_path) for one in arguments]
    options = run.parser().parse_args(["--port=7", *given])
    assert [command[1:] for command in run.commands(options)] == [
        [one.format(folder=tmp_path) for one in command] for command in expected
    ]


@pytest.mark.parametrize("target", ["run", "stack"])
def test_paths_reach_the_tool_as_typed(target: str) -> None:
    """Quoted paths and globs in LOGS reach the tool unexpanded."""
    plan = subprocess.run(
        ["make", "-n", target, "LOGS=tools/*.py '/my logs/b'"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (line,) = (one for one in plan.splitlines() if f"-m tools.{target} " in one)
    printing = re.sub(r"exec \S+ ", r"printf '%s\\n' ", line)
    words = subprocess.run(
        ["sh", "-c", printing], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert words[-2:] == ["tools/*.py", "/my logs/b"]


def test_requirements() -> None:
    """Without groups the build and runtime requirements are listed, else the group's."""
    needed = list(requirements.requirements([]))
    assert any(one.startswith("mypy") for one in needed)
    assert any(one.startswith("aiohttp") for one in needed)
    assert list(requirements.requirements(["fuzz"])) == ["atheris>=3.0"]


def test_a_compiler_that_comes_later_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note changes when a compiler appears, but not when it disappears."""
    note = tmp_path / "compiler"
    monkeypatch.setenv("CC", str(tmp_path / "cc"))
    compiler.main([str(note)])
    assert note.read_text() == compiler.NO
    (tmp_path / "cc").write_text("#!/bin/sh\n")
    (tmp_path / "cc").chmod(0o755)
    compiler.main([str(note)])
    assert note.read_text() == compiler.YES
    (tmp_path / "cc").unlink()
    compiler.main([str(note)])
    assert note.read_text() == compiler.YES
