"""Edge cases of following files: changes between polls, slow writers, similar names."""

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.sources import FileState
from following import LONG, Reader, write


@pytest.mark.parametrize("pattern", ["app.log", "app*"])
def test_slow_writer_keeps_the_renamed_file(log: Path, pattern: str) -> None:
    """A line written to a renamed file is still read."""
    write(log, LONG)
    reader = Reader(log.with_name(pattern))
    reader.drain()
    with log.open("a") as writer:
        log.rename(log.with_name("app.log.1"))
        write(log, ["new"])
        reader.drain()
        reader.drain()
        writer.write("late\n")
    assert reader.drain() == ["late"]


@pytest.mark.parametrize("pattern", ["app.log", "app*"])
def test_unfinished_line_of_a_rotated_file_after_a_restart(log: Path, pattern: str) -> None:
    """A restart right after a rotation doesn't lose an unfinished last line."""
    write(log, LONG[:20])
    reader = Reader(log.with_name(pattern))
    reader.drain()
    write(log, LONG[20:])
    with log.open("a") as file:
        file.write("unfinished")
    log.rename(log.with_name("app.log.1"))
    write(log, ["new"])
    reader.drain(0.1)
    reader.restart()
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new", "unfinished"])


def test_empty_copy_seen_before_it_is_filled(log: Path) -> None:
    """Under a glob, a copy may be seen empty before copytruncate has filled it."""
    write(log, LONG[:20])
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log, LONG[20:])
    copy = log.with_name("app.log.1")
    copy.touch()
    reader.drain()
    shutil.copyfile(log, copy)
    reader.drain()
    log.write_text("")
    write(log, ["new"])
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])


def test_neighbour_instance_is_left_alone(log: Path) -> None:
    """`app-2.log` is another program's log, not a rotation of `app.log`."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    write(log, LONG[20:])
    log.rename(log.with_name("app.log.1"))
    os.utime(log.with_name("app.log.1"), (1e9, 1e9))
    write(log.with_name("app-2.log"), ["another program's"])
    write(log, ["new"])
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])
    assert reader.restart().drain() == []


def test_neighbour_source_does_not_hide_rotations(log: Path) -> None:
    """Following `app-2.log` doesn't hide the rotations of `app.log`."""
    other = log.with_name("app-2.log")
    write(other, ["neighbour"])
    write(log, LONG)
    reader = Reader(log, other)
    reader.drain()
    reader.sources.close()
    log.rename(log.with_name("app.log.2"))
    write(log, ["second"])
    log.rename(log.with_name("app.log.1"))
    os.utime(log.with_name("app.log.2"), (1e9, 1e9))
    os.utime(log.with_name("app.log.1"), (1.1e9, 1.1e9))
    write(log, ["third"])
    reader.restart().drain()
    assert sorted(reader.lines) == sorted([*LONG, "neighbour", "second", "third"])


@pytest.mark.parametrize("down", [False, True])
def test_same_first_line_after_rotation(log: Path, down: bool) -> None:
    """A new file with the old one's first line is read from after that line."""
    write(log, ["header"])
    reader = Reader(log)
    reader.drain()
    if down:
        reader.sources.close()
    write(log, ["a"])
    log.rename(log.with_name("app.log.1"))
    write(log, ["header", "b"])
    if down:
        reader.restart()
    reader.drain()
    assert sorted(reader.lines) == ["a", "b", "header"]


def test_header_only_file_rotated(log: Path) -> None:
    """A rotated file that is only its successor's header isn't lost or read twice."""
    write(log, ["header"])
    reader = Reader(log)
    reader.drain()
    log.rename(log.with_name("app.log.1"))
    write(log, ["header", "b"])
    assert reader.drain() == ["b"]


def test_second_name_removed(tmp_path: Path) -> None:
    """A file that loses one of its names isn't rotated, so its partial line waits."""
    one, two, link = tmp_path / "a.log", tmp_path / "b.log", tmp_path / "current.log"
    write(one, LONG)
    link.symlink_to(one)
    reader = Reader(tmp_path / "*.log")
    reader.drain()
    write(two, ["two"])
    link.unlink()
    link.symlink_to(two)
    with one.open("a") as file:
        file.write("half")
    reader.drain()
    reader.drain()
    with one.open("a") as file:
        file.write("line\n")
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "two", "halfline"])


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """Set a low limit of open files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (len([*Path("/proc/self/fd").iterdir()]) + 300, hard)
    )
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("few_descriptors")
def test_more_files_than_descriptors(tmp_path: Path) -> None:
    """The first poll of many files keeps only few of them open."""
    for number in range(500):
        write(tmp_path / f"{number}.log", [f"first {number}"])
    reader = Reader(tmp_path / "*.log")
    reader.sources.poll()
    spare = [os.dup(0) for _ in range(20)]  # as many as a ledger and a server need
    for descriptor in spare:
        os.close(descriptor)
    assert len(reader.drain()) == 500
    reader.sources.close()


def test_error_goes_with_its_file(tmp_path: Path) -> None:
    """The error of an unreadable path ends when the path is removed."""
    (tmp_path / "d.log").symlink_to("/nowhere/at/all")
    reader = Reader(tmp_path / "*.log")
    reader.drain()
    assert any(status.last_error for status in reader.sources.status())
    (tmp_path / "d.log").unlink()
    reader.drain()
    (left,) = reader.sources.status()
    assert left.state is FileState.missing


def test_rotated_backlog_keeps_no_other_source_waiting(tmp_path: Path) -> None:
    """A long backlog in a rotated file of one source does not stall another source."""
    a, b = tmp_path / "a.log", tmp_path / "b.log"
    write(a, LONG[:10])
    reader = Reader(a, b)
    reader.drain()
    write(a, LONG[10:])
    a.rename(tmp_path / "a.log.1")
    write(b, ["b"])
    reader.sources.poll()
    blocks = [reader.sources.read(64) for _ in range(4)]
    assert any(block is not None and block.source == str(b) for block in blocks)


def test_moved_twice_between_polls(log: Path) -> None:
    """After two rotations between polls, the file in between is read, too."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    log.rename(log.with_name("app.log.1"))
    write(log, ["middle"])
    log.with_name("app.log.1").rename(log.with_name("app.log.2"))
    log.rename(log.with_name("app.log.1"))
    write(log, ["new"])
    reader.drain()
    reader.drain()
    assert reader.lines == [*LONG, "middle", "new"]


def test_copytruncate_twice_with_restart(log: Path) -> None:
    """After two copytruncates while down, both copies and the log are read completely."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    reader.sources.close()
    write(log, LONG[20:])
    shutil.copyfile(log, log.with_name("app.log.2"))
    second = [line.replace("x", "z") for line in LONG]
    log.write_text("")
    write(log, second)
    shutil.copyfile(log, log.with_name("app.log.1"))
    os.utime(log.with_name("app.log.2"), (1e9, 1e9))
    os.utime(log.with_name("app.log.1"), (1.1e9, 1.1e9))
    log.write_text("")
    write(log, ["new"])
    reader.restart().drain()
    assert sorted(reader.lines) == sorted([*LONG, *second, "new"])
