"""Rotations of a log are read in the order in which they were written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from following import Reader, write


class Log:
    """A log with numbered lines and its rotations; `app.log.1` is the newest."""

    def __init__(self, directory: Path) -> None:
        """Create an empty log."""
        self.path = directory / "app.log"
        self.path.touch()
        self.lines: list[str] = []

    def write(self, count: int) -> None:
        """Append lines."""
        new = [f"{len(self.lines) + n}{'.' * 60}" for n in range(count)]
        self.lines += new
        write(self.path, new)

    def rename(self) -> None:
        """Rotate by rename and create a new file."""
        self._shift()
        self.path.rename(self.path.with_name("app.log.1"))
        self.path.touch()

    def copy(self) -> None:
        """Rotate by copy and truncate."""
        self._shift()
        shutil.copyfile(self.path, self.path.with_name("app.log.1"))
        os.truncate(self.path, 0)

    def _shift(self) -> None:
        for number in range(20, 0, -1):
            path = self.path.with_name(f"app.log.{number}")
            if path.exists():
                path.rename(path.with_name(f"app.log.{number + 1}"))


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """A log with some lines."""
    log = Log(tmp_path)
    log.write(5)
    return log


@pytest.mark.parametrize("rotate", [Log.rename, Log.copy])
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_killed_again_before_it_was_read(
    log: Log, pattern: str, rotate: Callable[[Log], None]
) -> None:
    """Rotations found before a restart are read before those found after it."""
    reader = Reader(log.path.with_name(pattern))
    reader.drain()
    for _ in range(4):
        for _ in range(3):
            rotate(log)
            log.write(7)
        # All rotations are found, and some lines of the first are read.
        reader.restart().read_some(7)
    reader.restart().drain()

    assert reader.lines == log.lines


def test_go_back_while_rotations_are_read(log: Log) -> None:
    """After a rewind, lines to be read again come before unread ones."""
    reader = Reader(log.path)
    reader.drain()
    for _ in range(4):
        log.rename()
        log.write(7)
    committed, before = dict(reader.positions), len(reader.lines)
    reader.read_some(25)
    assert before + 7 < len(reader.lines) < before + 21

    reader.sources.rewind(committed)

    assert reader.drain() == log.lines[before:]


def test_rotated_again_where_a_known_rotation_was(log: Log) -> None:
    """A newer rotation is found under a name that another rotation had before."""
    reader = Reader(log.path.with_name("app.log*"))
    reader.drain()
    log.rename()
    log.write(7)
    reader.drain()
    log.rename()
    log.write(7)
    log.rename()
    log.write(7)
    reader.drain()

    assert reader.lines == log.lines


def test_written_anew_in_place(log: Log) -> None:
    """A truncated file that has outgrown its position is detected before it is read."""
    reader = Reader(log.path.with_name("app.log*"))
    reader.read_some(3)
    log.copy()
    log.write(20)
    reader.now += 10
    reader.read_some(0)
    log.copy()
    log.write(7)
    reader.now += 10
    reader.drain()

    assert reader.lines == log.lines
