"""Unwrap lines, and find the ends of JSON objects."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Reason
from exporter.wrappers import Found, Unwrapper
from exporter.wrappers.json_scan import BROKEN, TORN, UNFINISHED, Scanner

RECORD = b'{"time": 1, "model": "m"}'


def is_record(text: bytes) -> bool:
    """Return True if an object is a record; a parser for these tests."""
    found = json.loads(text)
    return "time" in found and "model" in found


def unwrap(
    lines: Sequence[bytes], wrapper: str = "", max_line: int = 1 << 20
) -> list[bytes | Reason]:
    """Return the content of lines, with what is unfinished at their end."""
    unwrapper = Unwrapper(wrapper, max_line, is_record)
    found: list[Found] = []
    at = 0
    for line in lines:
        found += unwrapper.feed(line, at)
        at += len(line) + 1
    found += unwrapper.give_up()
    return [one.text if one.reason is None else one.reason for one in found]


def docker(log: str, stream: str = "stdout", time: str = "2026-11-02T10:20:31.5Z") -> bytes:
    """A line of a Docker log."""
    return json.dumps({"log": log, "stream": stream, "time": time}).encode()


def cri(text: str, tag: str = "F", stream: str = "stdout") -> bytes:
    """A line of a CRI log."""
    return f"2026-11-02T10:20:31.123456789Z {stream} {tag} {text}".encode()


def journald(message: Any, **more: str) -> bytes:
    """A line of a journal export."""
    fields = {"__REALTIME_TIMESTAMP": "1793700000123456", "_PID": "7", **more}
    return json.dumps({"MESSAGE": message, **fields}).encode()


LINES = {
    "cut within a string": ([b"{", b' "a": "b', RECORD], [b'{\n "a": "b', RECORD]),
    "nothing": ([b"", b" \t\r", b"[", b" ] ,", b"\xef\xbb\xbf"], []),
    "no object": ([b"started", b"[1, 2]", b"\xff"], [b"started", b"[1, 2]", b"\xff"]),
    "text before": ([b"10:20 [INFO] shop: " + RECORD], [RECORD]),
    "text after": ([RECORD + b" took 5 ms"], [RECORD]),
    "text after with a brace": ([RECORD + b" took {5} ms"], [RECORD]),
    "malformed text before": ([b"INFO {oops} " + RECORD], [b"INFO {oops} " + RECORD]),
    "glued": ([b'{"a": "}{"}{"b": {}}{}'], [b'{"a": "}{"}', b'{"b": {}}', b"{}"]),
    "array": ([b'[{"a": 1}, {"b": NaN}]'], [b'{"a": 1}', b'{"b": NaN}']),
    "array over lines": ([b"[", b'{"a": 1},', b'{"b": 2}', b"]"], [b'{"a": 1}', b'{"b": 2}']),
    "broken after": ([b'{"a": 1}, {"b" 2}'], [b'{"a": 1}', b'{"b" 2}']),
    "invalid UTF-8": ([b'x {"a": "\xff{"}'], [b'{"a": "\xff{"}']),
    "over lines": (
        [b"x {", b' "a": [', b'  {"b": "}"},', b" 1", b"]", b"}"],
        [b'{\n "a": [\n  {"b": "}"},\n 1\n]\n}'],
    ),
    "over lines, no JSON": ([b"{", b'"a": [1,', b"]", b"}"], [b'{\n"a": [1,', b"}"]),
    "over lines, glued": (
        [b"{", b"}{", b'"a": 1}{"b"', b":2}"],
        [b"{\n}", b'{\n"a": 1}', b'{"b"\n:2}'],
    ),
    "torn between": ([b'{"a": 1,', RECORD], [b'{"a": 1,', RECORD]),
    "torn before a value": ([b'{"a":', RECORD, RECORD], [b'{"a":', RECORD, RECORD]),
    "torn in an array": ([b'{"a": [', RECORD + b",", b"]"], [b'{"a": [', RECORD]),
    "no record inside": ([b'{"a": [', b'{"time": 1}', b"]}"], [b'{"a": [\n{"time": 1}\n]}']),
    "torn twice": ([b"{", b"{", b'"a": 1}'], [b"{", b'{\n"a": 1}']),
    "torn, then text": ([b'{"a": 1', b"stopped"], [b'{"a": 1', b"stopped"]),
    "torn at the end": ([RECORD, b'{"a": ['], [RECORD, b'{"a": [']),
    "escapes": (
        [rb'{"a\"{": "\\"}{"\u00e4": "\ud800"}'],
        [rb'{"a\"{": "\\"}', rb'{"\u00e4": "\ud800"}'],
    ),
}


@pytest.mark.parametrize("case", LINES)
def test_lines(case: str) -> None:
    """Each object is found once; a line without one is returned as it is."""
    lines, expected = LINES[case]

    assert unwrap(lines) == expected


WRAPPED: dict[str, tuple[list[bytes], list[bytes | Reason]]] = {
    "docker": (
        [docker("hello\n"), docker('{"a": "\u00e4\\n'), docker('"}\n'), docker("\n")],
        [b"hello", '{"a": "ä\\n"}'.encode()],
    ),
    "docker, two streams": (
        [docker('{"a"'), docker("{\n", "stderr"), docker(": 1}\n"), docker("}\n", "stderr")],
        [b'{"a": 1}', b"{\n}"],
    ),
    "docker, another line": ([docker("x {}\n"), RECORD, b"", b"torn"], [b"{}", RECORD, b"torn"]),
    "docker, cut at the end": ([docker("{}\n"), docker('{"a')], [b"{}", b'{"a']),
    "docker, escapes": (
        [rb'{"log": "{\"a\": \"\ud83d\ude00 \ud800\"}\n", "stream": "", "time": ""}'],
        ['{"a": "😀 \ufffd"}'.encode()],
    ),
    "cri": (
        [cri("{", "P"), cri("started", "F", "stderr"), cri('"a": ', "P:x"), cri("1}"), cri("")],
        [b"started", b'{"a": 1}'],
    ),
    "journald": (
        [
            journald("{}"),
            journald(list(b'{"a": "\xff"}')),
            journald(None),
            journald('{"a":\n1}\nx {}'),
            journald([300]),
        ],
        [b"{}", b'{"a": "\xff"}', Reason.not_json, b'{"a":\n1}', b"{}", Reason.not_json],
    ),
    "journald, several values": (
        [journald(["{}", list(b"{ }")]), journald(["{}", 5])],
        [b"{}", b"{ }", Reason.not_json],
    ),
    "journald, two programs": (
        [journald("{"), journald("{}", _PID="8"), journald('"a": 1}')],
        [b"{}", b'{\n"a": 1}'],
    ),
    "journald, cut by the journal": (
        [journald('{"a": "', _LINE_BREAK="line-max"), journald('x"}')],
        [b'{"a": "x"}'],
    ),
}


@pytest.mark.parametrize("case", WRAPPED)
def test_wrapped(case: str) -> None:
    """The wrapper is detected from its first line, and messages are read like lines."""
    lines, expected = WRAPPED[case]

    assert unwrap([b"", b"garbage", *lines]) == [b"garbage", *expected]
    assert unwrap(lines, case.partition(",")[0]) == expected
    assert unwrap(lines, "lines") != expected


def test_times() -> None:
    """An object gets the wrapper's time, that of its first part."""
    lines = {
        "docker": [docker('{"a": ', time="1"), docker("1}\n", time="2")],
        "cri": [cri("{}")],
        "journald": [journald("{}"), journald("{}", __REALTIME_TIMESTAMP="x")],
    }
    found = {
        name: [one.time for line in some for one in unwrapper.feed(line, 0)]
        for name, some in lines.items()
        for unwrapper in [Unwrapper("", 100, is_record)]
    }

    assert found == {
        "docker": ["1"],
        "cri": ["2026-11-02T10:20:31.123456789Z"],
        "journald": ["2026-11-03T10:00:00.123456Z", None],
    }


def test_what_is_too_long() -> None:
    """A too long object or message is reported once, and what follows is read."""
    parts = [b'{"a": "%s",' % (b"x" * 20)] + [b'"b": "%s",' % (b"x" * 20)] * 5 + [b'"c": 1}']

    assert unwrap([*parts, RECORD], max_line=60) == [Reason.line_too_long, RECORD]
    assert unwrap([*parts[:3], RECORD], max_line=60) == [Reason.line_too_long, RECORD]
    assert unwrap([docker("x" * 50), docker("y" * 50 + "\n"), docker("{}\n")], max_line=60) == [
        Reason.line_too_long,
        b"{}",
    ]
    assert unwrap([docker("{\n"), docker("x" * 50), docker("y" * 50 + "\n")], max_line=60) == [
        b"{",
        Reason.line_too_long,
    ]


def test_what_never_ends() -> None:
    """An unfinished object is returned after a limit, as are the oldest of many streams."""
    stuck = Unwrapper("docker", 100, is_record)
    assert list(stuck.feed(docker("{", "stderr"), 0)) == []
    assert [one.text for one in stuck.feed(docker("x\n"), 1600)] == [b"x"]
    resumed = [stuck.resume]
    assert [one.text for one in stuck.feed(docker("y\n"), 1601)] == [b"{", b"y"]
    resumed.append(stuck.resume)
    assert resumed == [0, None]

    many = Unwrapper("journald", 100, is_record)
    found = [one.text for n in range(70) for one in many.feed(journald("{", _PID=str(n)), n)]
    assert found == [b"{"] * 6


def test_resume() -> None:
    """`resume` is where a new unwrapper has to start; a copy is independent."""
    lines = [RECORD, b'{"x": 1}{"a":', b" 1", b"}{", b'"b": 2']
    unwrapper, resumes, at = Unwrapper("lines", 100, is_record), [], 0
    for line in lines:
        assert list(unwrapper.feed(line, at)) is not None
        resumes.append(unwrapper.resume)
        at += len(line) + 1
    text = b"\n".join(lines)
    assert [None if at is None else text[at : at + 4] for at in resumes] == [
        None,
        b'{"a"',
        b'{"a"',
        b'{\n"b',
        b'{\n"b',
    ]
    twin = unwrapper.copy()
    assert [one.text for one in twin.feed(b"}", at)] == [b'{\n"b": 2\n}']
    assert (twin.has_pending, unwrapper.has_pending) == (False, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)


@given(
    st.dictionaries(st.text(max_size=3), JSON, max_size=3), st.sampled_from([None, 0, 1]), st.data()
)
def test_scan(value: dict[str, Any], indent: int | None, data: st.DataObject) -> None:
    """An object ends where Python's decoder ends it, whether read whole or line by line."""
    text = json.dumps(value, indent=indent, ensure_ascii=data.draw(st.booleans())).encode()
    tail = data.draw(st.sampled_from([b"", b"{", b"}", b" ,", b"x"]))
    cut = data.draw(st.integers(0, len(text) - 1))
    wrong = text[:cut] + data.draw(st.sampled_from([b"x", b"\x00", b"'", b"\\"])) + text[cut:]

    assert Scanner().feed(text + tail) == len(text)
    lines, scanner = text.split(b"\n"), Scanner()
    assert [scanner.feed(line) for line in lines] == [UNFINISHED] * (len(lines) - 1) + [
        len(lines[-1])
    ]
    end = Scanner().feed(wrong)
    assert end in (len(wrong), BROKEN, TORN, UNFINISHED)
    assert (end == len(wrong)) == _is_json(wrong.decode(errors="replace"))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def test_a_long_object_is_read_once() -> None:
    """An object over many lines is scanned in linear time."""
    unwrapper = Unwrapper("lines", 1 << 20, is_record)
    lines = [b'{"a": [', *[b'{"k": "vvvvvvvvvvvvvvv"},'] * 20_000, b"1]}"]
    found = [one.text for line in lines for one in unwrapper.feed(line, 0)]

    assert found == [b"\n".join(lines)]
