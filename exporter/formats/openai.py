"""Streamed answers of Chat Completions and Responses.

Source: ZenMux's documentation of its OpenAI-compatible protocols. A chat is a sequence of chunks
with one id, the last with the usage. The last event of a response holds the whole response.
"""

from collections.abc import Mapping
from typing import Any

from ..wrappers.events import Event

TITLE = "OpenAI"
RULES: Mapping[str, Any] = {}
NOTE = """
Streams of Chat Completions and Responses, and responses that were not streamed. Each is one record.
See [Streamed answers](#streamed-answers).
"""
_CHUNK = "chat.completion.chunk"
_FILTER = "prompt_filter_results"  # Azure's, before the first chunk, without an id
_RESPONSE = "response."
_LAST = frozenset(f"{_RESPONSE}{end}" for end in ("completed", "incomplete", "failed", "cancelled"))
_BEGIN = frozenset({"response.created", "response.queued", "response.in_progress"})


def read_event(given: Mapping[str, Any]) -> Event | None:
    """Return an object as an event of a stream; None if it is not one."""
    kind = given.get("type")
    if _FILTER in given and not given.get("choices"):
        return Event({})
    if given.get("object") == _CHUNK:
        return _chunk(given)
    if isinstance(kind, str) and kind.startswith(_RESPONSE):
        response = given.get("response")
        return Event({}) if not isinstance(response, dict) else _response(kind, given, response)
    if kind == "error" or ("error" in given and "model" not in given and "choices" not in given):
        return Event({"error": given.get("error") or _error(given)}, ends=True)
    return None


def _chunk(given: Mapping[str, Any]) -> Event:
    choices = given.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    finish = first.get("finish_reason") if isinstance(first, dict) else None
    usage, key = given.get("usage"), given.get("id")
    fields = {
        "id": key,
        "timestamp": given.get("timestamp") or given.get("created"),
        "model": given.get("model"),
        "provider": given.get("provider"),
        "usage": usage,
        "finish_reason": finish,
        "api": "chat.completions",
        "streamed": True,
    }
    if given.get("error"):
        fields["error"] = given["error"]
    # A chunk with the usage of the whole answer has no choices.
    is_total = isinstance(usage, dict)
    key = key if isinstance(key, str) else ""
    return Event(fields, key, ends=is_total and not choices, ends_finished=is_total)


def _response(kind: str, given: Mapping[str, Any], response: Mapping[str, Any]) -> Event:
    if kind not in _LAST | _BEGIN:
        return Event({})
    key = response.get("id")
    fields = {
        "id": key,
        "timestamp": given.get("timestamp") or response.get("created_at"),
        "model": response.get("model"),
        "streamed": True,
    }
    if kind in _LAST:
        fields |= {
            "usage": response.get("usage"),
            "status": response.get("status"),
            "error": response.get("error"),
            "finish_reason": _finish(response),
        }
    known = {name: value for name, value in fields.items() if value is not None}
    return Event(known, key if isinstance(key, str) else "", ends=kind in _LAST)


def _finish(response: Mapping[str, Any]) -> Any:
    """Return a response's finish reason; it names one itself only if it is incomplete."""
    incomplete = response.get("incomplete_details")
    if isinstance(incomplete, dict):
        return incomplete.get("reason")
    output = response.get("output")
    if response.get("status") != "completed" or not isinstance(output, list):
        return None
    calls = (isinstance(item, dict) and item.get("type") == "function_call" for item in output)
    return "tool_calls" if any(calls) else "stop"


def _error(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: given.get(name) for name in ("code", "message")}
