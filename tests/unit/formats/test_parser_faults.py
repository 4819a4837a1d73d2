"""The parser: faulty fields and rejected records."""

import json
from typing import Any

import pytest

from parsing import MICRO, NATIVE, ZENMUX, parse, reasons
from record_facts import facts

# A faulty field, its path as reported, and the reason.
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
    """A record with a faulty field is read as if the field were absent."""
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
    """Faulty fields of an error are reported until one gives its type."""
    found = parse({**shape, "error": error})

    assert (found.error_type, found.faults) == (kind, faults)


def test_inner_fields_each() -> None:
    """A faulty inner field doesn't affect its siblings."""
    found = parse({**NATIVE, "tokens": {"prompt": "x", "completion": 5, "image": None}})

    assert found.quantities == {"completion": 5 * MICRO}
    assert found.faults == (("tokens", "bad_number"),)


def test_only_the_first_choice_is_read() -> None:
    """Choices after the first are ignored, even malformed ones."""
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
    """A record is rejected for the first rule it breaks."""
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
    """Lines that aren't a JSON object are rejected; blank lines are ignored."""
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
    """An unread field may have any value, at either end of the record."""
    text = json.dumps(record)
    unread = f'"unread": {value}'

    assert facts(parse(f"{{{unread}, {text[1:]}".encode())) == facts(parse(record))
    assert facts(parse(f"{text[:-1]}, {unread}}}".encode())) == facts(parse(record))
