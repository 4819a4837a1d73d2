"""Blocks of lines from messages, and the partition's offset after each piece of a block."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from exporter.positions import PartitionOffset
from exporter.sources import Block
from exporter.sources.kafka.blocks import Cut, PartitionBlocks

AT = PartitionOffset("cluster", "requests", 3, "id-1", 10)
LIMIT = 64
VALUES = st.lists(
    st.one_of(
        st.none(),
        st.sampled_from([b"", b" \n", b"{}", b'{"a": 1}\n', b"a\nb\n\nc", b"[{},{}]", b"x" * 65]),
        st.binary(max_size=80),
    ),
    max_size=12,
)


def blocks_of(
    values: Iterable[bytes | None], at: PartitionOffset = AT, wrapper: str = "auto"
) -> list[Block]:
    """The blocks of messages that start at an offset."""
    made = PartitionBlocks(Cut("kafka", LIMIT, wrapper), at)
    found = [block for n, one in enumerate(values, at.offset) for block in made.add(n, one)]
    return [*found, *made.take()]


def pieces(blocks: Iterable[Block], lines: int) -> Iterator[Block]:
    """Cut blocks into pieces of at most this many lines."""
    for block in blocks:
        rest: Block | None = block
        while rest is not None:
            first, rest = rest.cut(lines)
            yield first


def ends(blocks: Iterable[Block]) -> list[tuple[int, int]]:
    """The offset after each block: the next message and the lines of it already counted."""
    return [(one.messages.end.offset, one.messages.end.lines) for one in blocks if one.messages]


def lines(blocks: Iterable[Block]) -> list[bytes]:
    """The lines that are counted."""
    return [line for one in blocks if not one.is_replayed for line in one.lines]


def test_one_block_of_many_messages() -> None:
    """Messages share a block; blank lines and messages without a value are skipped."""
    found = blocks_of([b'{"a": 1}', None, b"b\nc\n", b"  ", b"d"])
    assert lines(found) == [b'{"a": 1}', b"b", b"c", b"d"]
    assert ends(found) == [(15, 0)]
    assert found[0].breaks >= {1, 3}


def test_odd_messages_stand_alone() -> None:
    """A message with an array, a too long line or NULs has a block of its own."""
    found = blocks_of([b"{}", b'[{"a":1},{"b":2}]', b"x" * 65, b"a\0b", b"{}"])
    assert [one.lines for one in found] == [
        [b"{}"], [b'{"a":1}', b'{"b":2}'], [], [b"a", b"b"], [b"{}"],
    ]  # fmt: skip
    assert [one.too_long for one in found] == [0, 0, 1, 0, 0]
    assert ends(found) == [(11, 0), (12, 0), (13, 0), (14, 0), (15, 0)]


def test_each_csv_has_its_header() -> None:
    """Each CSV message has its own header."""
    found = blocks_of([b"a,b\n1,2\n", b"b,a\n3,4\n"], wrapper="csv")
    assert [one.head for one in found] == [b"a,b\n1,2\n", b"b,a\n3,4\n"]


def test_full_blocks() -> None:
    """Blocks are limited in bytes and in messages."""
    made = PartitionBlocks(Cut("kafka", 1 << 20, "auto"), AT)
    found = [block for n in range(30) for block in made.add(10 + n, b"x" * 100_000)]
    assert [len(one.text) for one in found] == [1_100_011, 1_100_011]
    found = [block for n in range(40, 10_050) for block in made.add(n, b"{}")]
    assert len(found) == 1


def test_reached_without_a_message() -> None:
    """Offsets without a message, such as a transaction's marker, move the position."""
    made = PartitionBlocks(Cut("kafka", LIMIT, "auto"), AT)
    assert [*made.take()] == []
    made.end(12)
    (found,) = made.take()
    assert (found.text, ends([found])) == (b"", [(12, 0)])


@given(VALUES, st.integers(1, 4), st.integers(0, 30))
@example([None, b"a\nb\n\nc"], 1, 1)
def test_goes_on_after_any_piece(values: list[bytes | None], size: int, stopped: int) -> None:
    """After a stop at any piece, reading continues there and each line counts once."""
    whole = lines(blocks_of(values))
    first = [*pieces(blocks_of(values), size)][:stopped]
    at = AT
    for one in first:
        assert one.messages is not None
        at = one.messages.end
    rest = blocks_of(values[at.offset - AT.offset :], at)
    assert lines(first) + lines(rest) == whole
    assert all(one.messages.begin.offset >= at.offset for one in rest if one.messages)


@pytest.mark.parametrize(("byte", "offset"), [(0, 10), (8, 10), (9, 12), (13, 13), (99, 14)])
def test_place_of_a_line(byte: int, offset: int) -> None:
    """A line's position is the offset of its message."""
    (block,) = blocks_of([b'{"a": 1}', None, b"b\nc\n", b"d"])
    assert block.place(byte) == offset
