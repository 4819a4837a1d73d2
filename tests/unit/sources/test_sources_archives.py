"""Archives: partially written, with several members, padded or replaced."""

import gzip
import random
from pathlib import Path

from exporter.sources import read_file
from following import LONG, Reader, write


def test_empty_archive_seen_before_it_is_filled(log: Path) -> None:
    """Gzip's empty output is seen before it is filled and the log is deleted."""
    write(log, LONG[:20])
    reader = Reader(log.with_name("app*"))
    reader.drain()
    old = log.with_name("app.log.1")
    log.rename(old)
    write(log, ["new"])
    reader.drain()
    archive = log.with_name("app.log.1.gz")
    archive.touch()
    reader.drain()
    write(old, LONG[20:])
    archive.write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    reader.drain()
    assert sorted(reader.lines) == sorted([*LONG, "new"])
    assert reader.restart().drain() == []


def test_new_archive_seen_empty(tmp_path: Path) -> None:
    """A new archive that is empty when first seen is still read as an archive."""
    path = tmp_path / "a.gz"
    path.touch()
    reader = Reader(tmp_path / "*.gz")
    reader.drain()
    path.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert reader.drain() == ["one", "two"]


def test_archive_seen_before_its_head(log: Path) -> None:
    """An archive with only its first bytes isn't mistaken for a new log."""
    random.seed(1)
    lines = [random.randbytes(40).hex() for _ in range(400)]
    write(log, lines[:300])
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log, lines[300:])
    reader.sources.close()
    data = gzip.compress(log.read_bytes())
    log.unlink()
    archive = log.with_name("app.log.1.gz")
    archive.write_bytes(data[:300])
    reader.restart().drain(0.1)
    archive.write_bytes(data)
    reader.drain()
    assert sorted(reader.lines) == sorted(lines)


def test_padded_archive(tmp_path: Path) -> None:
    """Zeros after an archive are ignored, and its last line needs no newline."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one\ntwo") + b"\0" * 512)
    reader = Reader(path)
    assert reader.drain() == ["one", "two"]
    assert sum(status.lag_bytes for status in reader.sources.status()) == 0
    assert [line for block in read_file("a", str(path), 100) for line in block.lines] == [
        b"one",
        b"two",
    ]


def test_archive_replaced_in_place(tmp_path: Path) -> None:
    """An archive that is overwritten in place is read again."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in LONG).encode()))
    reader = Reader(path)
    reader.drain()
    path.write_bytes(gzip.compress(b"other\n"))
    assert reader.drain() == ["other"]


def test_archive_with_a_small_first_member(log: Path) -> None:
    """An archive with a small first member is matched to its partly read log."""
    write(log, LONG[:20])
    reader = Reader(log)
    reader.drain()
    write(log, LONG[20:])
    reader.sources.close()
    data = log.read_bytes()
    log.with_name("app.log.1.gz").write_bytes(gzip.compress(data[:100]) + gzip.compress(data[100:]))
    log.unlink()
    reader.restart().drain()
    assert reader.lines == LONG


def test_last_line_of_an_archive(tmp_path: Path) -> None:
    """A complete archive's last line needs no newline and is read at once, only once."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one\ntwo"))
    reader = Reader(path)
    assert reader.drain(0.1) == ["one", "two"]
    assert reader.restart().drain() == []
    with path.open("ab") as file:
        file.write(gzip.compress(b"three\n"))
    assert reader.drain() == ["three"]
    assert reader.restart().drain() == []


def test_archive_that_does_not_reach_the_position_yet(log: Path) -> None:
    """An archive that doesn't reach the position yet adds no duplicates."""
    random.seed(1)
    lines = [random.randbytes(40).hex() for _ in range(400)]
    write(log, lines[:350])
    reader = Reader(log.with_name("app*"))
    reader.drain()
    write(log, lines[350:])
    reader.sources.close()
    data = gzip.compress(log.read_bytes())
    log.unlink()
    archive = log.with_name("app.log.1.gz")
    archive.write_bytes(data[: len(data) // 2])
    reader.restart().drain()
    archive.write_bytes(data)
    reader.drain()
    assert reader.lines == lines
