"""Logs whose lines all begin with the same long text, and all kinds of copies."""

import gzip
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from following import Reader, write

INTRODUCTION = "Answer in one sentence and name the page of the manual. " * 14


def lines(name: str, count: int) -> list[str]:
    """Lines of equal length that differ only after the introduction."""
    return [f"{INTRODUCTION}{name}{number:03d}" for number in range(count)]


def pack(path: Path) -> None:
    """Compress a file, as logrotate does."""
    times = path.stat()
    packed = path.with_name(f"{path.name}.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    os.utime(packed, ns=(times.st_atime_ns, times.st_mtime_ns))
    path.unlink()


def short(found: Sequence[str]) -> list[str]:
    """The lines without the introduction, sorted."""
    return sorted(line.removeprefix(INTRODUCTION) for line in found)


def test_first_start_over_a_family(log: Path) -> None:
    """A log, its rotated files and their archives are all read."""
    write(log.with_name("app.log.3"), lines("a", 3))
    pack(log.with_name("app.log.3"))
    write(log.with_name("app.log.2"), lines("b", 1))
    write(log.with_name("app.log.1"), lines("c", 5))
    write(log, lines("d", 2))
    reader = Reader(log.with_name("app.log*"))

    assert short(reader.drain()) == short(
        [*lines("a", 3), *lines("b", 1), *lines("c", 5), *lines("d", 2)]
    )
    assert reader.restart().drain() == []


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("down", [False, True])
def test_rotated_twice(log: Path, pattern: str, packed: bool, down: bool) -> None:
    """After two rotations, one perhaps while down, the unread rest of each file is read."""
    write(log, lines("a", 2))
    reader = Reader(log.with_name(pattern))
    reader.drain()
    log.rename(log.with_name("app.log.1"))
    write(log, lines("b", 3))
    reader.drain()
    if down:
        reader.sources.close()
    write(log, lines("b", 5)[3:])
    log.with_name("app.log.1").rename(log.with_name("app.log.2"))
    log.rename(log.with_name("app.log.1"))
    if packed:
        pack(log.with_name("app.log.2"))
        pack(log.with_name("app.log.1"))
    write(log, lines("c", 1))
    if down:
        reader.restart()
    reader.drain()

    assert short(reader.lines) == short([*lines("a", 2), *lines("b", 5), *lines("c", 1)])
    assert reader.restart().drain() == []


def test_two_logs(tmp_path: Path) -> None:
    """Common first lines of two logs count once; all lines count from the first difference."""
    common = lines("x", 2)
    write(tmp_path / "east.log", [*common, *lines("e", 2)])
    write(tmp_path / "west.log", [*common, *lines("w", 3)])
    reader = Reader(tmp_path / "*.log")
    reader.drain()
    write(tmp_path / "east.log", lines("w", 1))
    reader.drain()

    expected = [*common, *lines("e", 2), *lines("w", 3), *lines("w", 1)]
    assert short(reader.lines) == short(expected)


@pytest.mark.parametrize("down", [False, True])
def test_copy_that_goes_on_otherwise(log: Path, down: bool) -> None:
    """A copy of a log with unread lines: both continue differently and count separately."""
    write(log, lines("a", 2))
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log, lines("a", 4)[2:])
    copy = log.with_name("app-copy.log")
    shutil.copyfile(log, copy)
    write(copy, lines("c", 2))
    if down:
        reader.restart()
    reader.drain()
    write(log, lines("a", 5)[4:])
    write(copy, lines("c", 3)[2:])
    reader.drain()

    assert short(reader.lines) == short([*lines("a", 5), *lines("c", 3)])


@pytest.mark.parametrize("down", [False, True])
def test_original_catches_up_with_its_copy(log: Path, down: bool) -> None:
    """Lines first read from a longer copy don't count again in the original."""
    write(log, lines("a", 2))
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log.with_name("app-copy.log"), lines("a", 4))
    reader.drain()
    if down:
        reader.restart()
    write(log, [*lines("a", 4)[2:], *lines("b", 1)])
    reader.drain()
    write(log.with_name("app-copy.log"), lines("c", 1))
    reader.drain()

    assert short(reader.lines) == short([*lines("a", 4), *lines("b", 1), *lines("c", 1)])


@pytest.mark.parametrize("gone", [False, True])
def test_archive_of_a_rotated_log(log: Path, gone: bool) -> None:
    """An archive of a read log counts nothing, whether the log still exists or not."""
    write(log, lines("a", 30))
    reader = Reader(log.with_name("app*"))
    reader.drain()
    old = log.with_name("app.log.1")
    log.rename(old)
    write(log, lines("b", 1))
    reader.drain()
    old.with_name("app.log.1.gz").write_bytes(gzip.compress(old.read_bytes()))
    if gone:
        old.unlink()
    reader.drain()

    assert short(reader.lines) == short([*lines("a", 30), *lines("b", 1)])
    assert reader.restart().drain() == []


def test_archive_first(log: Path) -> None:
    """After its archive was read and deleted, a plain file counts only its additional lines."""
    plain = log.with_name("app.log.1")
    write(plain, lines("a", 9))
    pack(plain)
    reader = Reader(log.with_name("app*"))
    reader.drain()
    log.with_name("app.log.1.gz").unlink()
    reader.drain()
    write(plain, lines("a", 10))

    assert short(reader.drain()) == short(lines("a", 10)[9:])


@pytest.mark.parametrize("down", [False, True])
def test_copytruncate_with_the_same_first_line(log: Path, down: bool) -> None:
    """The copy's rest is read; the truncated log's repeated first line isn't counted again."""
    write(log, lines("a", 3))
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log, lines("a", 5)[3:])
    if down:
        reader.sources.close()
    shutil.copyfile(log, log.with_name("app.log.1"))
    log.write_text("")
    write(log, [*lines("a", 1), *lines("b", 6)])
    if down:
        reader.restart()
    reader.drain()

    assert short(reader.lines) == short([*lines("a", 5), *lines("b", 6)])
    assert reader.restart().drain() == []


@pytest.mark.parametrize("more", [0, 2])
def test_rewritten_between_two_looks(log: Path, more: int) -> None:
    """A log rewritten between polls is read again, even with lines of the same length."""
    write(log, lines("a", 3))
    reader = Reader(log)
    reader.drain()
    before = log.stat().st_mtime_ns
    log.write_text("")
    write(log, [*lines("b", 2), *lines("a", 3)[2:], *lines("c", more)])
    os.utime(log, ns=(before + 1, before + 1))

    assert short(reader.drain()) == short([*lines("b", 2), *lines("a", 3)[2:], *lines("c", more)])


def test_tiny_files(tmp_path: Path) -> None:
    """Empty, unfinished or very short files are compared by complete lines."""
    (tmp_path / "empty.log").touch()
    (tmp_path / "half.log").write_text("a")
    (tmp_path / "one.log").write_text("a\n")
    (tmp_path / "two.log").write_text("a\nb\n")
    (tmp_path / "two.log.gz").write_bytes(gzip.compress(b"a\nb\n"))
    reader = Reader(tmp_path / "*.log*")
    assert sorted(reader.drain()) == ["a", "b"]
    with (tmp_path / "half.log").open("a") as file:
        file.write("\nc\n")
    write(tmp_path / "empty.log", ["a", "b", "d"])
    assert sorted(reader.drain()) == ["c", "d"]
    assert reader.restart().drain() == []


def test_log_that_is_written_twice(tmp_path: Path) -> None:
    """Equal lines of two logs count once until the logs differ."""
    first, second = tmp_path / "a.log", tmp_path / "b.log"
    reader = Reader(tmp_path / "*.log")
    for number in range(6):
        logs = (first, second) if number % 2 else (second, first)
        for log in logs:
            write(log, [f"{INTRODUCTION}x{number}"])
            if number > 3:
                reader.drain()
        reader.drain()
    write(second, lines("b", 2))
    write(first, lines("a", 1))
    reader.drain()
    reader.restart().drain()
    write(first, lines("b", 1))
    reader.drain()

    common = [f"x{number}" for number in range(6)]
    assert short(reader.lines) == sorted([*common, "a000", "b000", "b000", "b001"])
