"""Expansion of configured paths: `~`, variables, braces and globs."""

import os
from pathlib import Path

import pytest

from exporter.errors import ExporterError
from exporter.sources import FileState, SourceSpec, files_of
from exporter.sources.expansion import expand
from exporter.sources.paths import Paths

NAMES = (
    "app.jsonl",
    "app.jsonl.1",
    "web.jsonl",
    "a[1].jsonl",
    "what?.jsonl",
    "x{1,2}.jsonl",
    "$HOME.jsonl",
    "~root",
    "two\nlines.jsonl",
    "caf\udce9.jsonl",
    " spaces .jsonl",
    "[prod]/1.jsonl",
    "[prod]/2.jsonl",
    "deep/er/3.jsonl",
    "p/4.jsonl",
)
LITTER = ("app.jsonl~", ".app.jsonl.swp", "#app.jsonl#", ".#app.jsonl", "app.swp", "app.tmp", ".h1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with many odd file names."""
    for name in (*NAMES, *LITTER):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("WHERE", "deep/*")
    monkeypatch.setenv("NAMED", "web")
    monkeypatch.delenv("NOT_SET", raising=False)
    return tmp_path


AS_TYPED = [(name, [name]) for name in (*NAMES, *LITTER)]
EXPANDED = [
    ("a*.jsonl", ["a[1].jsonl", "app.jsonl"]),
    ("app*", ["app.jsonl", "app.jsonl.1"]),
    ("[aw][ep][bp].jsonl", ["app.jsonl", "web.jsonl"]),
    ("two*", ["two\nlines.jsonl"]),
    ("caf*", ["caf\udce9.jsonl"]),
    ("[prod]/*.jsonl", ["[prod]/1.jsonl", "[prod]/2.jsonl"]),
    ("{web,app}.jsonl", ["web.jsonl", "app.jsonl"]),
    ("{app,{web,deep/er/3}}.jsonl", ["app.jsonl", "web.jsonl", "deep/er/3.jsonl"]),
    ("{p,deep/er}/{3,4}*", ["p/4.jsonl", "deep/er/3.jsonl"]),
    ("{app,a*}.jsonl", ["app.jsonl", "a[1].jsonl"]),
    ("$NAMED.jsonl", ["web.jsonl"]),
    ("{${NAMED},app}.jsonl", ["web.jsonl", "app.jsonl"]),
    ("$WHERE/3.jsonl", ["deep/er/3.jsonl"]),
    ("**/[34].jsonl", ["deep/er/3.jsonl", "p/4.jsonl"]),
    ("*~", ["app.jsonl~"]),
    ("*.swp", ["app.swp"]),
    ("*.tmp", ["app.tmp"]),
    (".h*", [".h1"]),
    (".*.swp", [".app.jsonl.swp"]),
    ("#*#", ["#app.jsonl#"]),
]


@pytest.mark.parametrize(("typed", "files"), [*AS_TYPED, *EXPANDED])
def test_files(folder: Path, typed: str, files: list[str]) -> None:
    """A path that exists as typed is taken literally; otherwise it is expanded."""
    assert files_of(typed) == files


def test_home(folder: Path) -> None:
    """`~` is the user's home directory."""
    assert files_of("~/app.jsonl") == [f"{folder}/app.jsonl"]
    assert files_of("~/[prod]/*") == [f"{folder}/[prod]/1.jsonl", f"{folder}/[prod]/2.jsonl"]


def test_litter_is_skipped(folder: Path) -> None:
    """Editors' backups and hidden files are skipped unless a pattern names them."""
    found = expand("*")
    assert not set(found.files) & set(LITTER)
    assert {name for name in NAMES if "/" not in name} == set(found.files)


MISSING = [
    ("none.jsonl", "none.jsonl", "there is no such file"),
    ("no/where.jsonl", "no/where.jsonl", "there is no directory no"),
    ("no/*.jsonl", "no/*.jsonl", "there is no directory no"),
    ("none*.jsonl", "none*.jsonl", "no file matches"),
    ("{app,none}.jsonl", "none.jsonl", "there is no such file"),
    ("$NOT_SET/*.jsonl", "$NOT_SET/*.jsonl", "the environment variable NOT_SET is not set"),
    ("p", "p", "is a directory; use p/*.jsonl"),
    ("p/", "p/", "is a directory; use p/*.jsonl"),
    ("[prod]", "[prod]", "is a directory; use [[]prod]/*.jsonl"),
    ("de*", "de*", "only directories match; use de*/*.jsonl"),
    ("app.jsonl?", "app.jsonl?", "only editors' backups and hidden files match"),
    ("a\0b", "a\0b", "a path cannot hold a NUL character"),
    ("{a,b}" * 11, "{a,b}" * 11, "it stands for more than 1000 paths"),
    ("{" * 101, "{" * 101, "it has more than 100 braces"),
]


@pytest.mark.parametrize(("typed", "path", "reason"), MISSING)
def test_missing(folder: Path, typed: str, path: str, reason: str) -> None:
    """A path that matches no file is reported with the reason."""
    (one,) = expand(typed).missing
    assert (one.path, one.reason, one.state) == (path, reason, FileState.missing)


def test_commands_refuse_what_leads_to_no_file(folder: Path) -> None:
    """A pattern without a match or a directory is refused; a plain path fails on reading."""
    assert files_of("none.jsonl") == ["none.jsonl"]
    for typed in ("none*.jsonl", "p", "$NOT_SET"):
        with pytest.raises(ExporterError, match=r"no file|directory|not set"):
            files_of(typed)


def found(paths: Paths, state: FileState) -> list[tuple[str, str, int, int]]:
    """The reported paths in a state."""
    return [
        (row.source, row.path, row.files, row.lag_bytes)
        for row in paths.troubles
        if row.state is state
    ]


def test_limit_of_files(tmp_path: Path) -> None:
    """Files beyond the limit are reported; files already followed are kept."""
    for number in range(5, 10):
        (tmp_path / f"{number}.log").write_text("xy")
    paths = Paths([SourceSpec("a", f"{tmp_path}/*.log")], max_files=4)
    assert paths.expand(0.0)
    kept = [f"{tmp_path}/{number}.log" for number in range(5, 9)]
    assert list(paths.found) == kept
    assert found(paths, FileState.beyond_cap) == [("a", f"{tmp_path}/*.log", 1, 2)]
    (tmp_path / "1.log").write_text("xyz")
    assert not paths.expand(1.0)
    assert paths.expand(9.0)
    assert list(paths.found) == kept
    assert found(paths, FileState.beyond_cap) == [("a", f"{tmp_path}/*.log", 2, 5)]
    for number in (5, 6):
        (tmp_path / f"{number}.log").unlink()
    assert paths.expand(20.0)
    assert len(paths.found) == 4
    assert found(paths, FileState.beyond_cap) == []


def test_plain_paths_may_come_later(tmp_path: Path) -> None:
    """A plain path is watched even if the file doesn't exist yet."""
    paths = Paths([SourceSpec("a", f"{tmp_path}/a.log"), SourceSpec("b", f"{tmp_path}/*.txt")])
    paths.expand(0.0)
    assert list(paths.found) == [f"{tmp_path}/a.log"]
    assert [row.path for row in paths.troubles] == [f"{tmp_path}/a.log", f"{tmp_path}/*.txt"]
    (tmp_path / "a.log").touch()
    (tmp_path / "b.txt").touch()
    paths.expand(10.0)
    assert list(paths.found) == [f"{tmp_path}/a.log", f"{tmp_path}/b.txt"]
    assert paths.troubles == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_closed_directory(folder: Path) -> None:
    """A directory that a pattern can't search is reported as unreadable."""
    (folder / "p").chmod(0)
    (one,) = expand("*/*.jsonl").missing
    (folder / "p").chmod(0o755)
    assert (one.path, one.state) == ("p/", FileState.unreadable)
