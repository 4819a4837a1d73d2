"""A full disk: no uncommitted totals are exposed, and the exporter recovers by itself."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.config import Storage
from exporter.counting.delta import Delta, NewSeries
from exporter.ledger.errors import LedgerError, UnstorableError
from exporter.ledger.open import open_ledger
from exporter.ledger.store import Ledger
from ledger_samples import COST, labels
from programs import exporter, get, wait_until

AT = '"timestamp": "2026-11-01T00:00:00Z", "model": "m"'


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    done = subprocess.run(mount, capture_output=True, check=False)
    if done.returncode:
        # test_ledger.py covers the same with SQLite's page limit.
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def lines(start: int, count: int) -> str:
    """Return native records with many keys, so that the ledger grows."""
    return "".join(
        f'{{"id": "gen_{n}", {AT}, "api_key": "key_{n % 900}"}}\n'
        for n in range(start, start + count)
    )


def accepted(url: str) -> int:
    """Return the exposed number of accepted records."""
    for line in get(f"{url}/metrics")[1].splitlines():
        if line.startswith("zenmux_exporter_records_total") and 'result="accepted"' in line:
            return int(line.rsplit(" ", 1)[1])
    return -1


def fill(path: Path) -> None:
    """Fill the disk."""
    with path.open("wb") as file, contextlib.suppress(OSError):
        while True:
            os.write(file.fileno(), b"x" * 4096)


def test_full_disk(tmp_path: Path, small_disk: Path) -> None:
    """Readiness fails with the reason; once there is space, everything is counted."""
    log = tmp_path / "requests.jsonl"
    log.write_text(lines(0, 100))
    with exporter(tmp_path, str(log), f"--storage.path={small_disk}") as (_, url):
        wait_until(lambda: accepted(url) == 100, "the first records are counted")
        filler = small_disk / "filler"
        fill(filler)
        with log.open("a") as file_:
            file_.write(lines(100, 20_000))
        wait_until(lambda: get(f"{url}/-/ready")[0] == 503, "readiness fails")
        status, reason = get(f"{url}/-/ready")
        assert status == 503
        assert "ledger.sqlite: cannot be written" in reason
        shown = accepted(url)
        wait_until(
            lambda: "zenmux_exporter_checkpoint_failures_total 2.0" in get(f"{url}/metrics")[1],
            "it retries",
        )
        assert accepted(url) == shown
        assert "zenmux_exporter_ready 0.0" in get(f"{url}/metrics")[1]
        filler.unlink()
        wait_until(lambda: accepted(url) == 20_100, "everything is counted once there is space")
        assert get(f"{url}/-/ready")[0] == 200


def commit_often(ledger: Ledger, delta: Delta) -> None:
    """Commit until the write-ahead log needs more space."""
    for _ in range(100):
        ledger.commit(delta)


def test_full_disk_under_the_ledger(small_disk: Path) -> None:
    """A commit without space leaves the previous one intact and can be repeated."""
    storage = Storage(path=small_disk / "state")
    ledger = open_ledger(storage).ledger
    series = tuple(NewSeries(n, COST, labels(COST, f"{n}")) for n in range(1, 5001))
    ledger.commit(
        Delta(created=series, counters=tuple((s.number, 1) for s in series), last_number=5000)
    )
    later = Delta(counters=tuple((s.number, 2) for s in series), newest_ms=5)
    filler = small_disk / "filler"
    fill(filler)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite: cannot be written") as failed:
        commit_often(ledger, later)
    assert not isinstance(failed.value, UnstorableError)
    filler.unlink()
    ledger.commit(later)
    ledger.close()
    opened = open_ledger(storage)
    opened.ledger.close()

    assert [value for _, value in opened.restored.series] == [2] * 5000
    assert opened.restored.newest_ms == 5
