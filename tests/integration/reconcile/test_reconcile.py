"""`reconcile` finds no difference if the exporter is right, wherever its files are now."""

import gzip
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from loggen import generate
from programs import exporter, get, wait_until
from reconciling import SECOND, counted, paid, ready, reconcile, request, wait_for, write


def test_agrees(tmp_path: Path) -> None:
    """Generated logs have no differences up to the committed positions."""
    log, packed = tmp_path / "a.jsonl", tmp_path / "b.jsonl.gz"
    lines = generate(3, 300)
    write(packed, lines[:150])
    write(log, [*lines[150:]])
    with log.open("ab") as file:
        file.write(b'{"half')
    with exporter(tmp_path, str(packed), str(log)) as (_, url):
        wait_until(lambda: ready(url), "the exporter is ready")
        records = counted(url)
        same = reconcile(url, packed, log)
        slash = reconcile(f"{url}/", packed, log)

    assert (same.returncode, same.stderr) == (0, "")
    assert same.stdout.splitlines() == [
        f"note: {log}: 6 bytes are not counted yet",
        f"no differences in {records} records of 2 files",
    ]
    assert slash.stdout == same.stdout


CONFIG = """
sources:
  - {{name: foreign, type: file, path: "{0}/foreign*.jsonl", mapping: {{id: call.no,
     timestamp: call.at, model: llm, input_tokens: in, output_tokens: out, cost_usd: price}}}}
  - {{name: native, type: file, path: "{0}/native*"}}
keys: {{key_1: {{name: checkout, plan: subscription}}}}
labels: {{model: {{limit: 2, display: {{m: Model M}}}}}}
compensation: {{payout: [insurance.usd]}}
buckets: {{duration: [1, 2]}}
"""


def foreign(number: int) -> dict[str, Any]:
    """A record in another structure."""
    return {
        "call": {"no": f"gen_{number}", "at": SECOND},
        "llm": f"llm_{number}",
        "in": 80,
        "out": 15,
        "price": "0.0025",
    }


def test_configuration_reaches_the_recount(tmp_path: Path) -> None:
    """The recount uses mapping, keys, labels, limits, payout paths and buckets."""
    config, inputs = tmp_path / "exporter.yml", tmp_path / "in"
    inputs.mkdir()
    config.write_text(CONFIG.format(inputs))
    write(inputs / "foreign.jsonl", [foreign(n) for n in range(5)])
    timed = {"latency_ms": 700, "generation_ms": 900, "insurance": {"usd": "0.25"}}
    write(inputs / "native.jsonl.gz", [request(n, api_key="key_1", **timed) for n in range(4, 9)])
    # In this order, unlike in the order given, the first two foreign models are within the limit.
    files = inputs / "native.jsonl.gz", inputs / "foreign.jsonl"
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_for(url, 10)
        same = reconcile(url, f"--config.file={config}", *files)
        other = reconcile(url, *files)
        files[1].rename(tmp_path / "away")
        moved = reconcile(url, f"--config.file={config}", files[0], tmp_path / "away")
        text = json.loads(get(f"{url}/api/v1/state")[1])["metrics"]

    assert 'zenmux_requests_total{api_key="checkout",model="Model M"' in text
    assert 'model="other"' in text
    assert (same.returncode, same.stdout) == (0, "no differences in 10 records of 2 files\n")
    assert moved.stdout == same.stdout
    assert other.returncode == 1
    assert 'reason="missing_time",source="foreign"' in other.stdout


def test_mapping_by_path(tmp_path: Path) -> None:
    """A source that was renamed in the configuration is recognized by its path."""
    config, log = tmp_path / "exporter.yml", tmp_path / "foreign.jsonl"
    write(log, [foreign(n) for n in range(5)])
    config.write_text(CONFIG.format(tmp_path))
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_for(url, 5)
        config.write_text(CONFIG.format(tmp_path).replace("name: foreign", "name: renamed"))
        same = reconcile(url, f"--config.file={config}", os.path.relpath(log))

    assert (same.returncode, same.stdout) == (0, "no differences in 5 records of 1 file\n")


def test_unfinished_records(tmp_path: Path) -> None:
    """An incomplete record counts on neither side until its file is rotated."""
    log, away = tmp_path / "app.log", tmp_path / "app.log.1"
    found = [json.dumps(request(n), indent=1) for n in range(4)]
    log.write_text("\n".join(found)[:-20].rpartition("\n")[0] + "\n")
    with exporter(tmp_path, str(log)) as (_, url):
        wait_for(url, 3)
        before = reconcile(url, log)
        log.rename(away)
        wait_for(url, 4)
        after = reconcile(url, away)

    assert (before.returncode, before.stdout) == (0, "no differences in 3 records of 1 file\n")
    assert (after.returncode, after.stdout) == (0, "no differences in 4 records of 1 file\n")


def test_start_at_end(tmp_path: Path) -> None:
    """Content skipped by `start_at: end`, also in an archive, is no difference."""
    config, log, packed = (tmp_path / name for name in ("c.yml", "a.jsonl", "a.jsonl.1.gz"))
    write(log, [request(n) for n in range(20)])
    write(packed, [request(n) for n in range(100, 120)])
    source = f"{{name: logs, type: file, path: '{tmp_path}/a.jsonl*', start_at: end}}"
    config.write_text(f"sources: [{source}]")
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_until(lambda: ready(url), "the exporter is ready")
        write(log, [request(n) for n in range(15, 25)], "ab")
        wait_for(url, 10)
        same = reconcile(url, f"--config.file={config}", log, packed)

    assert (same.returncode, same.stdout) == (0, "no differences in 10 records of 2 files\n")


def test_rotated(tmp_path: Path) -> None:
    """Files are recognized by content after a move; the oldest counts first."""
    log, away = tmp_path / "a.jsonl", tmp_path / "away"
    away.mkdir()
    write(log, [request(n) for n in range(10)])
    with exporter(tmp_path, str(log)) as (_, url):
        wait_for(url, 10)
        log.rename(tmp_path / "a.jsonl.2")
        write(log, [paid(n) for n in range(10)])
        wait_for(url, 20)
        log.rename(tmp_path / "a.jsonl.1")
        write(log, [request(n) for n in range(5, 20)])
        wait_for(url, 35)
        files = [Path(shutil.move(tmp_path / f"a.jsonl.{n}", away / f"old{n}")) for n in (1, 2)]
        packed = away / "old.gz"
        packed.write_bytes(gzip.compress(files[1].read_bytes()))
        moved = reconcile(url, log, *files)
        twice = reconcile(url, log, packed, *files, packed)

    assert (moved.returncode, moved.stdout) == (0, "no differences in 35 records of 3 files\n")
    assert twice.returncode == 0
    assert twice.stdout.splitlines() == [
        f"note: {packed} has the same content as another given file; counted once",
        "no differences in 35 records of 3 files",
    ]


def test_compressed(tmp_path: Path) -> None:
    """A counted log is recognized in its archive, also if only that is left."""
    log, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.1.gz"
    write(log, [request(n) for n in range(10)])
    with exporter(tmp_path, str(log)) as (_, url):
        wait_for(url, 10)
        packed.write_bytes(gzip.compress(log.read_bytes()))
        log.unlink()
        same = reconcile(url, packed)

    assert (same.returncode, same.stdout) == (0, "no differences in 10 records of 1 file\n")


@pytest.mark.parametrize("names", [("a.jsonl", "b.jsonl"), ("a.jsonl", "a.jsonl.1")])
def test_shared_ids(tmp_path: Path, names: tuple[str, str]) -> None:
    """Logs are recounted in the exporter's order, one MiB of each in turn."""
    config, logs = tmp_path / "c.yml", [tmp_path / name for name in names]
    for shift, log in enumerate(logs):
        order = sorted(range(3000), key=lambda n: (n * 7919 + shift * 1000) % 3001)
        write(log, [request(n, model=log.name, padding="x" * 1000) for n in order])
    sources = (f"{{name: {log.name}, type: file, path: '{log}'}}" for log in logs)
    config.write_text(f"sources: [{', '.join(sources)}]")
    with exporter(tmp_path, f"--config.file={config}") as (_, url):
        wait_for(url, 6000)
        same = reconcile(url, f"--config.file={config}", *reversed(logs))
        text = json.loads(get(f"{url}/api/v1/state")[1])["metrics"]

    assert (same.returncode, same.stdout) == (0, "no differences in 6000 records of 2 files\n")
    for name in names:
        assert f'source="{name}",result="duplicate"' in text
