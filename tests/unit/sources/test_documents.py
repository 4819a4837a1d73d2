"""JSON arrays: each element is a line, whatever the array's size and the read boundaries."""

import gzip
import itertools
import json
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_framing import BOM, block, facts, frame

from exporter.sources import AUTO, Block, read_file, read_range
from exporter.sources.cutters import LINES, make_framer
from exporter.sources.document_cutter import DOCUMENT, is_document
from following import Reader

RECORDS = [{"id": f"gen_{n}", "note": 'a "[{x}]" \\ \n', "in": [[n], {"a": []}]} for n in range(40)]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{},:"\\\n\t abé', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a"]', max_size=2), inner),
    max_leaves=8,
)
ARRAYS = st.lists(VALUES, max_size=5)
LAYOUTS = st.sampled_from([None, 0, 2, "\t"])
CUTS = st.lists(st.integers(0, 400))


def elements(data: bytes, cuts: list[int], max_line: int = 1000) -> Block:
    """Frame data as a document."""
    return block(frame(data, cuts, max_line, DOCUMENT))


@given(
    st.lists(st.tuples(ARRAYS, LAYOUTS), max_size=3),
    CUTS,
    st.sampled_from(["", " ", "\r\n\n"]),
    st.sampled_from([b"", BOM]),
)
def test_elements(
    arrays: list[tuple[list[Any], Any]], cuts: list[int], between: str, mark: bytes
) -> None:
    """Consecutive arrays in any layout: each element comes once, with its offset."""
    texts = (json.dumps(array, indent=layout, ensure_ascii=False) for array, layout in arrays)
    data = mark + between.join(texts).encode()
    whole = elements(data, cuts)

    expected = [element for array, _ in arrays for element in array]
    assert [json.loads(line) for line in whole.lines] == expected
    text = [data[offset:].decode() for offset in whole.starts]
    assert [json.JSONDecoder().raw_decode(one)[0] for one in text] == expected
    assert (whole.size, whole.too_long) == (len(data), 0)


SOUP = st.lists(
    st.one_of(
        st.sampled_from([b"[", b"]", b"{", b"}", b",", b'"', b"\\", b"\\n", b"a", b" ", b"\n"]),
        st.sampled_from([b"\0", b"\0" * 9, b'{"a": [1, {"b": "]"}]}', b'"x"', BOM, b"x" * 12]),
    ),
    max_size=40,
).map(b"".join)


@example(b"\0" + BOM, [1], 1)
@given(SOUP, CUTS, st.integers(1, 30))
def test_any_bytes(data: bytes, cuts: list[int], max_line: int) -> None:
    """Read boundaries don't matter for malformed data either, and no byte is lost."""
    whole = elements(data, cuts, max_line)
    assert facts(whole) == facts(elements(data, [], max_line))
    assert (whole.size, whole.nul_bytes) == (len(data), data.count(b"\0"))
    for offset, line in zip(whole.starts, whole.lines, strict=True):
        assert data[offset : offset + len(line)].replace(b"\n", b" ") == line


@given(SOUP, CUTS, st.integers(1, 30))
def test_decided_by_the_first_bytes(data: bytes, cuts: list[int], max_line: int) -> None:
    """The first bytes decide between document and lines, whatever the read boundaries."""
    expected = DOCUMENT if is_document(data.rstrip(b"\0")) else LINES
    whole = block(frame(data, cuts, max_line, AUTO))
    if is_document(data.rstrip(b"\0")) is not None:
        assert facts(whole) == facts(block(frame(data, [], max_line, expected)))
    assert (whole.size, whole.nul_bytes) == (len(data), data.count(b"\0"))


@given(st.lists(st.tuples(ARRAYS, LAYOUTS), min_size=1, max_size=3), st.integers(0, 400), CUTS)
@pytest.mark.slow
def test_reading_begins_anywhere(
    arrays: list[tuple[list[Any], Any]], stop: int, cuts: list[int]
) -> None:
    """A new framer can continue after the last complete element."""
    data = "\n".join(json.dumps(array, indent=layout) for array, layout in arrays).encode()
    first = make_framer(1000, DOCUMENT)
    lines = block([first.feed(data[:stop])]).lines
    end = min(stop, len(data)) - first.pending_bytes
    rest = make_framer(1000, DOCUMENT, at_start=not end)
    lines += block([rest.feed(data[end:]), rest.flush()]).lines

    assert [json.loads(line) for line in lines] == [one for array, _ in arrays for one in array]


@given(ARRAYS, LAYOUTS, st.integers(1, 3))
def test_pieces_of_a_block(array: list[Any], layout: Any, lines: int) -> None:
    """A new framer can continue after the first piece of a block."""
    data = json.dumps(array, indent=layout).encode()
    first, rest = elements(data, []).cut(lines)
    again = make_framer(1000, DOCUMENT, at_start=not first.size)
    found = block([again.feed(data[first.size :]), again.flush()])

    assert found.lines == ([] if rest is None else rest.lines)
    assert found.starts == [place - first.size for place in ([] if rest is None else rest.starts)]


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        (b'[{"a": 1}]', True),
        (b"[ {", True),
        (b"\n \n[\n\n  {", True),
        (b"[]", True),
        (BOM + b"[\r\n{", True),
        (b"\0\0\0[{", True),
        (b"[", None),
        (b" \n[ ", None),
        (b"", None),
        (b" \n", None),
        (BOM[:2], None),
        (b"[INFO] {}", False),
        (b"[2026-11-01] {}", False),
        (b"[ info ] {}", False),
        (b"{}", False),
        (b"x[{", False),
    ],
)
def test_first_bytes(begin: bytes, told: bool | None) -> None:
    """An array begins with a bracket followed by an object or the closing bracket."""
    assert is_document(begin) is told


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b'[{"a": 1}, oops {"b": 2}]', [b'{"a": 1}', b"oops ", b'{"b": 2}']),
        (b'[{"a": 1}}, {"b": 2}]', [b'{"a": 1}', b"}", b'{"b": 2}']),
        (b'[{"a": "x\n{"b": 2}]', [b'{"a": "x', b'{"b": 2}']),
        (b'[{"a": \0\0{"b": 2}]', [b'{"a": ', b'{"b": 2}']),
        (b'[{"a": 1}, {"b": ', [b'{"a": 1}', b'{"b": ']),
        (b'[{"a": 1},', [b'{"a": 1}']),
        (b"[", []),
        (b'[{"a": 1}] {"b": 2}\n{"c": 3}[{"d": 4}]', None),
        (b'[[{"a": 1}], [2]][[3]]', [b'[{"a": 1}]', b"[2]", b"[3]"]),
    ],
)
def test_what_is_no_array(data: bytes, lines: list[bytes] | None) -> None:
    """Text between elements and unfinished elements become lines; later elements are read."""
    expected = [b'{"a": 1}', b'{"b": 2}', b'{"c": 3}', b'{"d": 4}'] if lines is None else lines
    for cuts in ([], list(range(len(data)))):
        assert elements(data, cuts).lines == expected


def test_element_that_is_too_long() -> None:
    """An element beyond the limit is skipped while streaming, with constant memory."""
    framer = make_framer(1000, DOCUMENT)
    lines = block([framer.feed(b'[{"a": 1}, {"b": "')]).lines
    part = b'\\"]}[{' * 10_000
    tracemalloc.start()
    for _ in range(200):
        assert framer.feed(part).text == b""
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    found = block([framer.feed(b'"}, {"c": 3}]')])

    assert (lines, found.lines, found.too_long) == ([b'{"a": 1}'], [b'{"c": 3}'], 1)
    assert peak < 1_000_000


def write_array(path: Path, count: int, *, indent: int | None = 1) -> bytes:
    """Write a file with an array of records and return its content."""
    data = json.dumps(RECORDS[:count], indent=indent).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return data


def ids(lines: Iterable[str | bytes]) -> list[str]:
    """The ids of records."""
    return [json.loads(line)["id"] for line in lines]


@pytest.mark.parametrize("name", ["a.json", "a.json.gz"])
def test_whole_file(tmp_path: Path, name: str) -> None:
    """An array longer than the line limit is read, compressed or not."""
    path = tmp_path / name
    data = write_array(path, 40)
    blocks = list(read_file("a", str(path), 300))

    assert ids([line for one in blocks for line in one.lines]) == ids(map(json.dumps, RECORDS))
    assert [one.ends for one in blocks] == [False] * (len(blocks) - 1) + [True]
    assert sum(one.size for one in blocks) == len(data) > 2000
    assert {one.wrapper for one in blocks} == {DOCUMENT}


def test_array_that_grows(tmp_path: Path) -> None:
    """A growing array's elements are read once complete, with a restart at any point."""
    path = tmp_path / "a.json"
    path.touch()
    reader = Reader(path)
    parts = [b"[\n ", *(json.dumps(one).encode() for one in RECORDS[:4]), b"\n]\n"]
    parts[2:5] = [b",\n " + part for part in parts[2:5]]
    for part in parts:
        for half in (part[:9], part[9:]):
            with path.open("ab") as file:
                file.write(half)
            reader.drain()
            reader.restart()
    reader.drain()
    with path.open("ab") as file:
        file.write(json.dumps(RECORDS[4:6]).encode())
    reader.restart().drain()
    assert ids(reader.lines) == ids(map(json.dumps, RECORDS[:6]))
    (position,) = reader.positions.values()
    assert (position.wrapper, position.offset) == (DOCUMENT, path.stat().st_size)


def test_unfinished_array_that_is_rotated(tmp_path: Path) -> None:
    """An unfinished last element is read once its file is rotated."""
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"id": "gen_0"}, {"id": "gen_1"')
    reader = Reader(path)
    assert reader.drain() == ['{"id": "gen_0"}']
    path.rename(tmp_path / "a.json.1")
    assert reader.drain() == ['{"id": "gen_1"']


@pytest.mark.parametrize(
    ("wrapper", "lines"),
    [("lines", ['[{"a": 1},', '{"b": 2}]']), ("document", ['{"a": 1}', '{"b": 2}'])],
)
def test_configured(tmp_path: Path, wrapper: str, lines: list[str]) -> None:
    """A source may set its wrapper instead of having it detected."""
    path = tmp_path / "a.json"
    path.write_text('[{"a": 1},\n{"b": 2}]\n')
    reader = Reader(path, wrapper=wrapper)
    assert reader.drain() == lines
    assert [
        line.decode()
        for one in read_file("a", str(path), 99, wrapper=wrapper)
        for line in one.lines
    ] == lines


def test_start_at_end_of_an_array(tmp_path: Path) -> None:
    """With `start_at: end`, an unfinished element is read once complete."""
    path = tmp_path / "a.json"
    path.write_bytes(b'[{"id": "gen_0"},\n {"id": ')
    reader = Reader(path, start_at="end")
    assert reader.drain() == []
    with path.open("ab") as file:
        file.write(b'"gen_1"}, {"id": "gen_2"}]')
    assert ids(reader.drain()) == ["gen_1", "gen_2"]


@pytest.mark.parametrize("indent", [None, 2])
def test_between_two_positions(tmp_path: Path, indent: int | None) -> None:
    """Reading an array between any two committed positions gives the counted elements."""
    path = tmp_path / "a.json"
    data = write_array(path, 8, indent=indent)
    places = [0, *itertools.accumulate(one.size for one in read_file("a", str(path), 300))]
    whole = elements(data, [], 300)
    ends = [offset + len(line) for offset, line in zip(whole.starts, whole.lines, strict=True)]
    assert places[-1] == len(data)
    for start, end in itertools.combinations([0, *ends], 2):
        found = [
            line
            for one in read_range("a", str(path), start, end, 300)
            if not one.is_replayed
            for line in one.lines
        ]
        assert found == [
            line
            for line, place in zip(whole.lines, whole.starts, strict=True)
            if start <= place < end
        ]
