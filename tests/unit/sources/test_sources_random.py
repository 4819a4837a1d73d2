"""Random writes, rotations and restarts: each line is read once and in order."""

import gzip
import os
import random
import shutil
from pathlib import Path

import pytest

from effort import examples
from following import Reader


class Rotating:
    """A log that is written and rotated at random, with all lines written to it."""

    def __init__(self, log: Path, seed: int) -> None:
        """Draw all random choices from `seed`, first whether to rotate by rename or by copy."""
        self.log = log
        self.random = random.Random(seed)
        self.copies = self.random.random() < 0.5
        self.lines: list[str] = []

    def name(self, number: int, ending: str = "") -> Path:
        """The name of a rotation."""
        return self.log.with_name(f"{self.log.name}.{number}{ending}")

    def write(self) -> None:
        """Append some lines."""
        for _ in range(self.random.randrange(1, 40)):
            line = f"{len(self.lines)}-{self.random.random()}{'.' * 60}"
            self.lines.append(line)
            with self.log.open("a") as file:
                file.write(f"{line}\n")

    def rotate(self) -> None:
        """Rotate as logrotate does."""
        for number in range(99, 0, -1):
            for ending in ("", ".gz"):
                if self.name(number, ending).exists():
                    self.name(number, ending).rename(self.name(number + 1, ending))
        if self.log.exists():
            if self.copies:
                shutil.copyfile(self.log, self.name(1))
                os.truncate(self.log, 0)
            else:
                self.log.rename(self.name(1))

    def pack(self) -> None:
        """Compress the second rotation."""
        path = self.name(2)
        if path.exists():
            self.name(2, ".gz").write_bytes(gzip.compress(path.read_bytes()))
            times = path.stat()
            os.utime(self.name(2, ".gz"), ns=(times.st_atime_ns, times.st_mtime_ns))
            path.unlink()


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("seed", range(examples(10, 100)))
@pytest.mark.slow
def test_random_days(log: Path, pattern: str, seed: int) -> None:
    """Random writes, rotations, compressions, partial reads and restarts lose no line."""
    rotating = Rotating(log, seed)
    rotating.write()
    reader = Reader(log.with_name(pattern))
    reader.read_some(1)
    steps = [rotating.write, rotating.write, rotating.rotate, rotating.pack]
    for _ in range(40):
        step = rotating.random.randrange(8)
        if step < 4:
            steps[step]()
            if step == 2:  # so that the new file has a fingerprint of its own
                rotating.write()
        elif step < 7:
            reader.read_some(rotating.random.randrange(6))
        else:
            reader.restart()
        reader.now += rotating.random.choice([0.5, 6.0])
    reader.drain()
    assert reader.lines == rotating.lines
