"""Positions of deleted files are limited in number; the oldest are forgotten first."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from exporter.config import Storage
from exporter.counting.delta import Delta
from exporter.ledger.open import open_ledger
from exporter.ledger.restore import restore
from exporter.metrics.published import PublishedState
from exporter.sources import gone_files
from exporter.sources.gone_files import GoneFiles
from following import Reader, write
from ledger_samples import position

MOST = 20
LEFT = MOST - MOST // 10


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the limit, so that few files are enough for a test."""
    assert GoneFiles.__init__.__defaults__ == (gone_files.MAX_GONE,)
    monkeypatch.setattr(GoneFiles.__init__, "__defaults__", (MOST,))


def take(reader: Reader) -> list[str]:
    """Drop forgotten positions, as the ledger does, and return their files' names."""
    keys = reader.sources.take_forgotten()
    return [Path(reader.positions.pop(key).path).name for key in keys]


def come_and_go(reader: Reader, directory: Path, numbers: range) -> list[str]:
    """Write, read and delete files one by one; return the names of forgotten ones."""
    forgotten = []
    for number in numbers:
        path = directory / f"{number}.log"
        write(path, [f"{number} {'x' * 60}", "second"])
        reader.drain(100.0)
        path.unlink()
        reader.drain(100.0)
        forgotten += take(reader)
    return forgotten


def test_the_oldest_are_forgotten(tmp_path: Path) -> None:
    """At the limit, some of the oldest are forgotten; the others are still recognised."""
    reader = Reader(tmp_path / "*.log")

    forgotten = come_and_go(reader, tmp_path, range(30))

    assert forgotten == [f"{number}.log" for number in range(len(forgotten))]
    assert LEFT <= len(reader.positions) == 30 - len(forgotten) <= MOST
    write(tmp_path / "again.log", [f"29 {'x' * 60}", "second"])
    assert reader.drain(100.0) == []
    write(tmp_path / "forgotten.log", [f"0 {'x' * 60}", "second"])
    assert reader.drain(100.0) == [f"0 {'x' * 60}", "second"]


def thirty_gone(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """A reader that remembers more deleted files than the limit, as from an older version."""
    monkeypatch.setattr(GoneFiles.__init__, "__defaults__", (1000,))
    reader = Reader(directory / "*.log")
    for number in range(30):
        write(directory / f"{number}.log", [f"{number} {'x' * 60}"])
    reader.drain(100.0)
    for number in range(30):
        (directory / f"{number}.log").unlink()
    reader.drain(100.0)
    assert take(reader) == []
    monkeypatch.setattr(GoneFiles.__init__, "__defaults__", (MOST,))
    return reader


def test_a_restart_forgets_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a restart with too many positions, the first poll forgets the oldest."""
    reader = thirty_gone(tmp_path, monkeypatch)

    reader.restart().drain(100.0)

    assert len(take(reader)) == 30 - LEFT
    reader.restart().drain(100.0)
    assert take(reader) == []


def test_what_stands_on_disk_is_kept(tmp_path: Path) -> None:
    """Files that no pattern matches but that still exist aren't forgotten."""
    reader = Reader(tmp_path / "*.log")
    for number in range(30):
        path = tmp_path / f"{number}.log"
        write(path, [f"{number} {'x' * 60}"])
        reader.drain(100.0)
        path.rename(tmp_path / f"{number}.log.old")
        reader.drain(100.0)

    assert take(reader) == []
    assert len(reader.positions) == 30
    for number in range(10):
        (tmp_path / f"{number}.log.old").unlink()
    assert come_and_go(reader, tmp_path, range(100, 103)) == []
    for number in range(10, 30):
        (tmp_path / f"{number}.log.old").unlink()
    assert come_and_go(reader, tmp_path, range(103, 104))


def test_what_is_not_mounted_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files on an unmounted file system don't count as deleted."""
    directory = tmp_path / "mount" / "logs"
    directory.mkdir(parents=True)
    reader = thirty_gone(directory, monkeypatch)
    shutil.rmtree(tmp_path / "mount")
    here = dict(reader.positions)
    reader.positions = {
        key: dataclasses.replace(one, device=one.device + 1) for key, one in here.items()
    }

    reader.restart().drain(100.0)
    assert take(reader) == []

    reader.positions = here
    reader.restart().drain(100.0)
    assert len(take(reader)) == 30 - LEFT


def test_a_copys_original_is_kept(tmp_path: Path) -> None:
    """The position of a copy's deleted original is kept, so the copy isn't counted again."""
    reader = Reader(tmp_path / "*.log")
    lines = [f"{number} {'x' * 60}" for number in range(30)]
    write(tmp_path / "first.log", lines)
    reader.drain(100.0)
    (tmp_path / "copy.log").write_bytes((tmp_path / "first.log").read_bytes())
    reader.drain(100.0)
    (tmp_path / "first.log").unlink()
    reader.drain(100.0)

    forgotten = come_and_go(reader, tmp_path, range(30))

    assert forgotten
    assert "first.log" not in forgotten
    assert reader.restart().drain(100.0) == []


def test_ledger_and_state_forget(storage: Storage) -> None:
    """Forgotten positions are removed from the ledger and from the published state."""
    opened = open_ledger(storage)
    state = PublishedState.restore(opened.restored, 0, 0)
    kept, gone = position("/kept"), position("/gone")
    both = Delta(positions={one.key: one for one in (kept, gone)})
    for delta in (both, dataclasses.replace(both, gone=(gone.key, "unknown"))):
        opened.ledger.commit(delta)
        state.publish(delta, 0)

    assert restore(opened.ledger, 0).positions == (kept,)
    assert state.positions == {kept.key: kept}
    opened.ledger.close()
