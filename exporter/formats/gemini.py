"""Streamed answers of the Gemini protocol.

Source: ZenMux's documentation of its Vertex-compatible protocol. Each chunk has the answer's id and
a running total of usage, the last also the finish reason. A blocked prompt has no answer.
"""

from collections.abc import Mapping
from typing import Any

from ..wrappers.events import Event

TITLE = "Gemini"
RULES: Mapping[str, Any] = {}
NOTE = """
Streams of the Gemini protocol, and responses that were not streamed. Each is one record. If chunks
have no `createTime`, the time must come from the same places as for Anthropic. See
[Streamed answers](#streamed-answers).
"""
_MARKS = ("candidates", "usageMetadata", "promptFeedback")


def read_event(given: Mapping[str, Any]) -> Event | None:
    """Return an object as an event of a stream; None if it is not one."""
    if "modelVersion" in given and any(name in given for name in _MARKS):
        return _chunk(given)
    if "error" in given and "model" not in given:
        return Event({"error": given["error"] or True}, ends=True)
    return None


def _chunk(given: Mapping[str, Any]) -> Event:
    candidates, feedback = given.get("candidates"), given.get("promptFeedback")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    finish = first.get("finishReason") if isinstance(first, dict) else None
    if finish is None and isinstance(feedback, dict):
        finish = feedback.get("blockReason")
    key = given.get("responseId")
    fields = {
        "id": key,
        "timestamp": given.get("timestamp") or given.get("createTime"),
        "model": given.get("modelVersion"),
        "usageMetadata": given.get("usageMetadata"),
        "finish_reason": finish,
    }
    return Event(fields, key if isinstance(key, str) else "", ends_finished=True)
