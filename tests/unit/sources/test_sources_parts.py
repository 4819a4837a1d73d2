"""Parts of the sources package: imports, odd file names, archives, and fair reading."""

import ast
import bz2
import gzip
import os
import zlib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import exporter.sources
from exporter.sources import Beginnings, SourceSpec
from exporter.sources.archive_kinds import KINDS, ArchiveError, ArchiveKind
from exporter.sources.archives import Unpacker
from exporter.sources.composite import Sources
from exporter.sources.copies import Beginning
from following import LONG, Reader, write

PACKAGE = Path(exporter.sources.__file__).parent


def test_imports_go_one_way() -> None:
    """The package has no import cycles."""
    graph = {
        path.stem: {
            node.module
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
        }
        for path in PACKAGE.glob("*.py")
    }
    order = list(TopologicalSorter(graph).static_order())

    assert order[-1] == "__init__"
    assert order.index("content") < order.index("tailed_file") < order.index("path_watcher")


@pytest.mark.parametrize("name", [b"b\xff.log", b"\xc3\xa9.log", "é.log".encode(), b"a\\xff.log"])
@pytest.mark.parametrize("is_glob", [False, True])
def test_any_file_name(tmp_path: Path, name: bytes, is_glob: bool) -> None:
    """A file with any name is followed across a restart and a rotation."""
    log = tmp_path / os.fsdecode(name)
    write(log, LONG[:20])
    reader = Reader(tmp_path / "*" if is_glob else log)
    reader.drain()
    reader.sources.close()
    write(log, LONG[20:])
    log.rename(f"{log}.1")
    write(log, ["new"])

    reader.restart().drain()

    assert sorted(reader.lines) == sorted([*LONG, "new"])
    assert {status.path for status in reader.sources.status()} >= {str(log)}


def test_end_with_a_damaged_archive(tmp_path: Path) -> None:
    """A damaged archive skipped by `end` is reported, and its additions read once repaired."""
    path = tmp_path / "a.log.gz"
    whole = gzip.compress("".join(f"{line}\n" for line in LONG).encode())
    path.write_bytes(whole + b"damage")
    write(tmp_path / "b.log", LONG)
    reader = Reader(tmp_path / "*", start_at="end")
    assert reader.drain() == []
    states = {Path(s.path).name: s.state for s in reader.sources.status()}
    assert states == {"a.log.gz": "unreadable", "b.log": "copy"}
    write(tmp_path / "b.log", ["new"])
    assert reader.drain() == ["new"]
    path.write_bytes(whole + gzip.compress(b"mended\n"))
    assert reader.drain() == ["mended"]
    (position,) = (p for p in reader.positions.values() if p.path == str(path))
    assert position.started == sum(len(line) + 1 for line in LONG)


def unpack(kind: ArchiveKind, path: Path, limit: int) -> bytes:
    """Decompress an archive in pieces."""
    with path.open("rb") as file:
        unpacker = Unpacker(kind, file.fileno(), chunk=7)
        data = b"".join(iter(lambda: unpacker.read(limit), b""))
        assert unpacker.is_between_members
    return data


@pytest.mark.parametrize("limit", [1, 100, 1 << 20])
def test_members_and_padding(tmp_path: Path, limit: int) -> None:
    """Members are joined and trailing zeros ignored, in pieces of any size."""
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"one" * 500) + gzip.compress(b"two") + bytes(50))
    assert unpack(KINDS[0], path, limit) == b"one" * 500 + b"two"


def test_another_kind_is_one_row(tmp_path: Path) -> None:
    """A standard decompressor object such as `bz2`'s is enough for a new kind."""
    path = tmp_path / "a.bz2"
    path.write_bytes(bz2.compress(b"one" * 500) + bz2.compress(b"two"))
    kind = ArchiveKind(".bz2", (b"BZh",), bz2.BZ2Decompressor)
    assert unpack(kind, path, 10) == b"one" * 500 + b"two"


def test_damage(tmp_path: Path) -> None:
    """Damage raises `ArchiveError` with the library's error as its cause."""
    path = tmp_path / "a.gz"
    path.write_bytes(b"\x1f\x8b damage" * 10)
    with path.open("rb") as file, pytest.raises(ArchiveError) as caught:
        Unpacker(KINDS[0], file.fileno()).read(100)
    assert isinstance(caught.value.__cause__, zlib.error)


def test_beginnings(tmp_path: Path) -> None:
    """Each file is read from where it differs from all earlier ones."""
    log = tmp_path / "app.log"
    write(log, LONG)
    (tmp_path / "app.log.gz").write_bytes(gzip.compress(log.read_bytes()))
    (tmp_path / "part.log").write_bytes(log.read_bytes()[:1000])
    (tmp_path / "more.log").write_bytes(log.read_bytes() + b"more\n")
    (tmp_path / "head.log").write_bytes(log.read_bytes()[:130] + b"other\n")
    os.link(log, tmp_path / "name.log")
    write(tmp_path / "other.log", ["other"])
    (tmp_path / "unfinished.log").write_bytes(b"other")
    size = log.stat().st_size
    names = {
        "app.log": Beginning(0, is_copy=False),
        "app.log.gz": Beginning(size, is_copy=True),
        "part.log": Beginning(975, is_copy=False),
        "more.log": Beginning(size, is_copy=False),
        "head.log": Beginning(130, is_copy=False),
        "name.log": Beginning(size, is_copy=True),
        "other.log": Beginning(0, is_copy=False),
        "unfinished.log": Beginning(6, is_copy=True),
        "none.log": Beginning(0, is_copy=False),
        "-": Beginning(0, is_copy=False),
    }
    beginnings = Beginnings()
    assert {name: beginnings.look(str(tmp_path / name)) for name in names if name != "-"} | {
        "-": beginnings.look("-")
    } == names


def test_standard_input_and_files_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standard input and files are read in turn; the input's last line needs no newline."""
    log = tmp_path / "app.log"
    write(log, LONG)
    reading, writing = os.pipe()
    os.write(writing, b"one\ntwo\nlast")
    os.close(writing)
    specs = [SourceSpec("log", str(log)), SourceSpec("in", "-")]
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        sources = Sources(specs, (), 1000, lambda: 1000.0)
        blocks = list(iter(lambda: sources.read(70), None))
        sources.close()

    assert {block.source for block in blocks[:3]} == {"log", "in"}
    lines = [line for block in blocks if block.source == "in" for line in block.lines]
    assert lines == [b"one", b"two", b"last"]
    assert sources.initial_done
    assert [(s.source, s.lag_bytes) for s in sources.source_status(sources.status())] == [
        ("log", 0),
        ("in", 0),
    ]


def test_damaged_archive_of_a_known_file_is_read_once_it_is_mended(tmp_path: Path) -> None:
    """A damaged archive of a known log is read once repaired, even if renamed meanwhile."""
    log = tmp_path / "app.log"
    write(log, LONG[:5])
    reader = Reader(tmp_path / "app*")
    reader.drain()
    write(log, LONG[5:])
    whole = gzip.compress(log.read_bytes()[:320]) + gzip.compress(log.read_bytes()[320:])
    log.unlink()
    archive = tmp_path / "app.log.1.gz"
    archive.write_bytes(gzip.compress("".join(f"{line}\n" for line in LONG[:5]).encode()) + b"junk")
    reader.drain()
    archive = archive.rename(tmp_path / "app.log.2.gz")
    reader.drain()

    archive.write_bytes(whole)
    reader.drain()

    assert reader.lines == LONG
    assert not any(status.last_error for status in reader.sources.status())
