"""Of one log what was rotated away is read in the order in which it was written."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from following import Reader, write


class Log:
    """A log whose lines are numbered, and its rotations: `app.log.1` is the newest."""

    def __init__(self, directory: Path) -> None:
        """It begins empty."""
        self.path = directory / "app.log"
        self.path.touch()
        self.lines: list[str] = []

    def write(self, count: int) -> None:
        """Append lines."""
        new = [f"{len(self.lines) + n}{'.' * 60}" for n in range(count)]
        self.lines += new
        write(self.path, new)

    def rename(self) -> None:
        """Rotate by a new file."""
        self._shift()
        self.path.rename(self.path.with_name("app.log.1"))
        self.path.touch()

    def copy(self) -> None:
        """Rotate by a copy; the file stays."""
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
    """A log of which some lines are there."""
    log = Log(tmp_path)
    log.write(5)
    return log


@pytest.mark.parametrize("rotate", [Log.rename, Log.copy])
@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
def test_killed_again_before_it_was_read(
    log: Log, pattern: str, rotate: Callable[[Log], None]
) -> None:
    """Rotations that were found but not read come before those that are found after a restart."""
    reader = Reader(log.path.with_name(pattern))
    reader.drain()
    for _ in range(4):
        for _ in range(3):
            rotate(log)
            log.write(7)
        # All are found and noted, of the first some lines are read.
        reader.restart().read_some(7)
    reader.restart().drain()

    assert reader.lines == log.lines


def test_go_back_while_rotations_are_read(log: Log) -> None:
    """What is read again comes before what was not read yet."""
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
    """Under a name that led to another rotation so far, a newer one is found as well."""
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
    """What was truncated and is longer by now than what was read is noticed before it is read."""
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
