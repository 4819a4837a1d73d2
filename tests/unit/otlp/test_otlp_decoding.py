"""Both encodings of an export request decode to the same lines, within limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.formats.otlp import attributes_read
from exporter.otlp import MalformedError, Signal, TooMuchError, decode_in_steps
from exporter.otlp.json_request import MAX_COMMAS
from exporter.otlp.request import MAX_ITEMS
from exporter.otlp.wire import MAX_FIELDS
from otlp_requests import MOST, START, Json, both, decoded, logs, protobuf, span, traces

scalars = st.one_of(
    st.text(max_size=40).filter(lambda text: text.isprintable()),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(st.characters(codec="ascii"), max_size=9), inner, max_size=4),
    ),
    max_leaves=12,
)
names = st.sampled_from(sorted(attributes_read({}))) | st.text(max_size=12)


@given(
    st.lists(
        st.builds(
            span,
            st.integers(0, 2**60),
            st.dictionaries(names, values, max_size=8),
            status=st.builds(dict, code=st.integers(0, 2)),
        ),
        max_size=5,
    ),
    st.dictionaries(names, values, min_size=1, max_size=4),
)
def test_encodings_agree(spans: list[Json], resource: dict[str, Any]) -> None:
    """Protobuf and JSON decode to the same lines with any attributes."""
    both(traces(*spans, resource=resource))
    both(traces(*spans, resource=resource), attributes_read({}))


def test_a_line() -> None:
    """A line has the span's fields and only the attributes that are read."""
    event = {"name": "First Token Stream Event", "timeUnixNano": str(START + 7)}
    given = {
        "gen_ai.usage.input_tokens": 7,
        "secret": "x",
        "output.value": '{"id": "gen-1", "a": 1}',
    }
    failure = {"key": "exception.type", "value": {"stringValue": "openai.RateLimitError"}}
    one = span(
        1,
        given,
        events=[
            event,
            {**event, "timeUnixNano": "9"},
            {"name": "exception", "attributes": [failure]},
        ],
        status={"code": 2},
    )
    mapping = {"api_key": "resource.service.name"}
    assert both(traces(one), attributes_read(mapping)) == [
        {
            "signal": "spans",
            "id": f"{1:032x}-{1:016x}",
            "name": "chat openai/gpt-5",
            "scope": "tests",
            "start": START + 1,
            "end": START + 1_500_000_001,
            "first_chunk": START + 7,
            "status": "error",
            "exception": "openai.RateLimitError",
            "answer_id": "gen-1",
            "attributes": {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "openai/gpt-5",
                "gen_ai.usage.input_tokens": 7,
            },
            "resource": {"service.name": "shop"},
        }
    ]


@pytest.mark.parametrize(
    ("name", "passed", "expected"),
    [
        ("gen_ai.response.time_to_first_chunk", 0.25, 250_000_000),
        ("gen_ai.server.time_to_first_token", 2, 2_000_000_000),
        ("ai.response.msToFirstChunk", 5, 5_000_000),
        ("gen_ai.response.time_to_first_chunk", -1.0, None),
        ("gen_ai.response.time_to_first_chunk", 1e300, None),
        ("gen_ai.response.time_to_first_chunk", "soon", None),
    ],
)
def test_first_chunks(name: str, passed: object, expected: int | None) -> None:
    """The time to the first chunk is read from attributes of several names and units."""
    (line,) = both(traces(span(1, {name: passed})))
    assert line.get("first_chunk") == (expected and START + 1 + expected)


def test_ids_of_events() -> None:
    """An event has its span's id; without a span, its id is derived from its content."""
    asked = {"attributes": span(1, {"gen_ai.usage.input_tokens": 1})["attributes"]}
    ids = {"traceId": "0A" * 16, "spanId": "0B" * 8}
    within, alone, other = both(
        logs(
            {**asked, **ids, "timeUnixNano": str(START)},
            {**asked, "timeUnixNano": str(START)},
            {**asked, "observedTimeUnixNano": str(START + 1)},
        )
    )

    assert within["id"] == "0a" * 16 + "-" + "0b" * 8
    assert alone["id"] != other["id"]
    assert other["start"] == START + 1
    assert both(logs({**asked, "timeUnixNano": str(START)}))[0]["id"] == alone["id"]


LENIENT = {
    "numbers for texts": {"startTimeUnixNano": START, "endTimeUnixNano": START + 5},
    "names of enums": {"status": {"code": "STATUS_CODE_ERROR"}, "kind": "SPAN_KIND_CLIENT"},
    "enums as texts": {"status": {"code": "2"}},
    "null": {"events": None, "links": None, "status": None, "name": None},
    "unknown fields": {"new": {"a": [1]}, "events": [{"name": "x", "new": 1}]},
    "capitals": {"traceId": "ABCDEF00" * 4},
}


@pytest.mark.parametrize("fields", LENIENT.values(), ids=LENIENT)
def test_json_as_it_comes(fields: Json) -> None:
    """Deviations from the JSON encoding that exporters write are accepted."""
    (line,) = decoded(traces(span(1, **fields)), is_json=True).lines.splitlines()
    read = json.loads(line)

    assert read["id"] == f"{fields.get('traceId', '0' * 31 + '1').lower()}-{1:016x}"
    assert (read.get("status") == "error") is ("code" in (fields.get("status") or {}))
    assert read["start"] == fields.get("startTimeUnixNano", START + 1)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b'{"resourceSpans": {}}',
        b'{"resourceSpans": [[]]}',
        b'{"resourceSpans": [{"scopeSpans": [7]}]}',
        b'{"resourceSpans": [{"resource": {"attributes": [7]}, "scopeSpans": []}]}',
        b'{"resourceSpans": [{"scopeSpans": [{"spans": 7}]}]}',
    ],
)
def test_malformed_json(data: bytes) -> None:
    """Malformed JSON, or JSON of the wrong structure, is refused as a whole."""
    with pytest.raises(MalformedError):
        list(decode_in_steps(data, Signal.spans, None, MOST, is_json=True))


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05",
        b"\x0b",
        b"\x00",
        b"\x0a\x02\x12\x09",
        b"\xff" * 11,
        b"\x0d\x00",
        b"\x09",
    ],
)
def test_malformed_protobuf(data: bytes) -> None:
    """Malformed protobuf is refused as a whole."""
    with pytest.raises(MalformedError):
        list(decode_in_steps(data, Signal.spans, None, MOST, is_json=False))


@pytest.mark.parametrize(
    ("data", "is_json"),
    [
        (b"\x0a\x00" * (MAX_FIELDS + 1), False),
        (b'{"resourceSpans": [' + b"{}," * (MAX_COMMAS + 1) + b"{}]}", True),
        (b'{"resourceSpans": [' + b"{}," * MAX_ITEMS + b"{}]}", True),
    ],
)
def test_too_much(data: bytes, is_json: bool) -> None:
    """A small request that would decode to very many items is refused."""
    with pytest.raises(TooMuchError):
        list(decode_in_steps(data, Signal.spans, None, MOST, is_json=is_json))


@pytest.mark.parametrize("is_json", [True, False])
def test_lines_are_bounded(is_json: bool) -> None:
    """A large resource repeated in every line counts towards the limit."""
    request = traces(*map(span, range(500)), resource={"service.name": "x" * 1000})
    data = json.dumps(request).encode() if is_json else protobuf(request)
    with pytest.raises(TooMuchError):
        list(decode_in_steps(data, Signal.spans, None, 100_000, is_json=is_json))


def test_large_spans() -> None:
    """A large span loses its content but keeps its numbers."""
    text = "y" * 5000
    one = span(1, {f"gen_ai.prompt.{n}.content": text for n in range(300)} | {"z": 7})
    one["events"] = [{"name": "e", "attributes": one["attributes"]}] * 3
    (line,) = both(traces(one))

    assert line["attributes"]["z"] == 7
    assert not any(name.startswith("gen_ai.prompt") for name in line["attributes"])


def test_depth_and_length() -> None:
    """Values are limited in depth and length."""
    deep: Any = "x"
    for _ in range(9):
        deep = [deep]
    (line,) = both(traces(span(1, {"deep": deep, "long": list(range(500)), "text": "t" * 1025})))

    assert line["attributes"]["deep"] == [[[[None]]]]
    assert len(line["attributes"]["long"]) == 64
    assert "text" not in line["attributes"]


def test_steps() -> None:
    """A request is decoded in steps, so that other tasks can run in between."""
    data = json.dumps(traces(*map(span, range(1000)))).encode()
    found = list(decode_in_steps(data, Signal.spans, None, MOST, is_json=True))
    assert found[:-1] == [None] * 5
