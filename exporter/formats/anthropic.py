"""Streamed answers of the Messages protocol.

Source: ZenMux's documentation of its Anthropic-compatible protocol. The first event has the id, the
model and the input, the last but one the finish reason and the final usage. Only the first names
the message, so the streams of a file must not be mixed. No event has the time.
"""

from collections.abc import Mapping
from typing import Any

from ..wrappers.events import Event

TITLE = "Anthropic"
RULES: Mapping[str, Any] = {}
NOTE = """
Streams of the Messages protocol, one record each. Their events have no time. It must precede the
event on the same line, or come from a `date` header or the wrapper. Only the first event has the
message's id, so streams in one file must not overlap. See [Streamed answers](#streamed-answers).
"""
_OTHER = frozenset({"content_block_start", "content_block_delta", "content_block_stop", "ping"})


def read_event(given: Mapping[str, Any]) -> Event | None:
    """Return an object as an event of a stream; None if it is not one."""
    kind = given.get("type")
    if kind == "message_start":
        return _start(given)
    if kind == "message_delta":
        delta = given.get("delta")
        finish = delta.get("stop_reason") if isinstance(delta, dict) else None
        return Event({"usage": given.get("usage"), "finish_reason": finish})
    if kind == "message_stop":
        return Event({}, ends=True)
    if kind == "error":
        return Event({"error": given.get("error") or True}, ends=True)
    return Event({}) if isinstance(kind, str) and kind in _OTHER else None


def _start(given: Mapping[str, Any]) -> Event:
    message = given.get("message")
    if not isinstance(message, dict):
        return Event({}, "", begins=True)
    fields = {
        "id": message.get("id"),
        "timestamp": given.get("timestamp") or message.get("created_at"),
        "model": message.get("model"),
        "usage": message.get("usage"),
        "api": "messages",
        "streamed": True,
    }
    return Event(fields, "", begins=True)
