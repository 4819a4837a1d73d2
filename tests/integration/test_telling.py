"""Messages about paths, files and lines that are not counted, from real processes."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest

from page_read import read
from programs import exporter, exporter_command, get, wait_until

LINE = '{{"id": "gen_{}", "timestamp": "2026-11-01T00:00:00Z", "model": "m"}}\n'
NO_TIME = '{"at": "2026-11-01T00:00:00Z", "model": "m"}\n'


def value(url: str, name: str, *labels: str) -> int:
    """Sum the samples that have all labels."""
    rows = (row for row in get(f"{url}/metrics")[1].splitlines() if row.startswith(name + "{"))
    return sum(int(float(row.rsplit(" ", 1)[1])) for row in rows if all(x in row for x in labels))


def files(url: str, state: str) -> int:
    """Return the number of files in a state."""
    return value(url, "zenmux_exporter_source_files", f'state="{state}"')


def warnings(log: str) -> list[str]:
    """Return the warnings in a log."""
    return [row for row in log.splitlines() if "level=warn" in row]


def outcome(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command."""
    command = exporter_command(*arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def once(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """Run `once` on files of a folder."""
    return outcome("once", *(f"{folder}/{name}" for name in names))


def backfill(out: Path, path: str) -> subprocess.CompletedProcess[str]:
    """Run `backfill` with text output."""
    return outcome("backfill", f"--out={out}", "--format=openmetrics", "--end=now", path)


def test_pattern_without_files(tmp_path: Path) -> None:
    """A pattern without files is `missing`, with one warning, until a file appears."""
    pattern = f"{tmp_path}/logs/*.jsonl"
    with exporter(tmp_path, pattern) as (program, url):
        wait_until(lambda: files(url, "missing") == 1, "it is missing")
        page = get(f"{url}/")[1]
        assert f"<b>{pattern}</b> <code>{pattern}</code>" in page
        assert [pattern, pattern, "missing"] in [
            row[:3] for row in read(page)["Files in trouble"].cells
        ]
        assert f"there is no directory {tmp_path}/logs" in page
        (tmp_path / "logs").mkdir()
        (tmp_path / "logs" / "app.jsonl").write_text(LINE.format(1))
        wait_until(lambda: value(url, "zenmux_requests_total") == 1, "it is counted")
        wait_until(lambda: files(url, "missing") == 0, "it is no longer missing")
        assert files(url, "reading") == 1
        wait_until(lambda: program.logged("a path leads to a file now"), "it is logged")
        (warning,) = warnings(program.log.read_text())
    assert pattern in warning
    assert "remedy=" in warning


def test_unreadable_files(tmp_path: Path) -> None:
    """A damaged archive, a dangling link and a directory are warned about; the rest counts."""
    (tmp_path / "good.jsonl").write_text(LINE.format(1))
    packed = gzip.compress(LINE.format(2).encode() * 5000)
    (tmp_path / "bad.jsonl").write_bytes(packed[:60] + b"\xff" * 60 + packed[120:])
    (tmp_path / "link.jsonl").symlink_to("nowhere")
    (tmp_path / "folder.jsonl").mkdir()
    arguments = (f"{tmp_path}/*.jsonl", f"{tmp_path}/folder.jsonl")
    with exporter(tmp_path, *arguments) as (program, url):
        wait_until(lambda: files(url, "unreadable") == 2, "both are unreadable")
        assert files(url, "missing") == 1
        assert value(url, "zenmux_exporter_source_lag_bytes") > 0
        page = get(f"{url}/")[1]
        wait_until(lambda: len(warnings(program.log.read_text())) >= 3, "all are logged")
        log = program.log.read_text()
    for name in ("bad.jsonl", "link.jsonl", "folder.jsonl"):
        assert re.search(rf"level=warn .*file=\S*{name} .*reason=.*remedy=", log)
        assert f"{name}</td><td>" in page
    assert len(warnings(log)) == 3
    assert f"is a directory; use {tmp_path}/folder.jsonl/*.jsonl" in page


def test_start_and_existing_content(tmp_path: Path) -> None:
    """One line logs version and configuration, one the existing content."""
    (tmp_path / "a.jsonl").write_text(LINE.format(1) + NO_TIME + "x\n" + LINE.format(1))
    config = tmp_path / "exporter.yml"
    config.write_text(f"sources: [{{name: main, type: file, path: '{tmp_path}/*.jsonl'}}]\n")
    with exporter(tmp_path, f"--config.file={config}") as (program, _):
        wait_until(lambda: program.logged("existing content is counted"), "it is counted")
        log = program.log.read_text()
    (start,) = (row for row in log.splitlines() if "msg=starting" in row)
    assert re.search(r"version=\S+ build=(compiled|interpreted faster=)", start)
    assert f"config={config} storage={tmp_path}/state" in start
    assert f'sources="main: {tmp_path}/*.jsonl"' in start
    (counted,) = (row for row in log.splitlines() if "existing content" in row)
    assert 'lines=4 files=1 invalid="missing_time 1, not_json 1" seconds=' in counted
    assert warnings(log) == []


def test_source_without_valid_lines(tmp_path: Path) -> None:
    """A source without valid lines is warned about once and shown on the page."""
    log = tmp_path / "app.jsonl"
    log.write_text(NO_TIME * 150)
    with exporter(tmp_path, str(log)) as (program, url):
        invalid = "zenmux_exporter_invalid_records_total"
        wait_until(lambda: value(url, invalid) == 150, "they are counted")
        with log.open("a") as file:
            file.write(NO_TIME * 200)
        wait_until(lambda: value(url, invalid) == 350, "more are counted")
        page = get(f"{url}/")[1]
        told = program.log.read_text()
    (warning,) = warnings(told)
    assert re.search(rf"file={log} position=0 lines=100 reason=missing_time remedy=.*time", warning)
    assert f"missing_time: 350, the first in {log} at byte 0" in page
    assert "none of 350 lines is a valid record" in page


def test_first_hundred_lines_tell(tmp_path: Path) -> None:
    """The warning depends only on the first hundred lines."""
    late, early = tmp_path / "late.jsonl", tmp_path / "early.jsonl"
    late.write_text(NO_TIME * 100 + LINE.format(1) * 300)
    early.write_text(NO_TIME * 99 + LINE.format(2) + NO_TIME * 300)
    done = once(tmp_path, "late.jsonl", "early.jsonl")
    assert done.returncode == 0
    (warning,) = warnings(done.stderr)
    assert f"source={late}" in warning


ONCE = [
    (("*.jsonl",), 0, 2, ""),
    (("{a,b}.jsonl",), 0, 2, ""),
    (("a.jsonl", "*.jsonl"), 0, 2, ""),
    (("none.jsonl",), 1, None, r"none\.jsonl: cannot be read: No such file or directory"),
    (("none*",), 1, None, r"none\*: no file matches"),
    (("d",), 1, None, r"d: is a directory; use \S*d/\*\.jsonl"),
    (("x.csv",), 1, 0, r"file=\S*x\.csv .*reason=not_json"),
    (("x.csv", "a.jsonl"), 0, 1, r"file=\S*x\.csv .*reason=not_json"),
    (("empty.jsonl",), 0, 0, ""),
    (("none.jsonl", "a.jsonl"), 1, 1, r"none\.jsonl: cannot be read: No such file or directory"),
    (("a.jsonl", "none*"), 1, 1, r"none\*: no file matches"),
    (("d", "none*", "a.jsonl"), 1, 1, r"d: is a directory; (.|\n)*none\*: no file matches"),
    (("cut.gz", "a.jsonl"), 1, 1, r"cut\.gz: cannot be read: the archive is not complete"),
    (("utf16.log", "a.jsonl"), 1, 1, r"utf16\.log: cannot be read: is in UTF-16"),
]


@pytest.mark.parametrize(("arguments", "code", "requests", "told"), ONCE)
def test_once(
    tmp_path: Path, arguments: tuple[str, ...], code: int, requests: int | None, told: str
) -> None:
    """`once` expands patterns; unreadable inputs are errors, the rest is counted."""
    (tmp_path / "a.jsonl").write_text(LINE.format(1).replace('"id": "gen_1", ', ""))
    (tmp_path / "b.jsonl").write_text(LINE.format(2).replace('"id": "gen_2", ', "  "))
    (tmp_path / "x.csv").write_text("time,model\n2026-11-01,m\n")
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "cut.gz").write_bytes(gzip.compress(LINE.format(3).encode())[:-12])
    (tmp_path / "utf16.log").write_text(LINE.format(4), encoding="utf-16")
    (tmp_path / "d").mkdir()
    done = once(tmp_path, *arguments)
    assert done.returncode == code
    assert re.search(told, done.stderr)
    counted = re.findall(
        r'^zenmux_requests_total\{.*outcome="success"\} (\d+)', done.stdout, re.MULTILINE
    )
    assert (sum(map(int, counted)) if done.stdout else None) == requests


def test_patterns_reach_every_command(tmp_path: Path) -> None:
    """`reconcile` and `backfill` expand patterns as `run` does; no match is an error."""
    logs = tmp_path / "logs [1]"
    logs.mkdir()
    for number in range(3):
        (logs / f"{number}.jsonl").write_text(LINE.format(number))
    (logs / "0.jsonl~").write_text(LINE.format(9))
    good, bad = f"{logs}/{{0,[1-9]}}.jsonl", f"{logs}/none*"
    with exporter(tmp_path, f"{logs}/*") as (_, url):
        wait_until(lambda: value(url, "zenmux_requests_total") == 3, "all are counted")
        against = f"--against={url}"
        compared = outcome("reconcile", against, good)
        refused = outcome("reconcile", against, bad)
    made, nothing = backfill(tmp_path / "a", good), backfill(tmp_path / "b", bad)
    assert compared.stdout.endswith("no differences in 3 records of 3 files\n")
    assert (made.returncode, made.stderr) == (0, "")
    for done in (refused, nothing):
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"zenmux-exporter: {bad}: no file matches\n"
