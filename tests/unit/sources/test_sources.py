"""Following files: each line once, through every kind of rotation, with a restart anywhere."""

import gzip
import itertools
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from exporter.positions import Position
from exporter.sources import Block, Sources, SourceSpec

# More than a fingerprint's length, so that copies are told from namesakes.
LONG = [f"{number:04d}" + "x" * 60 for number in range(40)]


class Reader:
    """Sources with a clock of its own, and what it has given out."""

    def __init__(
        self, *patterns: Path | str, start_at: str = "beginning", wrapper: str = "auto"
    ) -> None:
        """Follow each pattern as a source."""
        self.specs = [SourceSpec(str(p), str(p), start_at, wrapper) for p in patterns]
        self.now = 1000.0
        self.lines: list[str] = []
        self.too_long = 0
        self.lost_bytes = 0
        self.positions: dict[str, Position] = {}
        self.sources = self._open()

    def _open(self) -> Sources:
        return Sources(self.specs, self.positions.values(), 1000, lambda: self.now)

    def restart(self) -> "Reader":
        """As after a crash: only committed positions survive."""
        self.sources.close()
        self.sources = self._open()
        return self

    def read_some(self, blocks: int) -> None:
        """Poll once and read a few blocks."""
        self.sources.poll()
        for _ in range(blocks):
            self._take(self.sources.read(64))

    def _take(self, block: Block | None) -> list[str]:
        if block is None or block.is_replayed:
            return []  # what is read again counts nothing
        lines = [line.decode(errors="replace") for line in block.lines]
        self.too_long += block.too_long
        self.lost_bytes += block.lost_bytes
        if block.position is not None:
            self.positions[block.key] = block.position
        self.lines += lines
        return lines

    def drain(self, seconds: float = 10.0) -> list[str]:
        """The lines of everything there is now, polled twice with time passing."""
        new: list[str] = []
        for _ in range(3):
            self.sources.poll()
            while (block := self.sources.read(64)) is not None:
                new += self._take(block)
            self.now += seconds
        return new


def write(path: Path, lines: Iterable[str], mode: str = "a") -> None:
    """Write whole lines."""
    with path.open(mode) as file:
        file.writelines(f"{line}\n" for line in lines)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "app.log"


def test_partial_line_waits(log: Path) -> None:
    """A line without its newline is not given out before it has one."""
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
    """A glob finds new files; a file that is missing at first is no error."""
    reader = Reader(tmp_path / "*.log", tmp_path / "one.txt")
    assert reader.drain() == []
    write(tmp_path / "b.log", ["b"])
    write(tmp_path / "one.txt", ["1"])
    assert sorted(reader.drain()) == ["1", "b"]


def test_start_at_end(tmp_path: Path) -> None:
    """`end` skips what is there at the first start, and nothing else."""
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


def rename_create(log: Path) -> None:
    """Logrotate's default."""
    log.rename(log.with_name("app.log.1"))
    write(log, ["new"])


def copytruncate(log: Path) -> None:
    """Logrotate's copytruncate."""
    shutil.copyfile(log, log.with_name("app.log.1"))
    os.truncate(log, 0)
    write(log, ["new"])


def compress(log: Path) -> None:
    """Rotation with compression at once."""
    with gzip.open(log.with_name("app.log.1.gz"), "wb") as archive:
        archive.write(log.read_bytes())
    log.unlink()
    write(log, ["new"])


def dated(log: Path) -> None:
    """Logrotate's dateext."""
    log.rename(log.with_name("app-20261101.log"))
    write(log, ["new"])


def regrow(log: Path) -> None:
    """copytruncate, and the new content is longer than the old one was."""
    shutil.copyfile(log, log.with_name("app.log.1"))
    log.write_text("")
    write(log, ["new", *("n" * 64 for _ in range(100))], "r+")


ROTATIONS = (rename_create, copytruncate, compress, dated, regrow)


# A file that was never seen under the configured name is nobody's.
CASES = [
    case
    for case in itertools.product(ROTATIONS, ("app.log", "app*"), (0, 20, 40), (False, True))
    if case[1:] != ("app.log", 0, True)
]


@pytest.mark.parametrize(("rotate", "pattern", "read_before", "down"), CASES)
def test_rotation(
    log: Path, rotate: Callable[[Path], None], pattern: str, read_before: int, down: bool
) -> None:
    """Each line once: rotated while running or while down, rotated names matched or not."""
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
    """Rotations that nobody saw under the log's name are read too, oldest first; older ones not."""
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
    """Lines that a writer adds to the renamed file are read too; its last one needs no newline."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    with log.open("a") as writer:
        rename_create(log)
        reader.drain(0.1)
        writer.write("late\nunfinished")
    assert sorted(reader.drain()) == ["late", "unfinished"]


def test_truncated_in_place(log: Path) -> None:
    """`: > file`, then new lines: the new ones are read from the start."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    log.write_text("")
    reader.drain()
    write(log, ["a"])
    assert reader.drain() == ["a"]


def test_truncate_and_regrow_past_the_offset(log: Path) -> None:
    """Other content in the same file, even longer than before, is read from its start."""
    write(log, ["short"])
    reader = Reader(log)
    reader.drain()
    write(log, ["other", "content"], "r+")
    assert reader.drain() == ["other", "content"]


def test_reused_inode(log: Path) -> None:
    """A deleted and recreated file is new, whatever inode it gets."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    log.unlink()
    reader.restart()
    write(log, [line.replace("x", "y") for line in LONG])
    assert len(reader.drain()) == len(LONG)


def test_symlink_switch(tmp_path: Path) -> None:
    """Kubernetes: the link turns to a new file; the old one is finished."""
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


def test_gzip_in_the_making(tmp_path: Path) -> None:
    """An archive that is still being written waits; several members are one content."""
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
    """The archive of a file goes on where the file was left, also after a restart."""
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
    """A damaged archive is reported; other files go on."""
    (tmp_path / "bad.gz").write_bytes(gzip.compress(b"x" * 1000)[:20] + b"\xff" * 100)
    write(tmp_path / "good.log", ["a"])
    reader = Reader(tmp_path / "*")
    assert reader.drain() == ["a"]
    errors = {Path(s.path).name: s.last_error for s in reader.sources.status()}
    assert errors["bad.gz"]
    assert not errors["good.log"]


def test_one_file_by_several_names(tmp_path: Path) -> None:
    """Two patterns, a hard link and a symlink to one file: read once."""
    write(tmp_path / "a.log", LONG)
    os.link(tmp_path / "a.log", tmp_path / "b.log")
    (tmp_path / "c.log").symlink_to(tmp_path / "a.log")
    reader = Reader(tmp_path / "*.log", tmp_path / "a*")
    assert reader.drain() == LONG


def test_small_equal_files_are_one(tmp_path: Path) -> None:
    """However short two files are: what both begin with counts once."""
    write(tmp_path / "a.log", ["same"])
    write(tmp_path / "b.log", ["same"])
    reader = Reader(tmp_path / "*.log")
    assert reader.drain() == ["same"]
    assert reader.restart().drain() == []
    write(tmp_path / "b.log", ["other"])
    assert reader.drain() == ["other"]


def test_fair_turns(tmp_path: Path) -> None:
    """A large file does not keep a small one waiting."""
    write(tmp_path / "a.log", LONG)
    write(tmp_path / "b.log", ["b"])
    assert Reader(tmp_path / "*.log").drain().index("b") < 5


def test_lag_and_errors_are_told(tmp_path: Path) -> None:
    """The status names each file with what is left to read; a directory is refused."""
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
    """A file without a name that is still followed says how to mount it."""
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
    """Whatever was not given out with its position before a crash comes again, nothing else."""
    write(log, LONG)
    reader = Reader(log)
    reader.sources.poll()
    block = reader.sources.read(200)
    assert block is not None
    assert block.position is not None
    reader.positions[block.key] = block.position
    reader.lines += [line.decode(errors="replace") for line in block.lines]
    reader.sources.read(200)  # given out, but its position is lost
    reader.restart().drain()
    assert reader.lines == LONG


def test_renamed_source_goes_on(log: Path) -> None:
    """A file whose source has another name now is not read again."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    reader.specs = [SourceSpec("renamed", str(log))]
    write(log, ["new"])
    assert reader.restart().drain() == ["new"]


def test_removed_source_is_left_alone(tmp_path: Path) -> None:
    """A file whose source was removed from the configuration is not read."""
    write(tmp_path / "a.log", LONG)
    reader = Reader(tmp_path / "a.log")
    reader.drain()
    reader.specs = [SourceSpec("other", str(tmp_path / "b.log"))]
    write(tmp_path / "a.log", ["new"])
    assert reader.restart().drain() == []


def test_many_files(tmp_path: Path) -> None:
    """More files than are kept open: every one is read, and read on."""
    for number in range(400):
        write(tmp_path / f"{number}.log", [f"first {number}"])
    reader = Reader(tmp_path / "*.log")
    assert len(reader.drain()) == 400
    for number in range(400):
        write(tmp_path / f"{number}.log", [f"second {number}"])
    assert len(reader.drain()) == 400
    assert reader.restart().drain() == []
    reader.sources.close()
