"""Chained digests depend only on the content, not on chunks, storage or rewinds."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from exporter.sources.chain import HEADS, Chain

LINES = st.lists(
    st.one_of(st.integers(0, 40), st.integers(0, 3000), st.just(20_000)).map(
        lambda size: b"x" * size + b"\n"
    ),
    max_size=20,
)
CUTS = st.lists(st.integers(1, 50_000), min_size=1, max_size=40)


def chain_of(data: bytes) -> Chain:
    """The digests of content that is read at once."""
    chain = Chain()
    chain.feed(data)
    return chain


@given(LINES, st.binary(max_size=9).map(lambda data: data.replace(b"\n", b"")), CUTS)
def test_any_chunks(lines: list[bytes], rest: bytes, cuts: list[int]) -> None:
    """Chunks of any size, with a restore after each, give the digests of a single chunk."""
    data, chain = b"".join(lines) + rest, Chain()
    for cut in [*cuts, len(data)]:
        chain.feed(data[chain.offset : chain.offset + cut])
        if stored := chain.encode():
            chain = Chain.decode(stored)
    chain.feed(data[chain.offset :])

    assert chain.marks() == chain_of(data).marks()
    assert chain.end.offset == len(data) - len(rest)
    assert chain.now == chain_of(data).now


@given(LINES, st.floats(0, 1), st.floats(0, 1))
def test_going_back(lines: list[bytes], back: float, end: float) -> None:
    """After a rewind and more content, the digests are those of the content up to there."""
    data = b"".join(lines)
    chain = chain_of(data)
    chain.rewind(int(len(data) * back))
    assert chain.offset <= len(data) * back
    stop = int(len(data) * max(back, end))

    chain.feed(data[chain.offset : stop])

    assert chain.marks() == chain_of(data[:stop]).marks()


@given(LINES, LINES, LINES)
def test_agreement(common: list[bytes], mine: list[bytes], others: list[bytes]) -> None:
    """Contents may agree beyond each common line end but the last."""
    one, other = chain_of(b"".join(common + mine)), chain_of(b"".join(common + others))
    ends = list(itertools.accumulate(map(len, common), initial=0))

    assert all(one.may_agree_beyond(end, other) for end in ends[:-1])


def test_no_agreement() -> None:
    """For short lines, digests show exactly where two contents begin to differ."""
    one, other = (chain_of(b"same\nsame\n" + line) for line in (b"mine\nrest\n", b"others\n"))

    assert [one.may_agree_beyond(end, other) for end in (0, 5, 10)] == [True, True, False]


def test_what_is_kept() -> None:
    """Digests are kept for the first lines, then at growing distances, in a few kilobytes."""
    seeded = random.Random(1)
    lines = [b"x" * seeded.randrange(300, 400) + b"\n" for _ in range(60_000)]
    chain = chain_of(b"".join(lines))
    offsets = [mark.offset for mark in chain.marks()]
    steps = list(itertools.pairwise(offsets))

    assert offsets[1 : HEADS + 1] == [sum(map(len, lines[:n])) for n in range(1, HEADS + 1)]
    assert all(after - before <= before // 16 + 400 for before, after in steps if before < 1 << 20)
    assert all(after - before <= before // 16 + 66_000 for before, after in steps)
    assert len(chain.encode()) < 4000


def test_other_contents() -> None:
    """Contents share digests as far as their lines agree."""
    one, other = (chain_of(b"head\n" + line * 9) for line in (b"a\n", b"b\n"))
    assert set(one.marks()) & set(other.marks()) == {one.marks()[0], one.marks()[1]}
    assert chain_of(b"head\n").may_begin(one)
    assert not other.may_begin(one)
    assert Chain.before(100_000).encode() == ""
    assert Chain.before(100_000).heads == ()


def test_the_rest_of_a_piece() -> None:
    """A changed byte changes every later digest."""
    lines = [b"%06d" % number + b"x" * 9_000 + b"\n" for number in range(400)]
    data = b"".join(lines)
    marks = chain_of(data).marks()
    for at in random.Random(2).sample(range(len(data)), 20):
        if data[at : at + 1] != b"\n":
            changed = chain_of(data[:at] + b"y" + data[at + 1 :]).marks()
            alike = [one for one, other in zip(marks, changed, strict=True) if one == other]
            assert alike == [mark for mark in marks if mark.offset <= at]


def test_text_of_an_older_version() -> None:
    """Digests stored in another format are dropped, leaving only the fingerprint."""
    stored = chain_of(b"a line\n" * 1000).encode()
    _, *digests = stored.split(".")

    assert not Chain.decode(stored).is_empty
    assert Chain.decode(".".join(digests)).is_empty
