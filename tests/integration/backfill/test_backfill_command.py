"""The `backfill` command: unusual times, paths and locales, and one-line errors."""

import gzip
import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from exporter.backfill import MANIFEST
from programs import exporter, exporter_command, get, wait_until

HOUR, DAY = 3600, 86_400
YEAR_2024 = "2024-06-01T00:00:00Z"


def log_of(tmp_path: Path, *times: float, model: str = "m") -> Path:
    """A log with a request at each time."""
    path = tmp_path / "log.jsonl"
    rows = [json.dumps({"timestamp": at, "model": model}, ensure_ascii=False) for at in times]
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def made_of(
    log: Path, *options: str, prefix: Sequence[str] = (), env: dict[str, str] | None = None
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run the command on a log; return the result and the output folder."""
    out = log.parent / "out"
    command = exporter_command("backfill", str(log), f"--out={out}", "--format=openmetrics")
    return (
        subprocess.run(
            [*prefix, *command, *options],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | (env or {}),
        ),
        out,
    )


def values(out: Path) -> list[str]:
    """Return the samples of successful requests in time order."""
    lines = [line for path in sorted(out.glob("*.om")) for line in path.read_text().splitlines()]
    found = [line for line in lines if "requests_total" in line and '"success"' in line]
    return [line.split()[-2] for line in found]


@pytest.mark.parametrize("ahead", [-600, 40 * DAY], ids=["recent", "future"])
def test_a_log_that_begins_behind_the_end_is_born_at_zero_there(
    tmp_path: Path, ahead: float
) -> None:
    """A log without events before the end gives zeros from which the live counters rise."""
    done, out = made_of(log_of(tmp_path, time.time() + ahead))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 series, 3 samples" in done.stdout
    assert values(out) == ["0"]


def test_a_start_long_before_the_log_makes_nothing_there(tmp_path: Path) -> None:
    """Series begin with their first event, so empty years cost no time or space."""
    done, out = made_of(log_of(tmp_path, time.time() - DAY), f"--start={YEAR_2024}")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(list(out.glob("*.om"))) <= 3
    assert values(out)[:2] == ["0", "1"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--start=now",), "--start: must not be after the end, 20"),
        ((f"--end={YEAR_2024}", "--start=2024-06-02T00:00:00Z"), f"the end, {YEAR_2024}"),
        (("--labels=model=x,job=y,le=z",), "--labels: the metrics have this label already: le, m"),
    ],
)
def test_options_that_contradict_are_wrong_usage(
    tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    """Contradictory options are a usage error and leave no manifest behind."""
    done, out = made_of(log_of(tmp_path, time.time() - DAY), *options)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (out / MANIFEST).exists()


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_manifest_that_cannot_be_read_refuses_too(tmp_path: Path, content: str) -> None:
    """A damaged manifest still marks a folder as holding a backfill."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / MANIFEST).write_text(content)
    done, _ = made_of(log_of(tmp_path, time.time() - DAY))
    assert done.returncode == 1
    assert "out: already holds a backfill. To make it again" in done.stderr


def test_text_is_utf_8_in_every_locale(tmp_path: Path) -> None:
    """OpenMetrics text is written in UTF-8 in every locale."""
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done, out = made_of(log_of(tmp_path, time.time() - 5 * HOUR, model="模型"), env=plain)
    assert (done.returncode, done.stderr) == (0, "")
    assert any('model="模型"' in path.read_text(encoding="utf-8") for path in out.glob("*.om"))


def test_file_names_and_labels_need_not_be_utf_8(tmp_path: Path) -> None:
    """Invalid UTF-8 in paths and labels is escaped in the output."""
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    log = log_of(folder, time.time() - DAY)
    text = log.read_text().rstrip("}\n") + ', "note": "' + "x" * 4000 + '"}\n'
    log.write_text(text)
    copy = folder / os.fsdecode(b"copy-\xff.jsonl")
    copy.write_text(text)
    label = os.fsdecode(b"--labels=instance=\xe9")
    done, out = made_of(log, str(copy), label)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"copy-\xff.jsonl: another file has the same content" in done.stdout
    assert values(out)[-1] == "1"
    texts = [path.read_text(encoding="utf-8") for path in out.glob("*.om")]
    assert all(r'instance="\\xe9"' in text for text in texts)


@pytest.mark.parametrize("blocks", [8, 400], ids=["increments", "text"])
def test_a_full_disk_is_told_in_a_line_and_nothing_is_left(tmp_path: Path, blocks: int) -> None:
    """A full disk is a one-line error, and no partial output is left."""
    log = log_of(tmp_path, *(time.time() - DAY + second for second in range(0, 60_000, 20)))
    limited = ("sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh")
    done, out = made_of(log, "--step=1", prefix=limited)
    assert done.returncode == 1
    assert done.stderr.startswith(f"zenmux-exporter: {out}: cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert list(out.iterdir()) == []


def logs_twice(tmp_path: Path, size: int) -> list[str]:
    """Write a log without ids, its copies and links, and another log."""
    row = {"timestamp": time.time() - DAY, "model": "m", "note": "x" * size}
    log = tmp_path / "app.log"
    log.write_text(json.dumps(row) + "\n")
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(log.read_bytes()))
    (tmp_path / "a-link.log").symlink_to(log)
    (tmp_path / "name.log").hardlink_to(log)
    (tmp_path / "other.log").write_text(json.dumps(row | {"model": "other"}) + "\n")
    return [f"{tmp_path}/*.log", f"{tmp_path}/app*", f"{tmp_path}/./app.log"]


@pytest.mark.parametrize("size", [100, 4000], ids=["short", "long"])
def test_what_several_files_hold_counts_once(tmp_path: Path, size: int) -> None:
    """Files with the same content count once, as in the live exporter."""
    paths = logs_twice(tmp_path, size)
    made, out = made_of(Path(paths[0]), *paths[1:])
    assert (made.returncode, made.stderr) == (0, "")
    assert values(out)[-1] == "1"
    assert "read: 2 lines: 2 accepted\n" in made.stdout
    assert made.stdout.count("another file has the same content") == 4
    with exporter(tmp_path, *paths) as (_, url):
        wait_until(lambda: get(f"{url}/-/ready")[0] == 200, "the logs are counted")
        lines = get(f"{url}/metrics")[1].splitlines()
    live = [line for line in lines if "requests_total{" in line and '"success"' in line]
    assert sorted(line.split()[-1] for line in live) == ["1", "1"]
