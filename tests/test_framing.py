"""Framing: the same lines come out however the bytes are cut."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.sources.framing import Framer
from exporter.sources.cutters import make_framer

TEXT = b'{"a": 1}\n\n{"b": "\xc3\xa9"}\r\nx' + b"y" * 50 + b"\nlast"


def run(data: bytes, cuts: list[int], max_line: int = 20) -> tuple[list[bytes], int]:
    """All lines and the count of dropped ones, with the data cut at these places."""
    framer = Framer(max_line)
    lines: list[bytes] = []
    dropped = 0
    places = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(places):
        found = framer.feed(data[start:end])
        lines += split(found.text)
        dropped += found.too_long
    last = framer.flush()
    return lines + split(last.text), dropped + last.too_long


@given(st.lists(st.integers(0, len(TEXT))))
def test_cuts_make_no_difference(cuts: list[int]) -> None:
    """Whole, byte by byte or in any pieces: the same lines."""
    assert run(TEXT, cuts) == ([b'{"a": 1}', b"", b'{"b": "\xc3\xa9"}\r', b"last"], 1)


@given(st.binary(), st.lists(st.integers(0, 200)), st.integers(1, 10))
def test_any_bytes(data: bytes, cuts: list[int], max_line: int) -> None:
    """Every line is given out or counted as too long."""
    lines, dropped = run(data, [cut for cut in cuts if cut < len(data)], max_line)
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()

    assert lines == [line for line in expected if len(line) <= max_line]
    assert dropped == sum(len(line) > max_line for line in expected)


def test_long_line_is_not_held() -> None:
    """A line that never ends takes no memory."""
    framer = Framer(1000)
    for _ in range(1000):
        framer.feed(b"x" * 1000)

    assert framer.pending_bytes == 1_000_000
    assert framer._parts == []


@pytest.mark.parametrize(
    ("data", "valid"), [(b"a\n", True), (b"\xc3\xa9\n", True), (b"\xc3\n\xa9\n", False)]
)
def test_utf8(data: bytes, valid: bool) -> None:
    """Whether a chunk's lines are UTF-8 is said once for all of them."""
    assert Framer(100).feed(data).utf8 is valid
