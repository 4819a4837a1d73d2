"""The parser: shapes, envelopes, faults of single fields, and what nobody reads."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.formats.parser import Parser
from exporter.records import Record
from record_facts import facts

NATIVE: dict[str, Any] = {"timestamp": "2026-11-01T00:00:00Z", "model": "m"}
ZENMUX: dict[str, Any] = {
    "generationId": "g",
    "createdAt": "2026-11-01T00:00:00Z",
    "modelSlug": "m",
}
MICRO = 10**6


def parse_all(text: bytes | dict[str, Any], **options: Any) -> list[Record | Rejected]:
    """Return what a text holds."""
    line = text if isinstance(text, bytes) else json.dumps(text).encode()
    return Parser(**options).parse(line)


def parse(text: bytes | dict[str, Any], **options: Any) -> Record:
    """Return the one record of a text."""
    (record,) = parse_all(text, **options)
    assert isinstance(record, Record)
    return record


def reasons(text: bytes | dict[str, Any], **options: Any) -> list[str]:
    """Return why a text holds no record; `ok` for each that it holds."""
    found = parse_all(text, **options)
    return [str(one.reason) if isinstance(one, Rejected) else "ok" for one in found]


# What tells ZenMux's shape: the id has another name there.
SHAPES = [
    (b'{"generationId": "z", "createdAt": 1793491200, "modelSlug": "m"}', "z"),
    (b'{"ge\\u006eerationId": "z", "createdAt": 1793491200, "modelSlug": "m"}', "z"),
    (b'{"id": "n", "cre\\u0061tedAt": 1793491200, "model": "m"}', "n"),
    (b'{"id": "n", "createdAt": 1793491200, "model": "m"}', "n"),
    (b'{"id": "n", "createdAt": 1793491200, "model": "m", "generation_id": "g"}', "n"),
    (b'{"id": "n", "createdAt": 1793491200, "modelSlug": "m"}', None),
    (b'{"id": "n", "cre\\u0061teAt": 1793491200, "model": "m", "apiKeyId": "k"}', None),
    (b'{"id": "n", "createAt": 1793491200, "model": "m", "nativeTokens": {}}', None),
    (b'{"id": "n", "timestamp": 1793491200, "model": "m", "nativeTokens": {}}', "n"),
    (b'{"id": "n", "timestamp": 1793491200, "model": "m", "generationId": null}', "n"),
    (b'{"id": "n", "timestamp": 1793491200, "model": "m", "x": {"generationId": "z"}}', "n"),
    (b'{"id": "n", "timestamp": 1793491200, "model": "m", "x": "\\"generationId\\""}', "n"),
    (b'{"generation_id": "n", "created_at": 1793491200, "model": "m"}', "n"),
    (b'{"responseId": "n", "createTime": 1793491200, "modelVersion": "m"}', "n"),
]


@pytest.mark.parametrize(("line", "identity"), SHAPES)
@pytest.mark.parametrize(
    "neighbour", [b"", b'"zz": NaN, ', b'"zz": "\\ud800", ', b'"zz": "\xff", ']
)
def test_shape(line: bytes, identity: str | None, neighbour: bytes) -> None:
    """The marks tell the shape, however they are written and whatever stands beside them."""
    assert parse(b"{" + neighbour + line[1:]).id == identity


def test_given_shape() -> None:
    """A source may say what shape its records have."""
    both = {**ZENMUX, "id": "n", "timestamp": 1793491200, "model": "n"}

    assert parse(both, shape="native").labels[1] == "n"
    assert parse(both, shape="zenmux").labels[1] == "m"
    assert reasons(NATIVE, shape="zenmux") == ["missing_time"]


# A field with a fault: the path that is told, and what is wrong.
FAULTS = [
    (NATIVE, {"cost_usd": -1}, "cost_usd", "bad_number"),
    (NATIVE, {"cost_usd": "nan"}, "cost_usd", "bad_number"),
    (NATIVE, {"cost_usd": "1_0"}, "cost_usd", "bad_number"),
    (NATIVE, {"cost_usd": "\u0661"}, "cost_usd", "bad_number"),
    (NATIVE, {"cost_usd": [1]}, "cost_usd", "bad_type"),
    (NATIVE, {"cost_usd": True}, "cost_usd", "bad_type"),
    (NATIVE, {"input_tokens": 10**12 + 1}, "input_tokens", "bad_number"),
    (NATIVE, {"tokens": {"prompt": -1}}, "tokens", "bad_number"),
    (NATIVE, {"tokens": 5}, "tokens", "bad_type"),
    (NATIVE, {"latency_ms": 604_800_001}, "latency_ms", "bad_number"),
    (NATIVE, {"streamed": "yes"}, "streamed", "bad_type"),
    (NATIVE, {"id": True}, "id", "bad_type"),
    (NATIVE, {"provider": {}}, "provider", "bad_type"),
    (NATIVE, {"status": []}, "status", "bad_type"),
    (NATIVE, {"status": float("nan")}, "status", "bad_number"),
    (NATIVE, {"error": 5}, "error", "bad_type"),
    (NATIVE, {"usage": []}, "usage", "bad_type"),
    (NATIVE, {"usageMetadata": 5}, "usageMetadata", "bad_type"),
    (NATIVE, {"usage": {"prompt_tokens": -1}}, "usage.prompt_tokens", "bad_number"),
    (NATIVE, {"total_tokens": "many"}, "total_tokens", "bad_number"),
    (NATIVE, {"choices": {}}, "choices", "bad_type"),
    (NATIVE, {"choices": [{"finish_reason": {}}]}, "choices.finish_reason", "bad_type"),
    (NATIVE, {"compensation": {"paid_at": "soon"}}, "compensation.paid_at", "bad_number"),
    (NATIVE, {"compensation": 5}, "compensation", "bad_type"),
    (ZENMUX, {"usage": -1}, "usage", "bad_number"),
    (ZENMUX, {"usage": False}, "usage", "bad_type"),
    (ZENMUX, {"nativeTokens": 7}, "nativeTokens", "bad_type"),
    (
        ZENMUX,
        {"ratingResponses": {"ratingDetails": [{"billAmount": {}}]}},
        "ratingResponses.ratingDetails.billAmount",
        "bad_type",
    ),
]


@pytest.mark.parametrize(("record", "odd", "path", "fault"), FAULTS)
def test_a_fault_costs_its_field(
    record: dict[str, Any], odd: dict[str, Any], path: str, fault: str
) -> None:
    """The record counts as if the field were absent."""
    found, plain = parse({**record, **odd}), parse(record)

    assert found.faults == ((path, fault),)
    assert (found.bill, found.latency, found.outcome) == (None, None, "success")
    assert (found.labels, found.time_ms) == (plain.labels, plain.time_ms)


@pytest.mark.parametrize(
    ("error", "kind", "faults"),
    [
        ({"type": [1], "code": 429}, "429", (("error.type", "bad_type"),)),
        ({"type": 10**64, "code": True}, "unknown",
         (("error.type", "bad_number"), ("error.code", "bad_type"))),
        ({"type": "late", "code": []}, "late", ()),
        ({"type": " ", "code": None}, "unknown", ()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", [NATIVE, ZENMUX])
def test_faults_in_an_error(
    shape: dict[str, Any], error: dict[str, Any], kind: str, faults: tuple[tuple[str, str], ...]
) -> None:
    """What should name its type and can't is told, up to the name that does."""
    found = parse({**shape, "error": error})

    assert (found.error_type, found.faults) == (kind, faults)


def test_inner_fields_each() -> None:
    """Of several inner fields only the faulty ones are absent."""
    found = parse({**NATIVE, "tokens": {"prompt": "x", "completion": 5, "image": None}})

    assert found.quantities == {"completion": 5 * MICRO}
    assert found.faults == (("tokens", "bad_number"),)


def test_only_the_first_choice_is_read() -> None:
    """Whatever stands in the others does not matter."""
    choices = [{"finish_reason": "length"}, {"finish_reason": {}}, 7]
    found = parse({**NATIVE, "choices": choices})

    assert (found.finish_reason, found.faults) == ("length", ())


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ({"timestamp": True}, "bad_time"),
        ({"timestamp": "yesterday"}, "bad_time"),
        ({"timestamp": None}, "missing_time"),
        ({"model": {}}, "missing_model"),
        ({"model": " "}, "missing_model"),
        ({"event": "compensation"}, "missing_payout"),
        ({"event": "compensation", "compensation": {"payout_usd": "x"}}, "missing_payout"),
        ({"event": "compensation", "compensation": {"payout_usd": 0}}, "ok"),
    ],
)
def test_reasons(odd: dict[str, Any], expected: str) -> None:
    """A record is rejected for the first rule that it breaks."""
    assert reasons({**NATIVE, **odd}) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", []),
        (b" \t\r", []),
        (b"{", ["not_json"]),
        (b'{"a": "\\u00e9"', ["not_json"]),
        (b'{"a": "\xff"', ["not_utf8"]),
        (b"\xff\xfe", ["not_utf8"]),
        (b"[1]", ["not_object"]),
        (b'"text"', ["not_object"]),
        (b'{"x": ' + b"[" * 5000 + b"}" * 5000 + b"}", ["not_json"]),
    ],
)
def test_no_record(text: bytes, expected: list[str]) -> None:
    """What is no JSON object."""
    assert reasons(text) == expected


UNREAD = [
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 5000,
    '"\\ud83d"',
    "[" * 5000 + "]" * 5000,
    '{"a":' * 5000 + "null" + "}" * 5000,
    '{"deep": [NaN, {"]": "}"}]}',
    "1e-999999999999999999",
]


@pytest.mark.parametrize("value", UNREAD)
@pytest.mark.parametrize("record", [NATIVE, ZENMUX])
def test_what_nobody_reads(record: dict[str, Any], value: str) -> None:
    """It changes nothing, wherever it stands."""
    text = json.dumps(record)
    unread = f'"unread": {value}'

    assert facts(parse(f"{{{unread}, {text[1:]}".encode())) == facts(parse(record))
    assert facts(parse(f"{text[:-1]}, {unread}}}".encode())) == facts(parse(record))


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (12.0, "12"), (1.5, "1.5"), (-0.0, "0"), (10**20, "1" + "0" * 20)],
)
def test_text_takes_numbers(value: float, text: str) -> None:
    """A number in place of a text is its digits."""
    assert parse({**NATIVE, "id": value, "model": value}).id == text


ONE, TWO = {**ZENMUX, "generationId": "a"}, {**NATIVE, "id": "b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"success": True, "data": ONE}, ["ok"]),
        ({"data": [ONE, TWO]}, ["ok", "ok"]),
        ({"data": [ONE, 5, {}]}, ["ok", "not_object", "missing_time"]),
        ({"data": []}, ["missing_time"]),
        ({"success": False, "message": "no such generation"}, ["missing_time"]),
        ({**TWO, "data": {"rows": []}}, ["ok"]),
    ],
)
def test_envelopes(text: dict[str, Any], expected: list[str]) -> None:
    """An object that is no record itself may hold one, or several."""
    assert reasons(text) == expected


ANSWERS = {
    "chat": (
        {
            "id": "a",
            "created": 1793491200,
            "model": "m",
            "choices": [{"finish_reason": "tool_calls", "message": {}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11},
        },
        "tool_calls",
    ),
    "responses": (
        {
            "id": "a",
            "created_at": 1793491200,
            "model": "m",
            "status": "incomplete",
            "incomplete_details": {"reason": "max_tokens"},
            "error": None,
            "usage": {"input_tokens": 9, "output_tokens": 2, "total_tokens": 11},
        },
        "length",
    ),
    "messages": (
        {
            "id": "a",
            "model": "m",
            "stop_reason": "tool_use",
            "usage": {"input_tokens": 9, "output_tokens": 2, "cache_read_input_tokens": 0},
        },
        "tool_calls",
    ),
    "gemini": (
        {
            "responseId": "a",
            "modelVersion": "m",
            "candidates": [{"finishReason": "MAX_TOKENS"}],
            "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 2},
        },
        "length",
    ),
}


@pytest.mark.parametrize("protocol", ANSWERS)
def test_response_bodies(protocol: str) -> None:
    """Answers of each protocol are native records; the wrapper may tell the time."""
    answer, finish = ANSWERS[protocol]
    (found,) = Parser().parse(json.dumps(answer).encode(), "2026-11-01T00:00:00Z")

    assert isinstance(found, Record)
    assert (found.id, found.outcome, found.finish_reason) == ("a", "success", finish)
    assert (found.time_ms, found.unknown, found.faults) == (1793491200000, (), ())
    assert found.quantities == {"prompt": 9 * MICRO, "completion": 2 * MICRO}


def test_wrapper_time_is_not_an_events() -> None:
    """The time of an event is its request's, which a wrapper does not know."""
    event = {"event": "compensation", "compensation": {"payout_usd": 1}}
    found = Parser().parse(json.dumps(event).encode(), "2026-11-01T00:00:00Z")

    assert [one.reason for one in found if isinstance(one, Rejected)] == [Reason.missing_time]


@given(st.permutations(["id", "timestamp", "model", "cost_usd", "unread", "usage"]), st.booleans())
def test_order_of_fields(order: list[str], is_odd: bool) -> None:
    """It does not matter, on either path."""
    values: dict[str, Any] = {
        **NATIVE,
        "id": "a",
        "cost_usd": "0.5",
        "unread": "\ud800" if is_odd else 1,
        "usage": {"prompt_tokens": 3, "strange": 1},
    }
    found = parse({name: values[name] for name in order})

    assert found.unknown == ("usage",)
    assert found.quantities == {"prompt": 3 * MICRO}
