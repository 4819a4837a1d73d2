"""Bytes lost with a deleted file are reported once, in the log, the status and a metric."""

import logging
import shutil
from pathlib import Path

import pytest

from following import LONG, Reader, write


def told(caplog: pytest.LogCaptureFixture) -> list[object]:
    """The lost bytes of each warning."""
    return [
        record.fields["lost_bytes"]  # type: ignore[attr-defined]
        for record in caplog.records
        if record.name == "exporter.sources.losses" and record.levelno == logging.WARNING
    ]


def test_deleted_while_down(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file deleted while the exporter was down is reported with an unknown loss."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    reader.sources.close()
    write(log, LONG[20:])
    log.unlink()
    write(log, ["new"])

    assert reader.restart().drain() == ["new"]

    assert told(caplog) == ["unknown"]
    assert [status.state for status in reader.sources.status()] == ["lost", "reading"]
    assert reader.restart().drain() == []
    assert told(caplog) == ["unknown"]


def test_truncated_before_it_was_read(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    """For an overwritten file, the bytes seen but not read count as lost."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    write(log, LONG[20:])
    unread = log.stat().st_size - sum(len(line) + 1 for line in LONG[:20])
    reader.sources.poll()
    log.write_text("")
    write(log, ["new"])

    assert reader.drain() == ["new"]

    assert told(caplog) == [unread]
    assert reader.lost_bytes == unread


@pytest.mark.parametrize("keep", [True, False])
def test_read_to_its_end(log: Path, caplog: pytest.LogCaptureFixture, keep: bool) -> None:
    """Nothing is lost if a file was read to its end or has a copy."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    if keep:
        write(log, ["more"])
        reader.sources.poll()
        shutil.copyfile(log, log.with_name("app.log.1"))
    log.write_text("")
    write(log, ["new"])

    assert sorted(reader.drain()) == (["more", "new"] if keep else ["new"])

    assert told(caplog) == []
    assert reader.restart().drain() == []
    assert told(caplog) == []


def test_found_again(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A lost file that reappears next to the log is continued."""
    aside = log.with_name("elsewhere")
    write(log, LONG[:20])
    reader = Reader(log.with_name("app*"))
    reader.drain()
    reader.sources.close()
    write(log, LONG[20:])
    log.rename(aside)
    reader.restart().drain()
    assert told(caplog) == ["unknown"]
    reader.restart()
    aside.rename(log.with_name("app.log.1"))

    assert reader.drain() == LONG[20:]

    assert {status.state for status in reader.sources.status()} <= {"reading", "done"}


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("moved", [False, True])
def test_former_target_of_a_link(tmp_path: Path, down: bool, moved: bool) -> None:
    """A symlink's former target in another directory is read to its end, rotated or not."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    old, new, link = tmp_path / "old" / "0.log", tmp_path / "new" / "0.log", tmp_path / "current"
    write(old, LONG[:20])
    link.symlink_to(old)
    reader = Reader(link)
    reader.drain()
    if down:
        reader.sources.close()
    write(old, LONG[20:])
    if moved:
        old.rename(old.with_name("0.log.20261101-000000"))
    write(new, ["new"])
    link.unlink()
    link.symlink_to(new)
    if down:
        reader.restart()
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])


def test_hidden_behind_a_name(log: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An open file that is replaced by another is read to its end, so nothing is lost."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    write(log, LONG[20:])
    log.with_name("next").write_text("new\n")
    log.with_name("next").replace(log)
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])
    assert told(caplog) == []
