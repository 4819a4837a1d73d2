"""NUL bytes in followed files: holes end lines; NULs at the end wait for the writer."""

import bz2
import gzip
import lzma
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.sources import Block, read_file, read_range
from following import LONG, Reader, write

GIB = 1 << 30


def bytes_read() -> int:
    """Return how many bytes this process has read so far."""
    rows = dict(row.split(": ") for row in Path("/proc/self/io").read_text().splitlines())
    return int(rows["rchar"])


class Counting(Reader):
    """A reader that counts NULs and drops blank lines."""

    nul_bytes = 0

    def _take(self, block: Block | None) -> list[str]:
        lines = super()._take(block)
        if block is None or block.is_replayed:
            return lines
        self.nul_bytes += block.nul_bytes
        if block.size:
            assert block.position is not None
            assert block.start + block.size == block.position.offset
        self.lines = [line for line in self.lines if line]
        return [line for line in lines if line]

    def take_all(self) -> list[str]:
        """Read everything there is, with the default block size."""
        self.sources.poll()
        return [line for block in iter(self.sources.read, None) for line in self._take(block)]

    @property
    def lag(self) -> int:
        """The unread bytes."""
        return sum(status.lag_bytes for status in self.sources.status())


def write_at(path: Path, offset: int, data: bytes) -> None:
    """Write at an offset, as a writer without append mode does."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def text(lines: list[str]) -> bytes:
    """Lines as a file's content."""
    return "".join(f"{line}\n" for line in lines).encode()


def test_power_loss_in_the_middle(log: Path) -> None:
    """A partially written line before a hole is a line; the hole is counted."""
    log.write_bytes(b"one\ntw" + bytes(700) + b"three\n")
    reader = Counting(log)
    assert reader.drain() == ["one", "tw", "three"]
    assert (reader.nul_bytes, reader.too_long, reader.lag) == (700, 0, 0)


@pytest.mark.parametrize("size", [1, 63, 64, 1000, 5000, 1 << 20])
def test_hole_at_the_head(log: Path, size: int) -> None:
    """A hole before the first line may exceed the line limit; no line is too long."""
    log.write_bytes(bytes(size) + text(LONG))
    reader = Counting(log)
    assert reader.drain() == LONG
    assert (reader.nul_bytes, reader.too_long) == (size, 0)
    assert reader.restart().drain() == []


@pytest.mark.slow
def test_sparse_gigabyte(log: Path) -> None:
    """Holes of a gigabyte, within the file and at its end, are read once, not at each poll."""
    write(log, ["one"])
    os.truncate(log, GIB)
    write(log, ["two"])
    os.truncate(log, 2 * GIB)
    before = bytes_read()
    reader = Counting(log)
    assert reader.take_all() == ["one", "two"]
    assert (reader.nul_bytes, reader.lag) == (GIB - 4, 0)
    for _ in range(100):
        reader.sources.poll()
        assert reader.sources.read() is None
    assert bytes_read() - before < 3 * GIB


def test_file_of_nuls_only(log: Path) -> None:
    """A file of only NULs is like an empty one; lines written over them are read."""
    log.touch()
    os.truncate(log, GIB)
    reader = Counting(log)
    for count in range(3):
        assert reader.drain() == LONG[count - 1 : count] if count else reader.drain() == []
        assert reader.lag == 0
        write_at(log, 65 * count, text(LONG[count : count + 1]))
    reader.restart().drain()
    assert (reader.lines, reader.nul_bytes) == (LONG[:3], 0)


@pytest.mark.parametrize("is_sparse", [True, False])
@pytest.mark.parametrize("step", [7, 64, 65, 100])
def test_allocated_ahead(log: Path, step: int, is_sparse: bool) -> None:
    """Lines written piece by piece over preallocated NULs are read once; no NUL is counted."""
    if is_sparse:
        log.touch()
        os.truncate(log, 10_000)
    else:
        log.write_bytes(bytes(10_000))
    data = text(LONG[:6])
    reader = Counting(log)
    for place in range(0, len(data), step):
        write_at(log, place, data[place : place + step])
        if place // step % 5 == 4:
            reader.restart()
        reader.drain(0.01)
        assert reader.lag == 0
    assert (reader.lines, reader.nul_bytes) == (LONG[:6], 0)
    (position,) = reader.positions.values()
    assert position.offset == len(data)
    # The writer truncates the unused part.
    os.truncate(log, len(data))
    write(log, LONG[6:9])
    reader.drain()
    assert (reader.lines, reader.nul_bytes) == (LONG[:9], 0)


def test_allocated_further(log: Path) -> None:
    """A file that is preallocated in steps is followed."""
    write(log, LONG[:3])
    reader = Counting(log)
    for count in range(3, 40):
        size = count * 65
        if count % 4 == 3:
            os.truncate(log, size + 1000)
        reader.drain(0.01)
        write_at(log, size, text(LONG[count : count + 1]))
    reader.drain()
    assert (reader.lines, reader.nul_bytes) == (LONG, 0)


def test_writer_that_does_not_append(log: Path) -> None:
    """A writer without append mode leaves a hole after copytruncate, which is counted."""
    log.touch()
    reader, place = Counting(log), 0
    for turn in range(4):
        lines = LONG[turn * 10 : turn * 10 + 10]
        for line in lines:
            write_at(log, place, text([line]))
            place += 65
            reader.drain()
        shutil.copyfile(log, log.with_name(f"app.log.{4 - turn}"))
        os.truncate(log, 0)
        reader.drain()
    assert reader.lines == LONG
    assert reader.nul_bytes == 650 + 1300 + 1950
    assert reader.restart().drain() == []


@pytest.mark.parametrize("was_seen", [True, False])
def test_copy_with_a_hole(log: Path, was_seen: bool) -> None:
    """A compressed copy is recognised by the content after its hole."""
    log.write_bytes(bytes(3000) + text(LONG[:20]))
    reader = Counting(log.with_name("app*"))
    reader.drain()
    write(log, LONG[20:])
    if was_seen:
        reader.drain()
    log.with_name("app.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    os.truncate(log, 0)
    reader.drain()
    write_at(log, 3000 + 65 * 40, b"new\n")
    reader.drain()
    assert reader.lines == [*LONG, "new"]


def test_two_logs_behind_equal_holes(tmp_path: Path) -> None:
    """Logs that begin with equal holes are distinguished by the content after them."""
    for name, lines in (("a.log", LONG[:20]), ("b.log", LONG[20:])):
        (tmp_path / name).write_bytes(bytes(2000) + text(lines))
    reader = Counting(tmp_path / "*.log")
    assert sorted(reader.drain()) == LONG
    assert reader.nul_bytes == 4000


def test_rotated_with_nuls_at_the_end(log: Path) -> None:
    """In a rotated file, unused preallocated NULs are ignored."""
    log.write_bytes(text(LONG[:3]) + b"half" + bytes(5000))
    reader = Counting(log)
    assert reader.drain() == LONG[:3]
    log.rename(log.with_name("app.log.1"))
    write(log, ["new"])
    assert sorted(reader.drain()) == ["half", "new"]
    assert (reader.nul_bytes, reader.too_long, reader.lag) == (0, 0, 0)
    assert reader.restart().drain() == []


def test_start_at_end(log: Path) -> None:
    """`start_at: end` starts before the NULs that a writer may fill."""
    log.write_bytes(b"one\n" + bytes(50) + b"two\0\0half" + bytes(300_000))
    reader = Counting(log, start_at="end")
    assert reader.drain() == []
    write_at(log, 63, b" line\nthree\n")
    assert reader.drain() == ["half line", "three"]
    assert reader.nul_bytes == 0


def test_nuls_turn_to_text_while_they_are_read(log: Path) -> None:
    """Lines written over NULs during reading are read."""
    log.write_bytes(b"one\n" + bytes(300))
    reader = Counting(log)
    # A read has 64 bytes, so the writer changes bytes that were not read yet.
    reader.read_some(1)
    reader.read_some(1)
    write_at(log, 4, b"two\n")
    write_at(log, 200, b"three\n")
    assert reader.drain() == ["two", "three"]
    assert (reader.lines, reader.nul_bytes) == (["one", "two", "three"], 192)


PACK: list[tuple[str, Callable[[bytes], bytes]]] = [
    (".gz", gzip.compress),
    (".bz2", bz2.compress),
    (".xz", lzma.compress),
]


@pytest.mark.parametrize(("suffix", "pack"), PACK)
def test_archive_with_nuls(log: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    """All NULs of an archive are counted, also at its end, as it won't be written to."""
    path = log.with_name(f"a.log{suffix}")
    path.write_bytes(pack(bytes(5000) + b"one\n\0\0two") + pack(bytes(2000)))
    reader = Counting(path)
    assert reader.drain() == ["one", "two"]
    assert (reader.nul_bytes, reader.lag) == (7002, 0)
    blocks = list(read_file("a", str(path), 100))
    assert [line for block in blocks for line in block.lines if line] == [b"one", b"two"]
    assert sum(block.nul_bytes for block in blocks) == 7002
    with path.open("ab") as file:
        file.write(pack(b"\nthree\n"))
    assert reader.restart().drain() == ["three"]


def test_whole_file(log: Path) -> None:
    """`read_file` counts all holes except the last, as following does."""
    log.write_bytes(bytes(2000) + text(LONG[:2]) + b"\0\0" + text(LONG[2:4]) + b"half" + bytes(70))
    blocks = list(read_file("a", str(log), 100))
    assert [line.decode() for block in blocks for line in block.lines if line] == [
        *LONG[:4],
        "half",
    ]
    assert sum(block.nul_bytes for block in blocks) == 2002
    assert sum(block.size for block in blocks) == log.stat().st_size - 70
    assert sum(block.too_long for block in blocks) == 0


def test_whole_sparse_file(log: Path) -> None:
    """`read_file` skips gigabytes of holes without reading them."""
    os.truncate(os.open(log, os.O_CREAT | os.O_WRONLY), 3 * GIB)
    write(log, ["one"])
    before = bytes_read()
    blocks = list(read_file("a", str(log), 100))
    assert [line for block in blocks for line in block.lines] == [b"one"]
    assert sum(block.nul_bytes for block in blocks) == 3 * GIB
    assert bytes_read() - before < GIB / 16


def test_up_to_a_position(log: Path) -> None:
    """Reading between two positions gives the lines and NULs that were counted there."""
    log.write_bytes(
        bytes(300) + b"one\0\0\0two\n" + bytes(200) + b"three\n\0\0\0four\n" + bytes(50)
    )
    reader = Counting(log)
    found: list[tuple[int, int, tuple[bytes, ...], int]] = []
    reader.sources.poll()
    while (block := reader.sources.read(64)) is not None:
        assert block.position is not None
        found.append((block.start, block.position.offset, tuple(block.lines), block.nul_bytes))
    assert found[-1][1] == log.stat().st_size - 50
    for start, end, lines, nul_bytes in found:
        found_again = read_range("a", str(log), start, end, 1000)
        blocks = [block for block in found_again if not block.is_replayed]
        assert tuple(line for block in blocks for line in block.lines) == lines
        assert sum(block.nul_bytes for block in blocks) == nul_bytes
