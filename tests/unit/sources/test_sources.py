"""Following files: each line is read once, across restarts at any point."""

import gzip
import os
from pathlib import Path

from exporter.sources import SourceSpec
from following import LONG, Reader, write


def test_partial_line_waits(log: Path) -> None:
    """A line isn't read until its newline is written."""
    log.write_text("a\nb")
    reader = Reader(log)
    assert reader.drain() == ["a"]
    with log.open("a") as file:
        file.write("c\n")
    assert reader.drain() == ["bc"]


def test_over_long_line(log: Path) -> None:
    """A line over the limit is skipped and counted, the next one is read."""
    write(log, ["a", "x" * 5000, "b"])
    reader = Reader(log)
    assert reader.drain() == ["a", "b"]
    assert reader.too_long == 1


def test_files_appear_later(tmp_path: Path) -> None:
    """A glob finds new files, and a path may be missing at first."""
    reader = Reader(tmp_path / "*.log", tmp_path / "one.txt")
    assert reader.drain() == []
    write(tmp_path / "b.log", ["b"])
    write(tmp_path / "one.txt", ["1"])
    assert sorted(reader.drain()) == ["1", "b"]


def test_start_at_end(tmp_path: Path) -> None:
    """`start_at: end` skips only what exists at the first start."""
    write(tmp_path / "a.log", ["old"])
    (tmp_path / "p.log").write_text("old\nhalf")
    reader = Reader(tmp_path / "*.log", start_at="end")
    assert reader.drain() == []
    write(tmp_path / "a.log", ["new"])
    write(tmp_path / "p.log", ["line"])
    write(tmp_path / "b.log", ["other"])
    assert sorted(reader.drain()) == ["halfline", "new", "other"]
    write(tmp_path / "a.log", ["while down"])
    assert reader.restart().drain() == ["while down"]


def test_gzip_in_the_making(tmp_path: Path) -> None:
    """A partially written archive is read as it grows; its members are joined."""
    path = tmp_path / "a.gz"
    data = b"".join(gzip.compress(f"{line}\n".encode()) for line in LONG)
    path.write_bytes(data[: len(data) // 2])
    reader = Reader(tmp_path / "*.gz")
    reader.drain()
    with path.open("ab") as file:
        file.write(data[len(data) // 2 :])
    reader.drain()
    assert reader.lines == LONG
    assert reader.restart().drain() == []


def test_gzip_of_a_file_half_read(log: Path) -> None:
    """After a restart, a partly read file is continued from its archive."""
    write(log, LONG[:20])
    reader = Reader(log.with_name("*"))
    reader.drain()
    write(log, LONG[20:])
    reader.sources.close()
    with gzip.open(log.with_name("app.log.gz"), "wb") as archive:
        archive.write(log.read_bytes())
    log.unlink()
    assert reader.restart().drain() == LONG[20:]


def test_broken_gzip_stops_nobody(tmp_path: Path) -> None:
    """A damaged archive is reported; other files are still read."""
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"x" * 1000)[:20] + b"\xff" * 100)
    write(tmp_path / "good.log", ["a"])
    reader = Reader(tmp_path / "*")
    assert reader.drain() == ["a"]
    errors = {Path(s.path).name: s.last_error for s in reader.sources.status()}
    assert errors["bad.gz"]
    assert not errors["good.log"]


def test_one_file_by_several_names(tmp_path: Path) -> None:
    """A file with two patterns, a hard link and a symlink is read once."""
    write(tmp_path / "a.log", LONG)
    os.link(tmp_path / "a.log", tmp_path / "b.log")
    (tmp_path / "c.log").symlink_to(tmp_path / "a.log")
    reader = Reader(tmp_path / "*.log", tmp_path / "a*")
    assert reader.drain() == LONG


def test_small_equal_files_are_one(tmp_path: Path) -> None:
    """A common beginning counts once, however short the files are."""
    write(tmp_path / "a.log", ["same"])
    write(tmp_path / "b.log", ["same"])
    reader = Reader(tmp_path / "*.log")
    assert reader.drain() == ["same"]
    assert reader.restart().drain() == []
    write(tmp_path / "b.log", ["other"])
    assert reader.drain() == ["other"]


def test_fair_turns(tmp_path: Path) -> None:
    """A large file doesn't delay a small one."""
    write(tmp_path / "a.log", LONG)
    write(tmp_path / "b.log", ["b"])
    assert Reader(tmp_path / "*.log").drain().index("b") < 5


def test_lag_and_errors_are_told(tmp_path: Path) -> None:
    """The status has each file's lag; a directory is an error."""
    write(tmp_path / "a.log", LONG)
    (tmp_path / "dir").mkdir()
    reader = Reader(tmp_path / "a.log", tmp_path / "dir")
    reader.sources.poll()
    files = reader.sources.status()
    assert [status.lag_bytes for status in files] == [(tmp_path / "a.log").stat().st_size, 0]
    assert files[1].last_error
    reader.drain()
    assert reader.sources.source_status(reader.sources.status())[0].lag_bytes == 0


def test_deleted_but_mounted(log: Path) -> None:
    """A deleted file that is still mounted is reported, with how to mount it instead."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    descriptor = os.open(log, os.O_RDONLY)
    log.unlink()
    log.symlink_to(f"/proc/self/fd/{descriptor}")
    reader.sources.poll()
    errors = [status.last_error for status in reader.sources.status()]
    os.close(descriptor)
    assert errors == ["the file is deleted but still mounted: mount its directory instead"]


def test_restart_anywhere(log: Path) -> None:
    """After a crash, exactly the lines after the last kept position are read again."""
    write(log, LONG)
    reader = Reader(log)
    reader.sources.poll()
    block = reader.sources.read(200)
    assert block is not None
    assert block.position is not None
    reader.positions[block.key] = block.position
    reader.lines += [line.decode(errors="replace") for line in block.lines]
    reader.sources.read(200)  # read, but its position is lost
    reader.restart().drain()
    assert reader.lines == LONG


def test_renamed_source_goes_on(log: Path) -> None:
    """Renaming a source doesn't read its file again."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    reader.specs = [SourceSpec("renamed", str(log))]
    write(log, ["new"])
    assert reader.restart().drain() == ["new"]


def test_removed_source_is_left_alone(tmp_path: Path) -> None:
    """A file whose source was removed from the configuration isn't read any more."""
    write(tmp_path / "a.log", LONG)
    reader = Reader(tmp_path / "a.log")
    reader.drain()
    reader.specs = [SourceSpec("other", str(tmp_path / "b.log"))]
    write(tmp_path / "a.log", ["new"])
    assert reader.restart().drain() == []


def test_many_files(tmp_path: Path) -> None:
    """More files than are kept open are all read and followed."""
    for number in range(400):
        write(tmp_path / f"{number}.log", [f"first {number}"])
    reader = Reader(tmp_path / "*.log")
    assert len(reader.drain()) == 400
    for number in range(400):
        write(tmp_path / f"{number}.log", [f"second {number}"])
    assert len(reader.drain()) == 400
    assert reader.restart().drain() == []
    reader.sources.close()
