"""Files without a final newline: a complete last line counts once no more is written."""

import gzip
from pathlib import Path

import pytest

from exporter.sources import FileState
from following import Reader

ONE, TWO = '{"id": "gen_1"}', '{"id": "gen_2"}'


@pytest.mark.parametrize("before", ["", ONE + "\n"])
def test_whole_text(tmp_path: Path, before: str) -> None:
    """A complete JSON text without a newline is read after a while; a later newline is ignored."""
    log = tmp_path / "app.jsonl"
    log.write_text(before + TWO)
    reader = Reader(log)
    given = [ONE] * bool(before)

    reader.read_some(5)
    assert reader.lines == given
    reader.drain()
    assert reader.lines == [*given, TWO]
    with log.open("a") as file:
        file.write("\n" + ONE + "\n")
    assert [line for line in reader.restart().drain() if line] == [ONE]


def test_part_of_a_line_waits(tmp_path: Path) -> None:
    """A last line that isn't complete JSON waits for its rest."""
    log = tmp_path / "app.jsonl"
    log.write_text(f'{ONE}\n{{"id": "ge')
    reader = Reader(log)

    assert reader.drain(60) == [ONE]
    with log.open("a") as file:
        file.write('n_2"}\n')
    assert reader.drain() == [TWO]


@pytest.mark.parametrize("size", [2, 3000])
@pytest.mark.slow
def test_array_on_one_line(tmp_path: Path, size: int) -> None:
    """An array without any newline is read element by element."""
    path = tmp_path / "app.json"
    rows = [f'{{"id": "gen_{n}"}}' for n in range(size)]
    path.write_text(f"[{', '.join(rows)}]")

    assert Reader(path).drain() == rows


def test_truncated_archive(tmp_path: Path) -> None:
    """A truncated archive is reported until it is complete."""
    path = tmp_path / "app.jsonl.gz"
    whole = gzip.compress(b"".join(b'{"id": "%032d"}\n' % n for n in range(500)))
    path.write_bytes(whole[: len(whole) // 2])
    reader = Reader(path)

    reader.drain(100)
    (status,) = reader.sources.status()
    assert (status.state, status.last_error) == (
        FileState.unreadable,
        "the archive is not complete",
    )
    path.write_bytes(whole)
    reader.drain(100)
    (status,) = reader.sources.status()
    assert (status.state, len(reader.lines)) == (FileState.done, 500)
