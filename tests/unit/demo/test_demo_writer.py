"""The demo's log file: lines are written when due, and rotation bounds its size."""

from pathlib import Path

from exporter.demo import LogWriter, Traffic

START = 1_790_000_000_000


def test_writer_appends_whole_lines_when_due(tmp_path: Path) -> None:
    """Only lines that are due are written, after the existing content."""
    log = tmp_path / "demo.jsonl"
    log.write_bytes(b"{}\n")
    now = [START / 1000]
    writer = LogWriter(log, Traffic(7, START), lambda: now[0])
    assert writer.write_due() == 0
    now[0] += 10
    count = writer.write_due()
    assert writer.write_due() == 0
    count += writer.write_due(START + 20_000)
    writer.close()
    expected = [event.line for event in Traffic(7, START).due(START + 20_000)]
    assert len(expected) == count
    assert b"".join(line + b"\n" for line in [b"{}", *expected]) == log.read_bytes()


def test_writer_keeps_one_old_file(tmp_path: Path) -> None:
    """A file beyond the limit replaces the old file, and no line in between is lost."""
    log = tmp_path / "demo.jsonl"
    writer = LogWriter(log, Traffic(7, START), limit_bytes=100_000)
    for now in range(START, START + 60_000, 1000):
        writer.write_due(now)
    writer.close()
    assert {"demo.jsonl", "demo.jsonl.1"} == {path.name for path in tmp_path.iterdir()}
    kept = (tmp_path / "demo.jsonl.1").read_bytes() + log.read_bytes()
    lines = b"".join(event.line + b"\n" for event in Traffic(7, START).due(START + 59_000))
    assert lines.endswith(kept)
    assert 100_000 < len(kept) < 500_000


def test_writer_takes_long_gaps_in_pieces(tmp_path: Path) -> None:
    """After hours of sleep each call writes a limited number of lines; later calls catch up."""
    writer = LogWriter(tmp_path / "demo.jsonl", Traffic(7, START))
    assert [writer.write_due(START + 36_000_000) for _ in range(2)] == [5000, 5000]
    writer.close()
