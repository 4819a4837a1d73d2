"""Rotation: each line is read once, with any kind of rotation and restarts at any point."""

import gzip
import itertools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from following import LONG, Reader, write


def rename_create(log: Path) -> None:
    """Rotate as logrotate does by default."""
    log.rename(log.with_name("app.log.1"))
    write(log, ["new"])


def copytruncate(log: Path) -> None:
    """Rotate with logrotate's copytruncate."""
    shutil.copyfile(log, log.with_name("app.log.1"))
    os.truncate(log, 0)
    write(log, ["new"])


def compress(log: Path) -> None:
    """Rotate and compress at once."""
    with gzip.open(log.with_name("app.log.1.gz"), "wb") as archive:
        archive.write(log.read_bytes())
    log.unlink()
    write(log, ["new"])


def dated(log: Path) -> None:
    """Rotate with logrotate's dateext."""
    log.rename(log.with_name("app-20261101.log"))
    write(log, ["new"])


def regrow(log: Path) -> None:
    """Rotate with copytruncate; the new content is longer than the old."""
    shutil.copyfile(log, log.with_name("app.log.1"))
    log.write_text("")
    write(log, ["new", *("n" * 64 for _ in range(100))], "r+")


ROTATIONS = (rename_create, copytruncate, compress, dated, regrow)
# A rotated file that was never seen under the configured name isn't read.
CASES = [
    case
    for case in itertools.product(ROTATIONS, ("app.log", "app*"), (0, 20, 40), (False, True))
    if case[1:] != ("app.log", 0, True)
]


@pytest.mark.parametrize(("rotate", "pattern", "read_before", "down"), CASES)
def test_rotation(
    log: Path, rotate: Callable[[Path], None], pattern: str, read_before: int, down: bool
) -> None:
    """Lines are read once, rotated while running or down, with or without a matching pattern."""
    write(log, LONG[:read_before] if read_before else [])
    reader = Reader(log.with_name(pattern))
    reader.drain()
    write(log, LONG[read_before:])
    if not down and read_before == 0:
        reader.drain()
    if down:
        reader.sources.close()
    rotate(log)
    if down:
        reader.restart()
    reader.drain()
    write(log, ["later"])
    reader.drain()

    expected = [*LONG, "new", *(["n" * 64] * 100 if rotate is regrow else []), "later"]
    assert sorted(reader.lines) == sorted(expected)
    assert reader.restart().drain() == []


@pytest.mark.parametrize("packed", [False, True])
def test_rotated_several_times_while_down(log: Path, packed: bool) -> None:
    """Rotations made while down are read, oldest first; those before the first start aren't."""
    write(log.with_name("app.log.3"), ["before the first start"])
    write(log.with_name("app.log.backup"), ["something else"])
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    reader.sources.close()
    write(log, LONG[20:])
    log.rename(log.with_name("app.log.2"))
    write(log, ["second"])
    log.rename(log.with_name("app.log.1"))
    if packed:
        for number in (1, 2):
            path = log.with_name(f"app.log.{number}")
            log.with_name(f"app.log.{number}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    for path in log.parent.glob("app.log.[12]*"):
        os.utime(path, (0, 2e9 - int(path.name.split(".")[2])))
    write(log, ["third"])
    reader.restart().drain()

    assert reader.lines == [*LONG, "second", "third"]
    assert reader.restart().drain() == []


def test_writer_keeps_the_renamed_file(log: Path) -> None:
    """Lines written to a renamed file are read; the last one needs no newline."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    with log.open("a") as writer:
        rename_create(log)
        reader.drain(0.1)
        writer.write("late\nunfinished")
    assert sorted(reader.drain()) == ["late", "unfinished"]


def test_truncated_in_place(log: Path) -> None:
    """A file truncated with `: > file` is read from its start."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    log.write_text("")
    reader.drain()
    write(log, ["a"])
    assert reader.drain() == ["a"]


def test_truncate_and_regrow_past_the_offset(log: Path) -> None:
    """A file overwritten with longer content is read from its start."""
    write(log, ["short"])
    reader = Reader(log)
    reader.drain()
    write(log, ["other", "content"], "r+")
    assert reader.drain() == ["other", "content"]


def test_reused_inode(log: Path) -> None:
    """A recreated file is new, even if it gets the old inode."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    log.unlink()
    reader.restart()
    write(log, [line.replace("x", "y") for line in LONG])
    assert len(reader.drain()) == len(LONG)


def test_symlink_switch(tmp_path: Path) -> None:
    """When a symlink is switched, as Kubernetes does, the old target is read to its end."""
    old, new, link = tmp_path / "0.log", tmp_path / "1.log", tmp_path / "current"
    write(old, LONG[:20])
    link.symlink_to(old)
    reader = Reader(link)
    reader.drain()
    write(old, LONG[20:])
    write(new, ["new"])
    link.unlink()
    link.symlink_to(new)
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])
