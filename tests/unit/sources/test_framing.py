"""Framing: read boundaries don't affect the lines."""

import itertools
import re
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sources import Block
from exporter.sources.cutters import LINES, make_framer
from exporter.sources.framing import NONE, Lines

BOM = b"\xef\xbb\xbf"
TEXT = b'{"a": 1}\n\n{"b": "\xc3\xa9"}\r\nx' + b"y" * 50 + b"\nlast"


def frame(data: bytes, cuts: Iterable[int], max_line: int, wrapper: str = LINES) -> list[Lines]:
    """Feed the data cut at these places, then flush."""
    framer = make_framer(max_line, wrapper)
    found = []
    places = sorted(cut for cut in cuts if cut < len(data))
    for start, end in itertools.pairwise([0, *places, len(data)]):
        found.append(framer.feed(data[start:end]))
        assert sum(one.size for one in found) == end - framer.pending_bytes
    return [*found, framer.flush()]


def block(found: Iterable[Lines]) -> Block:
    """Join everything into one block."""
    whole = NONE
    for one in found:
        whole = whole.then(one)
    return Block.of("s", "k", whole, whole.size, None, 0)


def facts(whole: Block) -> tuple[list[tuple[int, bytes]], int, int]:
    """Nonblank lines with their offsets, the number of too long lines, and of NULs."""
    lines = zip(whole.starts, whole.lines, strict=True)
    return [one for one in lines if one[1].strip()], whole.too_long, whole.nul_bytes


def split_simply(data: bytes, max_line: int) -> tuple[list[tuple[int, bytes]], int, int]:
    """The same facts, from a regular expression over all of the data."""
    start = len(BOM) if data.startswith(BOM) else 0
    lines, too_long = [], 0
    for match in re.compile(rb"[^\n\0]+").finditer(data, start):
        line = match[0].removesuffix(b"\r")
        if not line.strip():
            continue
        if len(line) <= max_line:
            lines.append((match.start(), line))
        else:
            too_long += 1
    return lines, too_long, data.count(b"\0")


@given(st.lists(st.integers(0, len(TEXT))))
def test_cuts_make_no_difference(cuts: list[int]) -> None:
    """Any read boundaries give the same lines."""
    whole = block(frame(TEXT, cuts, 20))
    assert whole.lines == [b'{"a": 1}', b"", b'{"b": "\xc3\xa9"}', b"last"]
    assert whole.too_long == 1


PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b"\n", b"\r\n", b"\0", b"a", b"{}", b" ", BOM, b"\n" * 40, b"\0" * 50]),
    st.sampled_from([b" \n" * 20, b"\n" + b" " * 60, b"x" * 9, b"x" * 10 + b"\r\n"]),
)


@given(
    st.lists(PIECES, max_size=30).map(b"".join), st.lists(st.integers(0, 300)), st.integers(1, 12)
)
def test_any_bytes(data: bytes, cuts: list[int], max_line: int) -> None:
    """Each line is returned with its offset or counted as too long; each NUL is counted."""
    found = frame(data, cuts, max_line)
    whole = block(found)

    assert facts(whole) == split_simply(data, max_line)
    assert whole.size == len(data)


@given(
    st.lists(PIECES, max_size=30).map(b"".join), st.lists(st.integers(0, 300)), st.integers(1, 3)
)
def test_pieces_of_a_block(data: bytes, cuts: list[int], lines: int) -> None:
    """The pieces of a block have its lines, offsets, NULs and too long lines."""
    whole = block(frame(data, cuts, 10))
    pieces: list[Block] = []
    rest: Block | None = whole
    while rest is not None:
        piece, rest = rest.cut(lines)
        pieces.append(piece)
        assert len(piece.lines) <= lines

    assert [one for piece in pieces for one in facts(piece)[0]] == facts(whole)[0]
    for attribute in ("size", "too_long", "nul_bytes"):
        total = sum(getattr(piece, attribute) for piece in pieces)
        assert total == getattr(whole, attribute)
    ends = itertools.accumulate(piece.size for piece in pieces[:-1])
    assert [piece.start for piece in pieces] == [0, *ends]


def test_nuls_at_the_end_wait() -> None:
    """NULs at the end wait for more content, without ending a line or taking memory."""
    framer = make_framer(100, LINES)
    assert framer.feed(b"one\ntwo\0\0").text == b"one\n"
    for _ in range(1000):
        assert framer.feed(bytes(1000)) is NONE
    assert (framer.pending_bytes, framer.waiting_nuls) == (1_000_005, 1_000_002)

    found = framer.feed(b"three\n")

    whole = block([found])
    assert (whole.lines, whole.nul_bytes) == ([b"two", b"three"], 1_000_002)
    assert (found.size, framer.pending_bytes) == (1_000_011, 0)


@pytest.mark.parametrize("nuls", [0, 1, 2, 5000])
def test_nuls_count_towards_no_length(nuls: int) -> None:
    """NULs before or after a line don't count towards its length."""
    data = bytes(nuls) + b"x" * 100 + bytes(nuls) + b"y" * 100 + b"\n"
    whole = block(frame(data, [70], 100 if nuls else 200))
    assert (b"".join(whole.lines), whole.too_long) == (b"x" * 100 + b"y" * 100, 0)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\0", b""])
@pytest.mark.parametrize("begin", [b"", BOM])
def test_what_is_no_part_of_a_line(begin: bytes, end: bytes) -> None:
    """A byte order mark and a CR aren't part of a line or of its length."""
    for cuts in ((), range(1, 14)):
        whole = block(frame(begin + b"0123456789" + end, cuts, 10))
        assert (whole.lines, whole.too_long) == ([b"0123456789"], 0)
        assert whole.starts == [len(begin)]
        whole = block(frame(begin + b"0123456789a" + end, cuts, 10))
        assert (whole.lines, whole.too_long) == ([], 1)


def test_long_line_is_not_held() -> None:
    """An endless line isn't kept in memory."""
    framer = make_framer(1000, LINES)
    for _ in range(1000):
        framer.feed(b"x" * 1000)

    assert framer.pending_bytes == 1_000_000
    assert framer._cutter._parts == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("blank", [b"\n", b" ", b"\r\n", b"\0", b"\t \n"])
def test_much_of_nothing(blank: bytes) -> None:
    """Tens of megabytes of blank lines, white space or NULs take linear time."""
    chunk = blank * ((1 << 20) // len(blank))
    framer = make_framer(1 << 20, LINES)
    framer.feed(b"one\n")
    start = time.process_time()
    found = [framer.feed(chunk) for _ in range(64)]
    found.append(framer.feed(b"\ntwo\n"))
    seconds = time.process_time() - start

    assert [line for line in block(found).lines if line.strip()] == [b"two"]
    assert sum(len(one.text) for one in found) < 1000
    assert seconds < 20


@pytest.mark.parametrize("wrapper", ["lines", "auto", "document"])
@pytest.mark.parametrize("data", [b'\0\xef\xbb\xbf{"a": 1}\n', b"\0\0\xef\xbb\xbf[{}]"])
def test_a_mark_behind_nuls_is_none(wrapper: str, data: bytes) -> None:
    """A byte order mark only counts at the start of the file, not at the start of a read."""
    whole = facts(block(frame(data, [], 100, wrapper)))
    assert all(facts(block(frame(data, [cut], 100, wrapper))) == whole for cut in range(len(data)))
