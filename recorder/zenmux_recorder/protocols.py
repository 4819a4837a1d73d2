"""Read facts about a request from answers and stream events of ZenMux's protocols.

No content is kept: only single words, numbers, and whether there is output.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Usage = dict[str, Any]

# Matches ids, slugs and codes; never a sentence.
_WORD: Final = re.compile(r"[\w.:/@+=#~-]{1,256}")
_MOST_NAMES: Final = 64
_SAYS_NO_OUTPUT: Final = frozenset({"role"})
_DONE: Final = "[DONE]"
PENDING: Final = frozenset({"queued", "in_progress"})
_LENGTH: Final = "max_output_tokens"


@dataclass(slots=True)
class Facts:
    """What is known about a request from its answer so far.

    `failed`: the answer reports an error; `error_type`: its type. `is_over`: the client need not
    wait for more.
    """

    id: str | None = None
    model: str | None = None
    provider: str | None = None
    status: str | None = None
    finish_reason: str | None = None
    error_type: str | None = None
    failed: bool = False
    is_over: bool = False
    usage: Usage = field(default_factory=dict)

    def read(self, api: str, value: Any) -> bool:
        """Read a body or an event; return True if it contains output."""
        if isinstance(value, list):
            # Gemini streams an array unless the client asks for events.
            return sum(self.read(api, one) for one in value) > 0
        if not isinstance(value, dict):
            return False
        if value.get("error"):
            self._fail(value["error"])
        return _READERS.get(api, _read_other)(self, value)

    def take(self, given: Mapping[str, Any]) -> None:
        """Read the fields that have the same names in several protocols."""
        self.id = word(given.get("id")) or word(given.get("responseId")) or self.id
        self.model = word(given.get("model")) or word(given.get("modelVersion")) or self.model
        self.provider = word(given.get("provider")) or self.provider
        for name in ("usage", "usageMetadata"):
            if isinstance(given.get(name), dict):
                self.usage.update(_numbers(given[name]))

    def finish(self, reason: Any) -> None:
        """Set the finish reason, which ends the answer."""
        found = word(reason)
        if found is not None:
            self.finish_reason = found
            self.is_over = True

    def _fail(self, error: Any) -> None:
        self.failed = self.is_over = True
        given = error if isinstance(error, dict) else {}
        names = (word(given.get(name)) for name in ("type", "code", "status"))
        self.error_type = next((name for name in names if name), None) or self.error_type


def word(value: Any) -> str | None:
    """Return a word or an integer as text, or None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _numbers(given: Mapping[str, Any], depth: int = 2) -> Usage:
    """Return the numbers in a usage object and in its nested objects."""
    found: Usage = {}
    for name, value in list(given.items())[:_MOST_NAMES]:
        if word(name) is None or isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            found[name] = value
        elif isinstance(value, dict) and depth:
            inner = _numbers(value, depth - 1)
            if inner:
                found[name] = inner
    return found


def _first(value: Any) -> Mapping[str, Any]:
    """Return the first object of a list."""
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _read_chat(facts: Facts, given: Mapping[str, Any]) -> bool:
    facts.is_over |= given.get("type") == _DONE
    facts.take(given)
    choice = _first(given.get("choices"))
    facts.finish(choice.get("finish_reason"))
    delta = _object(choice.get("delta"))
    said = any(value for name, value in delta.items() if name not in _SAYS_NO_OUTPUT)
    return said or bool(choice.get("text"))


def _read_responses(facts: Facts, given: Mapping[str, Any]) -> bool:
    kind = given.get("type")
    event = kind if isinstance(kind, str) else ""
    if event == "error":
        facts.failed = facts.is_over = True
        facts.error_type = word(given.get("code")) or facts.error_type
        return False
    inner = given.get("response") if event.startswith("response.") else given
    if isinstance(inner, dict):
        _read_response(facts, inner)
    return event.endswith(".delta")


def _read_response(facts: Facts, response: Mapping[str, Any]) -> None:
    facts.take(response)
    facts.status = word(response.get("status")) or facts.status
    facts.is_over |= facts.status not in {None, *PENDING}
    if facts.status == "failed":
        facts.failed = True
        facts.error_type = word(_object(response.get("error")).get("code")) or facts.error_type
    elif facts.status == "incomplete":
        reason = word(_object(response.get("incomplete_details")).get("reason"))
        facts.finish_reason = "length" if reason == _LENGTH else reason
    elif facts.status == "completed":
        output = response.get("output")
        items = output if isinstance(output, list) else []
        calls = any(_object(item).get("type") == "function_call" for item in items)
        facts.finish_reason = "tool_calls" if calls else "stop"


def _read_messages(facts: Facts, given: Mapping[str, Any]) -> bool:
    kind = given.get("type")
    if kind == "message_start":
        facts.take(_object(given.get("message")))
    elif kind == "message_delta":
        facts.take({"usage": given.get("usage")})
        facts.finish(_object(given.get("delta")).get("stop_reason"))
    elif kind == "message":
        facts.take(given)
        facts.finish(given.get("stop_reason"))
    facts.is_over |= kind == "message_stop"
    return kind == "content_block_delta"


def _read_gemini(facts: Facts, given: Mapping[str, Any]) -> bool:
    facts.take(given)
    candidate = _first(given.get("candidates"))
    facts.finish(candidate.get("finishReason"))
    facts.finish(_object(given.get("promptFeedback")).get("blockReason"))
    return bool(_object(candidate.get("content")).get("parts"))


def _read_other(facts: Facts, given: Mapping[str, Any]) -> bool:
    facts.take(given)
    return False


_READERS: Final[Mapping[str, Callable[[Facts, Mapping[str, Any]], bool]]] = {
    "chat.completions": _read_chat,
    "completions": _read_chat,
    "responses": _read_responses,
    "messages": _read_messages,
    "generateContent": _read_gemini,
}
