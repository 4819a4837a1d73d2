"""The parser: detection of formats, envelopes, response bodies, and order of fields."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.errors import Reason, Rejected
from exporter.formats.parser import Parser
from exporter.records import Record
from parsing import MICRO, NATIVE, ZENMUX, parse, reasons

# The id that is read shows which format was detected; None if it has no id in that format.
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
    """The format is detected from its keys, even if escaped or next to values that aren't JSON."""
    assert parse(b"{" + neighbour + line[1:]).id == identity


def test_given_shape() -> None:
    """A source may set its format instead of having it detected."""
    both = {**ZENMUX, "id": "n", "timestamp": 1793491200, "model": "n"}

    assert parse(both, shape="native").labels[1] == "n"
    assert parse(both, shape="zenmux").labels[1] == "m"
    assert reasons(NATIVE, shape="zenmux") == ["missing_time"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(7, "7"), (12.0, "12"), (1.5, "1.5"), (-0.0, "0"), (10**20, "1" + "0" * 20)],
)
def test_text_takes_numbers(value: float, text: str) -> None:
    """A number in place of a string is read as its digits."""
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
    """An object that isn't a record itself may hold one or several."""
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
    """Response bodies of each protocol are records; without a time, the wrapper's is used."""
    answer, finish = ANSWERS[protocol]
    (found,) = Parser().parse(json.dumps(answer).encode(), "2026-11-01T00:00:00Z")

    assert isinstance(found, Record)
    assert (found.id, found.outcome, found.finish_reason) == ("a", "success", finish)
    assert (found.time_ms, found.unknown, found.faults) == (1793491200000, (), ())
    assert found.quantities == {"prompt": 9 * MICRO, "completion": 2 * MICRO}


def test_wrapper_time_is_not_an_events() -> None:
    """A compensation event doesn't take the wrapper's time, which isn't its request's."""
    event = {"event": "compensation", "compensation": {"payout_usd": 1}}
    found = Parser().parse(json.dumps(event).encode(), "2026-11-01T00:00:00Z")

    assert [one.reason for one in found if isinstance(one, Rejected)] == [Reason.missing_time]


@given(st.permutations(["id", "timestamp", "model", "cost_usd", "unread", "usage"]), st.booleans())
def test_order_of_fields(order: list[str], is_odd: bool) -> None:
    """The order of fields doesn't matter on either path."""
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
