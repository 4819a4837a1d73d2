"""Answers in ZenMux's protocols, complete and streamed, each with the same usage."""

import json
from collections.abc import Iterator
from typing import Any

SECRET_ANSWER = "the answer nobody else may read"
CHAT_USAGE = {
    "prompt_tokens": 100,
    "completion_tokens": 50,
    "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 80},
    "completion_tokens_details": {"reasoning_tokens": 20},
}
RESPONSES_USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 80},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 20},
    "total_tokens": 150,
}
MESSAGES_USAGE = {
    "input_tokens": 20,
    "cache_read_input_tokens": 80,
    "cache_creation_input_tokens": 0,
    "output_tokens": 50,
    "service_tier": "standard",
}
GEMINI_USAGE = {
    "promptTokenCount": 100,
    "cachedContentTokenCount": 80,
    "candidatesTokenCount": 30,
    "thoughtsTokenCount": 20,
    "totalTokenCount": 150,
}

Json = dict[str, Any]


def chat(identity: str, model: str) -> Json:
    """Return a body of Chat Completions."""
    message = {"role": "assistant", "content": SECRET_ANSWER}
    return {
        "id": identity,
        "object": "chat.completion",
        "created": 1793491200,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": CHAT_USAGE,
    }


def chat_events(identity: str, model: str, *, usage: bool = True) -> Iterator[bytes]:
    """Yield the events of Chat Completions."""
    base = {
        "id": identity,
        "object": "chat.completion.chunk",
        "created": 1793491200,
        "model": model,
    }
    deltas: list[tuple[Json, str | None]] = [
        ({"role": "assistant", "content": ""}, None),
        ({"content": SECRET_ANSWER}, None),
        ({"content": " and more"}, None),
        ({}, "stop"),
    ]
    for delta, finish in deltas:
        yield _data({**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
    if usage:
        yield _data({**base, "choices": [], "usage": CHAT_USAGE})
    yield b"data: [DONE]\n\n"


def response(identity: str, model: str, status: str = "completed") -> Json:
    """Return a body of Responses."""
    content = {"type": "output_text", "text": SECRET_ANSWER, "annotations": []}
    message = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [content],
    }
    return {
        "id": identity,
        "object": "response",
        "created_at": 1793491200,
        "status": status,
        "model": model,
        "error": None,
        "incomplete_details": None,
        "output": [message] if status == "completed" else [],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": RESPONSES_USAGE if status == "completed" else None,
    }


def response_events(identity: str, model: str) -> Iterator[bytes]:
    """Yield the events of Responses."""
    started = response(identity, model, "in_progress")
    yield _event("response.created", {"response": started, "sequence_number": 0})
    for number, text in enumerate((SECRET_ANSWER, " and more"), 1):
        delta = {
            "item_id": "msg_1",
            "output_index": 0,
            "content_index": 0,
            "delta": text,
            "logprobs": [],
            "sequence_number": number,
        }
        yield _event("response.output_text.delta", delta)
    ended = response(identity, model)
    yield _event("response.completed", {"response": ended, "sequence_number": 3})


def message(identity: str, model: str) -> Json:
    """Return a body of Messages."""
    return {
        "id": identity,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": SECRET_ANSWER}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": MESSAGES_USAGE,
    }


def message_events(identity: str, model: str) -> Iterator[bytes]:
    """Yield the events of Messages: input usage comes first, output usage last."""
    usage = {**MESSAGES_USAGE, "output_tokens": 1}
    started = {**message(identity, model), "content": [], "stop_reason": None, "usage": usage}
    block = {"type": "text", "text": ""}
    yield _event("message_start", {"message": started})
    yield _event("content_block_start", {"index": 0, "content_block": block})
    yield _event("ping", {})
    for text in (SECRET_ANSWER, " and more"):
        delta = {"type": "text_delta", "text": text}
        yield _event("content_block_delta", {"index": 0, "delta": delta})
    yield _event("content_block_stop", {"index": 0})
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _event("message_delta", {"delta": ending, "usage": {"output_tokens": 50}})
    yield _event("message_stop", {})


def gemini(identity: str, model: str) -> Json:
    """Return a body of Gemini."""
    content = {"role": "model", "parts": [{"text": SECRET_ANSWER}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP"}],
        "usageMetadata": GEMINI_USAGE,
        "modelVersion": model,
        "responseId": identity,
    }


def gemini_events(identity: str, model: str) -> Iterator[bytes]:
    """Yield the chunks of Gemini, each with the usage so far."""
    content = {"role": "model", "parts": [{"text": SECRET_ANSWER}]}
    first: Json = {
        "candidates": [{"content": content}],
        "usageMetadata": {"promptTokenCount": 100, "totalTokenCount": 100},
        "modelVersion": model,
        "responseId": identity,
    }
    yield _data(first)
    yield _data(gemini(identity, model))


def _data(value: Json) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _event(kind: str, value: Json) -> bytes:
    return f"event: {kind}\n".encode() + _data({"type": kind, **value})
