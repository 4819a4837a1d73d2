"""Blocks, read back by an independent reader of the format."""

import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from exporter.backfill.tsdb.block import Block
from exporter.backfill.tsdb.grid_chunks import point_chunks
from exporter.backfill.tsdb.ulid import ulid
from tsdb_blocks import read_block

VALUES = st.sampled_from(["", "a", 'quo"te', "two\nlines", "模型", "\U0001f600", "\\", "z" * 300])
LABELS = st.dictionaries(st.sampled_from(["job", "Env", "model", "le", "key"]), VALUES)
POINTS = st.dictionaries(st.integers(0, 64_800), st.integers(0, 10**9), min_size=1, max_size=150)


@settings(max_examples=examples(20, 160), deadline=None)
@given(series=st.lists(st.tuples(st.sampled_from("abc"), LABELS, POINTS), min_size=1, max_size=12))
def test_a_block_holds_what_it_was_given(
    series: Sequence[tuple[str, dict[str, str], dict[int, int]]],
) -> None:
    """All samples come back, postings find every label pair, and empty labels are dropped."""
    expected = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ulid(1_795_000_000_000)
        block = Block(path)
        for name, labels, points in series:
            named = {**labels, "__name__": name}
            key = tuple(sorted(pair for pair in named.items() if pair[1]))
            if key in expected:
                continue
            samples = sorted(points.items())
            chunks = point_chunks([at for at, _ in samples], [value for _, value in samples], 3)
            block.add(named, chunks, len(samples))
            expected[key] = [(at * 1000, value / 1000) for at, value in samples]
        block.finish()
        found = read_block(path)
        tombstones = (path / "tombstones").read_bytes()
    assert {key: [*chain.from_iterable(chunks)] for key, chunks in found.series.items()} == expected
    pairs = {pair for key in expected for pair in key}
    assert found.postings == {("", ""): sorted(expected)} | {
        pair: sorted(key for key in expected if pair in key) for pair in pairs
    }
    times = [at for samples in expected.values() for at, _ in samples]
    assert found.meta == {
        "ulid": path.name,
        "minTime": min(times),
        "maxTime": max(times) + 1,
        "stats": {
            "numSamples": len(times),
            "numSeries": len(expected),
            "numChunks": sum(map(len, found.series.values())),
        },
        "compaction": {"level": 1, "sources": [path.name]},
        "version": 1,
    }
    assert tombstones.hex() == "0130ba300100000000"


def test_names_of_blocks() -> None:
    """A ULID begins with its time and is unique; the example is the specification's."""
    names = {ulid(1_469_918_176_385) for _ in range(100)}
    assert len(names) == 100
    assert {name[:10] for name in names} == {"01ARYZ6S41"}
    assert {len(name) for name in names} == {26}
