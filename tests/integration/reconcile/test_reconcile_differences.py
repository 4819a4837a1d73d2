"""`reconcile` names every file and total that differs."""

import json
import os
from pathlib import Path

from programs import exporter, get
from reconciling import reconcile, request, wait_for, write


def test_truncated(tmp_path: Path) -> None:
    """A truncated file is named."""
    log, copy = tmp_path / "a.jsonl", tmp_path / "copy"
    write(log, [request(n, cost_usd="0.1") for n in range(40)])
    size = log.stat().st_size
    with exporter(tmp_path, str(log)) as (program, url):
        wait_for(url, 40)
        write(copy, log.read_bytes().splitlines()[:30])
        short = reconcile(url, copy)
        copy.write_bytes(log.read_bytes()[:-5])
        cut = reconcile(url, copy)
        copy.write_bytes(log.read_bytes()[:100])
        start = reconcile(url, copy)
        assert program.process.poll() is None

    kept = size - len(b"".join(log.read_bytes().splitlines(keepends=True)[30:]))
    assert short.returncode == cut.returncode == start.returncode == 1
    assert [line.split() for line in short.stdout.splitlines()[1:3]] == [
        ["files", "that", "are", "shorter", "than", "the", "exporter's", "position", "(bytes)"],
        [str(copy), str(size), str(kept), f"+{size - kept}"],
    ]
    assert cut.stdout.splitlines()[2].split() == [str(copy), str(size), str(size - 5), "+5"]
    assert 'result="accepted"' in cut.stdout
    assert "invalid" not in cut.stdout
    assert start.stdout.splitlines()[:4] == [
        "counted by the exporter, but not given; totals are expected to differ:",
        f"  {log} ({size} bytes, source {log})",
        "given, but not counted by the exporter; left out of the recount:",
        f"  {copy}",
    ]


def test_files_that_differ(tmp_path: Path) -> None:
    """Files not given come first, then files that the exporter does not know."""
    log, other, empty = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "empty"))
    unknown = tmp_path / os.fsdecode(b"un\nkno\xffwn")
    write(log, [request(n) for n in range(10)])
    write(other, [request(n, model="other") for n in range(20, 25)])
    write(unknown, [request(99)])
    empty.touch()
    with exporter(tmp_path, str(log), str(other)) as (_, url):
        wait_for(url, 15)
        missing = reconcile(url, log)
        extra = reconcile(url, log, other, unknown, empty)

    assert missing.returncode == 1
    assert missing.stdout.splitlines()[:2] == [
        "counted by the exporter, but not given; totals are expected to differ:",
        f"  {other} ({other.stat().st_size} bytes, source {other})",
    ]
    assert missing.stdout.splitlines()[3] == "zenmux_requests_total"
    assert f'source="{other}"' not in missing.stdout  # nothing of it was recounted
    assert extra.returncode == 1
    assert extra.stdout.splitlines() == [
        "given, but not counted by the exporter; left out of the recount:",
        f"  {tmp_path}/un\\nkno\\xffwn",
        "1 difference in 15 records of 2 files",
    ]


def test_differences(tmp_path: Path) -> None:
    """For a changed log every differing total is listed exactly."""
    log, tampered, other = (tmp_path / name for name in ("a.jsonl", "tampered", "b.jsonl"))
    records = [request(n, cost_usd="0.000000000001", latency_ms=100) for n in range(30)]
    write(log, records)
    records[20] |= {"cost_usd": "0.123456789012", "latency_ms": 200}
    write(tampered, records)
    write(other, [request(99)])
    with exporter(tmp_path, str(log), str(other)) as (_, url):
        wait_for(url, 31)
        size = json.loads(get(f"{url}/api/v1/state")[1])["positions"][0]["offset"]
        found = reconcile(url, tampered, other)

    assert size == tampered.stat().st_size
    assert found.returncode == 1
    note, *table = found.stdout.splitlines()
    assert note.startswith("note: the order in which the exporter counted several files")
    assert [line.split() for line in table] == [
        ["labels", "exporter", "recount", "difference"],
        ["zenmux_cost_usd_total"],
        [
            'api_key="unknown",item="unitemized",model="m",plan="payg",provider="unknown"',
            *("0.00000000003", "0.123456789041", "-0.123456789011"),
        ],
        ["zenmux_time_to_first_token_seconds_sum"],
        ['model="m",plan="payg",provider="unknown"', "3", "3.1", "-0.1"],
        ["2", "differences", "in", "31", "records", "of", "2", "files"],
    ]


def test_failures(tmp_path: Path) -> None:
    """A failed comparison is a one-line error with exit code 1; wrong usage exits with 2."""
    log = tmp_path / "a.jsonl"
    write(log, [request(1)])
    nobody = reconcile("http://127.0.0.1:1", log)
    stdin = reconcile("http://127.0.0.1:1", "-")
    with exporter(tmp_path, str(log)) as (_, url):
        absent = reconcile(url, tmp_path / "absent")
        wrong = reconcile(f"{url}/metrics", log)

    assert (nobody.returncode, stdin.returncode) == (1, 2)
    assert "Connection refused" in nobody.stderr
    assert "standard input has no position" in stdin.stderr
    assert (absent.returncode, wrong.returncode) == (1, 1)
    assert absent.stderr.endswith("absent: cannot be read: No such file or directory\n")
    assert "answers 404 Not Found" in wrong.stderr
