"""Calls with OpenTelemetry's attributes, old and new, become records."""

import json
from pathlib import Path
from typing import Any

import pytest

from counted_files import counted_file
from exporter.formats.otlp import attributes_read
from exporter.formats.parser import parser_of
from exporter.records import Record
from otlp_requests import START, Json, logs, span, traces

CONFIG = "sources: [{{name: collector, type: file, path: {path}, format: otlp}}]"


def record(attributes: Json, mapping: dict[str, Any] | None = None, **fields: Any) -> Record:
    """The record of a line with these attributes."""
    given = {"gen_ai.request.model": "m", **attributes}
    line = {"id": "a-b", "start": START, "end": START + 10**9, "attributes": given, **fields}
    (found,) = parser_of("otlp", mapping).parse(json.dumps(line).encode())
    assert isinstance(found, Record)
    assert found.faults == ()
    return found


NEW = {
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.output_tokens": 50,
    "gen_ai.usage.cache_read.input_tokens": 60,
    "gen_ai.usage.cache_write.input_tokens": 20,
    "gen_ai.usage.reasoning.output_tokens": 30,
}
USAGES: dict[str, Json] = {
    "new": NEW,
    "before": {
        **{name: NEW[name] for name in NEW if "cache_write" not in name},
        "gen_ai.usage.cache_creation.input_tokens": 20,
    },
    "old": {
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": 50,
        "gen_ai.usage.cache_read_input_tokens": 60,
        "gen_ai.usage.cache_creation_input_tokens": 20,
        "gen_ai.usage.reasoning_tokens": 30,
        "llm.usage.total_tokens": 150,
    },
    "OpenInference": {
        "llm.token_count.prompt": 100,
        "llm.token_count.completion": 50,
        "llm.token_count.total": 150,
        "llm.token_count.prompt_details.cache_read": 60,
        "llm.token_count.prompt_details.cache_write": 20,
        "llm.token_count.completion_details.reasoning": 30,
    },
    "parts beside": {
        **NEW,
        "gen_ai.usage.input_tokens": 20,
        "gen_ai.usage.total_tokens": 150,
    },
}


@pytest.mark.parametrize("attributes", USAGES.values(), ids=USAGES)
def test_usage(attributes: Json) -> None:
    """Totals that include their parts become disjoint token types."""
    assert record(attributes).quantities == {
        "prompt": 20_000_000,
        "input_cache_read": 60_000_000,
        "input_cache_write": 20_000_000,
        "completion": 20_000_000,
        "internal_reasoning": 30_000_000,
    }


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"gen_ai.response.model": "m-2026"}, "m-2026"),
        ({"gen_ai.request.model": "openai/m", "gen_ai.response.model": "m"}, "openai/m"),
        ({"gen_ai.request.model": "zenmux/auto", "gen_ai.response.model": "a/b"}, "a/b"),
        ({"gen_ai.request.model": None, "llm.model_name": "n"}, "n"),
    ],
)
def test_models(attributes: Json, expected: str) -> None:
    """The response's model wins, unless it only lacks the request's provider prefix."""
    assert record(attributes).labels[1] == expected


@pytest.mark.parametrize(
    ("attributes", "fields", "expected"),
    [
        ({"gen_ai.response.id": "gen-1"}, {"answer_id": "other"}, "gen-1"),
        ({}, {"answer_id": "gen-2"}, "gen-2"),
        ({"gen_ai.response.id": ""}, {}, "a-b"),
    ],
)
def test_ids(attributes: Json, fields: Json, expected: str) -> None:
    """The id is the response's, otherwise the trace and span ids."""
    assert record(attributes, **fields).id == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (0, 1_000_000, False)),
        ({"first_chunk": START + 250_000_000}, (250_000, 750_000, True)),
        ({"end": None}, (None, None, True)),
    ],
)
def test_durations(fields: Json, expected: tuple[int | None, int | None, bool]) -> None:
    """The first chunk splits the duration; without one, all of it is generation."""
    found = record({}, **fields)
    assert (found.latency, found.generation, found.streamed) == expected


@pytest.mark.parametrize(
    ("attributes", "fields", "expected"),
    [
        ({}, {}, ("success", None)),
        ({"error.type": "openai.RateLimitError"}, {"status": "error"}, ("error", "rate_limit")),
        ({"error.type": "500"}, {}, ("error", "500")),
        ({"error.type": "java.net.UnknownHostException"}, {}, ("error", "UnknownHostException")),
        (
            {},
            {"status": "error", "exception": "anthropic.BadRequestError"},
            ("error", "invalid_params"),
        ),
        ({}, {"status": "error"}, ("error", "error")),
        (
            {"error.type": "asyncio.exceptions.CancelledError"},
            {"status": "error"},
            ("cancelled", None),
        ),
        ({"gen_ai.response.finish_reasons": ["error"]}, {}, ("error", "unknown")),
    ],
)
def test_outcomes(attributes: Json, fields: Json, expected: tuple[str, str | None]) -> None:
    """Error types are translated to ZenMux's where possible."""
    found = record(attributes, **fields)
    assert (found.outcome, found.error_type) == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"gen_ai.response.finish_reasons": ["stop", "length"]}, "stop"),
        ({"gen_ai.response.finish_reasons": ["", "length"]}, "length"),
        ({"gen_ai.response.finish_reasons": ["tool_call"]}, "tool_calls"),
        ({"gen_ai.response.finish_reasons": []}, "unknown"),
        ({"gen_ai.completion.0.finish_reason": "max_tokens"}, "length"),
        ({"llm.finish_reason": "end_turn"}, "stop"),
    ],
)
def test_finish_reasons(attributes: Json, expected: str) -> None:
    """The first choice with a reason counts, as one of the seven finish reasons."""
    assert record(attributes).finish_reason == expected


def test_mapping() -> None:
    """A mapping may use any attribute; the decoder then keeps the attributes it names."""
    mapping = {"api_key": "resource.service.name", "cost_usd": "attributes.app.bill.usd[0]"}
    assert record({}, mapping, resource={"service.name": "shop"}).labels[0] == "shop"
    names = attributes_read(mapping)
    assert {"service.name", "app.bill.usd", "app.bill", "gen_ai.usage.input_tokens"} <= names


def test_files_of_the_collector(tmp_path: Path) -> None:
    """Each line is an export request; other spans are ignored, malformed lines are invalid."""
    log = tmp_path / "traces.jsonl"
    event = {"timeUnixNano": str(START), "attributes": span(1, NEW)["attributes"]}
    agent = span(9, attributes=[])
    requests = (
        traces(span(1, NEW), agent, span(2, NEW), span(3, status={"code": 2})),
        traces(span(1, NEW), resource={"service.name": "other"}),
        logs(event, {"attributes": []}),
        traces({"traceId": 7}),
        {"resourceSpans": [7]},
    )
    log.write_text("".join(f"{json.dumps(one)}\n" for one in requests))
    text = counted_file(CONFIG, log)

    for row in (
        'zenmux_exporter_records_total{source="collector",result="accepted"} 4',
        'zenmux_exporter_records_total{source="collector",result="duplicate"} 1',
        'zenmux_exporter_invalid_records_total{source="collector",reason="not_json"} 2',
        'outcome="error"} 1',
        'token_type="prompt"} 60',
    ):
        assert f"{row}\n" in text
