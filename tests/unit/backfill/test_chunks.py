"""XOR chunks and checksums, read back by an independent reader of the format."""

import struct
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exporter.values.fixed_point import decimal_text
from implementations import Implementation
from tsdb_blocks import Bits, checksum, read_chunk, samples_of

# The fixture has no state, so all examples can share it.
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

FLOATS = st.one_of(
    st.integers(0, 2000).map(float), st.floats(0, 100).map(lambda one: round(one, 9)), st.floats()
)
TIMES = st.integers(-(1 << 45), 1 << 45)
RUNS = st.lists(st.tuples(FLOATS, st.integers(1, 130)), min_size=1, max_size=30)


@pytest.fixture
def tsdb(implementation: Implementation) -> Any:
    """Return a function that imports a module of the implementation under test."""
    return lambda name: implementation.module(f"backfill.tsdb.{name}")


def bits(value: float) -> int:
    """A float as its 64 bits."""
    return int(struct.unpack(">Q", struct.pack(">d", value))[0])


def changes(values: list[int]) -> list[int]:
    """The bits in which each value but the first differs from the one before."""
    return [one ^ before for before, one in pairwise(values)]


def read(chunk: bytes) -> list[tuple[int, int]]:
    """The samples of a chunk, with values as bits, so that NaN equals itself."""
    return [(at, bits(value)) for at, value in samples_of(chunk)]


@same_fixture
@given(first=TIMES, step=st.integers(1, 400_000), runs=RUNS)
@example(first=0, step=300_000, runs=[(1.0, 1)])
@example(first=0, step=300_000, runs=[(1.0, 1), (2.0, 1)])
@example(first=0, step=300_000, runs=[(1.0, 2), (1.0, 2), (-1.0, 1)])
@example(first=0, step=1, runs=[(0.0, 1), (struct.unpack(">d", b"\x80" + bytes(6) + b"\1")[0], 1)])
def test_a_chunk_of_runs(tsdb: Any, first: int, step: int, runs: list[tuple[float, int]]) -> None:
    """Runs of equal values at a fixed step are decoded exactly."""
    values, counts = [bits(value) for value, _ in runs], [count for _, count in runs]
    chunk = tsdb("xor_chunks").regular_chunk(first, step, values[0], changes(values), counts)
    flat = [value for value, (_, count) in zip(values, runs, strict=True) for _ in range(count)]
    assert read(chunk) == [(first + step * place, value) for place, value in enumerate(flat)]


@same_fixture
@given(
    first=TIMES,
    samples=st.lists(
        st.tuples(st.one_of(*(st.integers(1, 1 << size) for size in (8, 13, 16, 20, 40))), FLOATS),
        min_size=1,
        max_size=40,
    ),
)
def test_a_chunk_of_points(tsdb: Any, first: int, samples: list[tuple[int, float]]) -> None:
    """Samples at irregular times, with delta-of-deltas of each encoded size."""
    at, expected = first, []
    for distance, value in samples:
        expected.append((at, bits(value)))
        at += distance
    times, values = [at for at, _ in expected], [value for _, value in expected]
    chunk = tsdb("xor_chunks").irregular_chunk(times, values[0], changes(values))
    assert read(chunk) == expected


@pytest.mark.parametrize("size", [14, 17, 20])
@pytest.mark.parametrize("off", [-1, 0, 1, 2])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_bounds_of_offsets(tsdb: Any, size: int, off: int, sign: int) -> None:
    """Delta-of-deltas at the limit of each encoded size, one less and up to two more."""
    offset = sign * ((1 << size - 1) - 1 + off)
    times = [0, 1 << 21, (1 << 22) + offset]
    found = read(tsdb("xor_chunks").irregular_chunk(times, 1, [0, 0]))
    assert found == [(at, 1) for at in times]


@same_fixture
@given(value=st.integers(0, 10**30), places=st.sampled_from([0, 3, 6, 9, 12]))
@example(value=9007199254740993, places=0)
@example(value=10**12 + 1, places=12)
def test_values_are_the_nearest_floats(tsdb: Any, value: int, places: int) -> None:
    """A fixed-point value becomes the float that its decimal text would parse to."""
    values = [value, value, value + 1]
    found, changed = tsdb("xor_chunks").float_changes(values, places)
    expected = [bits(float(decimal_text(one, places))) for one in values]
    assert list(found) == expected
    assert changed[1:] == changes(expected)


@same_fixture
@given(
    size=st.integers(1, 500),
    changes=st.dictionaries(st.integers(0, 499), st.integers(0, 10**15), min_size=1),
)
def test_a_series_is_cut_into_chunks(tsdb: Any, size: int, changes: dict[int, int]) -> None:
    """A chunk has at most 120 samples; a level holds until the next change."""
    starts = sorted(start for start in changes if start < size) or [0]
    levels = [changes.get(start, 1) for start in starts]
    chunks = tsdb("grid_chunks").grid_chunks((60_000, 15_000, size), starts, levels, 3)
    found = [sample for _, _, chunk in chunks for sample in samples_of(chunk)]
    expected = []
    for place in range(starts[0], size):
        level = levels[sum(start <= place for start in starts) - 1]
        expected.append((60_000 + 15_000 * place, level / 1000))
    assert found == expected
    assert all(
        (begin, end) == (samples_of(chunk)[0][0], samples_of(chunk)[-1][0])
        for begin, end, chunk in chunks
    )
    assert max(len(samples_of(chunk)) for _, _, chunk in chunks) <= 120


@same_fixture
@given(
    points=st.lists(st.tuples(st.integers(1, 90), st.integers(0, 10**6)), min_size=1, max_size=300)
)
def test_points_are_cut_into_chunks(tsdb: Any, points: list[tuple[int, int]]) -> None:
    """Every chunk but the last has 120 samples."""
    at, placed = 1_795_000_000, []
    for distance, value in points:
        placed.append((at, value))
        at += distance
    times, values = [at for at, _ in placed], [value for _, value in placed]
    chunks = [chunk for _, _, chunk in tsdb("grid_chunks").point_chunks(times, values, 6)]
    found = [samples_of(chunk) for chunk in chunks]
    assert [*chain.from_iterable(found)] == [(at * 1000, value / 10**6) for at, value in placed]
    assert all(len(one) == 120 for one in found[:-1])


@same_fixture
@given(data=st.binary(max_size=300))
@example(data=b"123456789")
def test_checksums(tsdb: Any, data: bytes) -> None:
    """CRC-32C agrees with a bitwise version and with the published check value."""
    assert tsdb("crc32c").crc32c(data) == checksum(data)
    assert checksum(b"123456789") == 0xE3069283


@same_fixture
@given(number=st.integers(-(1 << 62), 1 << 62))
def test_integers_of_variable_length(implementation: Implementation, number: int) -> None:
    """Signed and unsigned varints round-trip."""
    varints: Any = implementation.module("values.varints")
    assert Bits(varints.varint(number)).varint() == number
    assert Bits(varints.uvarint(abs(number))).uvarint() == abs(number)


def test_another_file_begins_at_the_limit(tsdb: Any, tmp_path: Path) -> None:
    """A full segment starts a new file; a series' index entry leads to each of its chunks."""
    segments = tsdb("chunk_segments").ChunkSegments(tmp_path / "chunks", 120)
    chunk = tsdb("xor_chunks").regular_chunk(0, 1000, bits(1.5), [], [120])
    entry = Bits(segments.add([(1000 * number, 1000 * number + 999, chunk) for number in range(5)]))
    segments.close()
    assert entry.uvarint() == segments.chunks == 5
    place = 0
    for number in range(5):
        begin = entry.uvarint() if number else entry.varint()
        assert (begin, entry.uvarint()) == (1 if number else 0, 999)
        place = place + entry.varint() if number else entry.uvarint()
        assert len(read_chunk(tmp_path, place)) == 120
    sizes = [path.stat().st_size for path in (tmp_path / "chunks").iterdir()]
    assert len(sizes) > 1
    assert max(sizes) <= 120
