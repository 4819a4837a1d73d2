"""`start_at: end`, and sources that a reload adds, renames and removes."""

import gzip
from pathlib import Path

from exporter.sources import SourceSpec
from following import LONG, Reader, write


def test_end_is_kept_over_a_restart(log: Path) -> None:
    """`end` applies only to the first start: lines written while down are read."""
    write(log, LONG)
    reader = Reader(log, start_at="end")
    reader.drain()
    reader.sources.close()
    write(log, ["while down"])
    assert reader.restart().drain() == ["while down"]


def test_end_is_told_by_the_position(tmp_path: Path) -> None:
    """Positions keep the offset at which reading began, also across a restart."""
    log, packed = tmp_path / "app.log", tmp_path / "old.log.gz"
    write(log, LONG)
    packed.write_bytes(gzip.compress(b"old\n"))
    skipped = log.stat().st_size
    reader = Reader(tmp_path / "*", start_at="end")
    reader.drain()
    write(log, ["more"])
    reader.drain()
    write(log, ["even more"])
    write(tmp_path / "new.log", ["new"])
    assert reader.restart().drain() == ["even more", "new"]

    ends = {Path(p.path).name: (p.started, p.offset) for p in reader.positions.values() if p.inode}
    assert ends == {
        "app.log": (skipped, log.stat().st_size),
        "old.log.gz": (4, 4),
        "new.log": (0, 4),
    }


def test_end_of_an_empty_file_is_kept_over_a_restart(log: Path) -> None:
    """With `end`, a file that is empty at the first start is later read from its start."""
    log.touch()
    reader = Reader(log, start_at="end")
    reader.drain()
    reader.sources.close()
    write(log, ["while down"])
    assert reader.restart().drain() == ["while down"]


def test_end_of_many_files_is_kept(tmp_path: Path) -> None:
    """`end` is remembered for more files than are kept open."""
    for number in range(300):
        write(tmp_path / f"{number}.log", [f"old {number}"])
    reader = Reader(tmp_path / "*.log", start_at="end")
    assert reader.drain() == []
    reader.sources.close()
    write(tmp_path / "0.log", ["new"])
    assert reader.restart().drain() == ["new"]
    reader.sources.close()


def test_end_skips_archives(tmp_path: Path) -> None:
    """`end` skips archives, also after a restart."""
    (tmp_path / "a.log.1.gz").write_bytes(gzip.compress(b"old\n"))
    reader = Reader(tmp_path / "*", start_at="end")
    assert reader.drain() == []
    assert reader.restart().drain() == []


def test_end_then_rotated_before_the_first_line(log: Path) -> None:
    """A skipped file that is overwritten before its first read is read from its start."""
    write(log, LONG)
    reader = Reader(log, start_at="end")
    reader.drain()
    other = [line.replace("x", "y") for line in [*LONG, *LONG]]
    write(log, other, "r+")
    assert reader.drain() == other


def test_end_within_an_over_long_line(log: Path) -> None:
    """If `end` falls within a too long line, the rest of that line is skipped."""
    log.write_text("x" * 5000)
    reader = Reader(log, start_at="end")
    reader.drain()
    with log.open("a") as file:
        file.write("tail\nnext\n")
    assert reader.drain() == ["next"]


def test_source_added_at_reload_starts_at_end(tmp_path: Path) -> None:
    """A source added by a reload skips existing content with `end`."""
    write(tmp_path / "a.log", ["a"])
    write(tmp_path / "b.log", ["old"])
    reader = Reader(tmp_path / "a.log")
    reader.drain()
    spec = SourceSpec("b", str(tmp_path / "b.log"), "end")
    reader.sources.configure([*reader.specs, spec])
    assert reader.drain() == []


def test_source_renamed_at_reload(log: Path) -> None:
    """A source renamed by a reload continues under its new name."""
    write(log, LONG)
    reader = Reader(log)
    reader.drain()
    reader.sources.configure([SourceSpec("renamed", str(log))])
    write(log, ["new"])
    assert reader.drain() == ["new"]


def test_source_removed_at_reload_gives_nothing_more(tmp_path: Path) -> None:
    """Pending content of a source removed by a reload isn't read."""
    write(tmp_path / "a.log", LONG)
    reader = Reader(tmp_path / "a.log")
    reader.sources.poll()
    reader.sources.configure([SourceSpec("other", str(tmp_path / "b.log"))])
    block = reader.sources.read()
    assert block is None


def test_source_removed_and_back(tmp_path: Path) -> None:
    """A source removed and added back by reloads continues where it was."""
    write(tmp_path / "a.log", LONG[:20])
    reader = Reader(tmp_path / "a.log")
    reader.drain()
    reader.sources.configure([])
    reader.drain()
    write(tmp_path / "a.log", LONG[20:])
    reader.sources.configure(reader.specs)
    assert reader.drain() == LONG[20:]
