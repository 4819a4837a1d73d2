"""Parsing of bodies and events in each protocol, with bounded memory."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from recording import Lines, answers
from zenmux_recorder import Recorder, RecordingTransport

pytest_plugins = ["recording.fixtures"]
CHAT, RESPONSES = "/api/v1/chat/completions", "/api/v1/responses"
MESSAGES, EMBEDDINGS = "/api/anthropic/v1/messages", "/api/v1/embeddings"
GEMINI = "/api/vertex-ai/v1/models/gemini-3-pro:generateContent"
COMPLETED = answers.response("resp_1", "openai/gpt-5")
CALL = {"type": "function_call", "name": "f", "arguments": "{}"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8"}

# Endpoint, body, and fields of the line.
BODIES: list[tuple[str, Any, dict[str, Any]]] = [
    (RESPONSES, {**COMPLETED, "output": [CALL]}, {"finish_reason": "tool_calls"}),
    (
        RESPONSES,
        {
            **COMPLETED,
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
        },
        {"finish_reason": "length", "status": "success"},
    ),
    (
        RESPONSES,
        {**COMPLETED, "status": "failed", "error": {"code": "server_error", "message": "m"}},
        {"status": "error", "error_type": "server_error"},
    ),
    (RESPONSES, {**COMPLETED, "status": "queued"}, {"status": "queued"}),
    (RESPONSES, {**COMPLETED, "status": "cancelled"}, {"status": "cancelled"}),
    (CHAT, {"error": {"code": 429, "message": "m"}}, {"status": "error", "error_type": "429"}),
    (CHAT, {"error": "a sentence"}, {"status": "error", "error_type": None}),
    (CHAT, {"id": "c", "provider": "azure"}, {"id": "c", "provider": "azure"}),
    # A bare name is the provider's own; the requested slug is more exact.
    (CHAT, {"model": "gpt-5-2025-08-07"}, {"model": "openai/gpt-5"}),
    (CHAT, {"model": "openai/gpt-5-mini"}, {"model": "openai/gpt-5-mini"}),
    (
        GEMINI,
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"finish_reason": "SAFETY", "model": "gemini-3-pro"},
    ),
    (GEMINI, [answers.gemini("gem_1", "m/g")], {"id": "gem_1", "usage": answers.GEMINI_USAGE}),
    (
        EMBEDDINGS,
        {"model": "openai/e", "usage": {"prompt_tokens": 8, "total_tokens": 8}},
        {"usage": {"prompt_tokens": 8, "total_tokens": 8}},
    ),
    # Only numbers of a usage object are kept.
    (
        CHAT,
        {"usage": {"prompt_tokens": 1, "tier": "x", "list": [1], "ok": True, "none": None}},
        {"usage": {"prompt_tokens": 1}},
    ),
    (CHAT, {"model": "two words", "id": ["x"], "choices": "none"}, {"model": "openai/gpt-5"}),
    (CHAT, ["no object"], {"status": "success"}),
]


def post(recorder: Recorder, endpoint: str, content: Any, headers: dict[str, str]) -> None:
    """Send a request that gets this answer."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=headers, content=content)

    transport = RecordingTransport(recorder, httpx2.MockTransport(answer))
    with (
        httpx2.Client(transport=transport) as client,
        client.stream(
            "POST", f"http://zenmux{endpoint}", json={"model": "openai/gpt-5"}
        ) as response,
    ):
        for _ in response.iter_raw():
            pass


@pytest.mark.parametrize(("endpoint", "body", "expected"), BODIES)
def test_bodies(
    recorder: Recorder, lines: Lines, endpoint: str, body: Any, expected: dict[str, Any]
) -> None:
    """Each body's fields are in its line."""
    post(
        recorder, endpoint, iter([json.dumps(body).encode()]), {"content-type": "application/json"}
    )
    (line,) = lines()
    assert {name: line.get(name) for name in expected} == expected


def cut(events: list[bytes], size: int) -> Iterator[bytes]:
    """Cut events into chunks of a size."""
    whole = b"".join(events)
    return (whole[at : at + size] for at in range(0, len(whole), size))


@pytest.mark.parametrize("size", [1, 2, 3, 50, 10_000])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("endpoint", "made", "output"),
    [
        (CHAT, answers.chat_events, "completion_tokens"),
        (RESPONSES, answers.response_events, "output_tokens"),
        (MESSAGES, answers.message_events, "output_tokens"),
        (GEMINI, answers.gemini_events, "thoughtsTokenCount"),
    ],
)
def test_chunks_of_any_size(
    recorder: Recorder,
    lines: Lines,
    size: int,
    newline: bytes,
    endpoint: str,
    made: Any,
    output: str,
) -> None:
    """Events are parsed whatever the chunk size."""
    events = [event.replace(b"\n", newline) for event in made("id_1", "openai/gpt-5")]
    post(recorder, endpoint, cut(events, size), EVENTS)
    (line,) = lines()
    assert (line["id"], line["status"]) == ("id_1", "success")
    assert line["usage"][output] in {20, 50}
    assert "generation_ms" in line


def test_ended_early(recorder: Recorder, lines: Lines) -> None:
    """A stream that ends without its last event is a `stream_ended_early` error."""
    events = list(answers.message_events("msg_1", "m"))
    post(recorder, MESSAGES, iter(events[:4]), EVENTS)
    (line,) = lines()
    assert (line["status"], line["error_type"]) == ("error", "stream_ended_early")


def test_comments_and_unended_event(recorder: Recorder, lines: Lines) -> None:
    """Comments are ignored, and the last event may lack its blank line."""
    events = list(answers.chat_events("c", "m/m"))
    kept_alive = b": PROCESSING\n\n" * 3
    data = kept_alive + b"".join(events).removesuffix(b"\n\n")
    post(recorder, CHAT, iter([data]), EVENTS)
    (line,) = lines()
    assert (line["status"], line["usage"]) == ("success", answers.CHAT_USAGE)


def large_response() -> Iterator[bytes]:
    """A body of 20 MB whose text contains a fake usage object."""
    body = answers.response("resp_1", "openai/gpt-5")
    trap = json.dumps({"usage": {"input_tokens": 1}, "id": "trap"}) + "x" * 10_000
    body["output"][0]["content"][0]["text"] = trap * 2_000
    return cut([json.dumps(body).encode()], 65_536)


@pytest.mark.parametrize("is_event", [False, True])
def test_large_answers(recorder: Recorder, lines: Lines, is_event: bool) -> None:
    """Only the start and end of a large answer are kept, which have id, model and usage."""
    chunks = list(large_response())
    if is_event:
        start, *rest = chunks
        head = b'event: response.completed\ndata: {"type":"response.completed","response":'
        chunks = [head + start, *rest, b"}\n\n"]
    tracemalloc.start()
    post(recorder, RESPONSES, iter(chunks), EVENTS if is_event else {})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (line,) = lines()
    assert (line["id"], line["model"]) == ("resp_1", "openai/gpt-5")
    assert (line["usage"], line["status"]) == (answers.RESPONSES_USAGE, "success")
    assert peak < 4_000_000
