"""Rewinding to committed positions: the same lines again, in pieces of any size."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.positions import Fingerprint, Position
from exporter.sources import Block
from exporter.sources.cutters import LINES, make_framer
from following import LONG, Reader, write


@given(
    st.lists(st.text("xy\n", max_size=12).map(str.encode), max_size=8),
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
)
def test_cut(chunks: list[bytes], sizes: list[int]) -> None:
    """Each piece of a block has its own offset, lines and number of too long lines."""
    data, framer, fed, at = b"".join(chunks), make_framer(3, LINES), 0, 0
    pieces = iter(sizes * 40)
    for chunk in chunks:
        start = fed - framer.pending_bytes
        fed += len(chunk)
        found, end = framer.feed(chunk), fed - framer.pending_bytes
        position = Position("k", "s", "p", 1, 1, Fingerprint(0, ""), end, finished=True)
        rest: Block | None = Block.of("s", "k", found, end - start, position, start)
        while rest is not None:
            wanted = next(pieces)
            piece, rest = rest.cut(wanted)
            raw = data[at : at + piece.size].splitlines()
            assert piece.start == at
            assert piece.lines == [line for line in raw if len(line) <= 3]
            assert piece.too_long == sum(len(line) > 3 for line in raw)
            assert len(piece.lines) <= wanted
            at += piece.size
            assert piece.position is not None
            assert (piece.position.offset, piece.position.finished) == (at, rest is None)
        assert at == end


@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_rewind(tmp_path: Path, gone: bool, packed: bool) -> None:
    """Lines after the committed position are read again, even from a deleted file."""
    log = tmp_path / "app.log"
    write(log, LONG)
    if packed:
        log.write_bytes(gzip.compress(log.read_bytes()))
    reader = Reader(log)
    reader.read_some(5)
    committed, before = dict(reader.positions), len(reader.lines)
    reader.drain()
    if gone:
        log.unlink()
    reader.sources.poll()
    assert 0 < before < len(LONG)

    reader.sources.rewind(committed)

    assert reader.drain() == LONG[before:]
    reader.sources.rewind(reader.positions)
    assert reader.drain() == []


def test_rewind_to_the_start(tmp_path: Path) -> None:
    """Without a commit, a source with `start_at: end` returns to where it began."""
    log = tmp_path / "app.log"
    write(log, LONG[:20])
    reader = Reader(log, start_at="end")
    assert reader.drain() == []
    write(log, LONG[20:])
    assert reader.drain() == LONG[20:]
    marks = {key for key in reader.positions if key.startswith("start:")}

    reader.positions.clear()
    reader.sources.rewind({})

    assert reader.drain() == LONG[20:]
    assert marks <= reader.positions.keys()
    assert reader.restart().drain() == []
