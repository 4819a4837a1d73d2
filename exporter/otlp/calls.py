"""Decide which spans and log records are model calls, and make the line of each.

Sources: OpenTelemetry's semantic conventions for generative AI, now and before (`gen_ai.system`,
`gen_ai.usage.prompt_tokens`); the conventions of OpenLLMetry (`llm.request.type`,
`traceloop.span.kind`) and OpenInference (`openinference.span.kind`, `llm.token_count.*`).
"""

import hashlib
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from .values import HEADS, number_of


class Signal(StrEnum):
    """The kinds of items that a request holds."""

    spans = "spans"
    log_records = "log_records"


# The prefixes of attribute names in the paths of a mapping.
PREFIXES = ("attributes.", "resource.")
_OPERATION = "gen_ai.operation.name"
_REQUEST_TYPE = "llm.request.type"
_OPENINFERENCE_KIND = "openinference.span.kind"
_TRACELOOP_KIND = "traceloop.span.kind"
_EVENT_NAME = "event.name"
_PROVIDERS = ("gen_ai.provider.name", "gen_ai.system")
_MODEL = "gen_ai.request.model"
_USAGE = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
# Agents, workflows, tools and retrieval are operations, too: each call in them has its own span.
_CALLS = frozenset(
    {
        "chat",
        "text_completion",
        "completion",
        "generate_content",
        "embeddings",
        "embedding",
        "responses",
        # LiteLLM's names.
        "acompletion",
        "atext_completion",
        "aembedding",
        "aresponses",
        "anthropic_messages",
    }
)
_OPENINFERENCE_CALLS = frozenset({"llm", "embedding"})
# The event that describes a whole call; others describe a message, a choice or an exception.
_DETAILS = "gen_ai.client.inference.operation.details"
# Nanoseconds in the units of the attributes for the time to the first chunk.
_FIRST_CHUNK = {
    "gen_ai.response.time_to_first_chunk": 10**9,
    "gen_ai.server.time_to_first_token": 10**9,
    "ai.response.msToFirstChunk": 10**6,
}
_MOST_NANOSECONDS = 10**15
# The first event with one of these names marks the first chunk.
CHUNK_EVENTS = frozenset({"First Token Stream Event", "gen_ai.content.completion.chunk"})
EXCEPTION_EVENT, EXCEPTION_TYPE = "exception", "exception.type"
# Attributes that are looked at here, whatever a format reads.
LOOKED_AT = frozenset(
    {_OPERATION, _REQUEST_TYPE, _OPENINFERENCE_KIND, _TRACELOOP_KIND, _EVENT_NAME, _MODEL}
    | {*_PROVIDERS, *_USAGE, *_FIRST_CHUNK, *HEADS}
)
# Fields of a line that are read from the beginning of an attribute's text.
_BEGINNINGS = {
    "answer_id": ("output.value", re.compile(r'\s*\{\s*"id"\s*:\s*"([^"\\]{1,255})"')),
    "asked_model": (
        "llm.invocation_parameters",
        re.compile(r'\s*\{\s*"model"\s*:\s*"([^"\\]{1,255})"'),
    ),
}
_ID_LENGTH = 32


class Item(NamedTuple):
    """A span or log record, from either encoding.

    Times are Unix nanoseconds, 0 if unknown. `chunk`: the time of the answer's first chunk, from an
    event. `exception`: its type, from an event.
    """

    signal: Signal
    trace: str
    span: str
    name: str
    start: int
    end: int
    is_failed: bool
    attributes: dict[str, Any]
    chunk: int = 0
    exception: str = ""


class Around(NamedTuple):
    """The context of items: the attributes of their resource, and the name of their scope."""

    resource: dict[str, Any]
    scope: str = ""


# An item (None for one that can't be read) with its context; or None alone as a step without an
# item.
Items = Iterator[tuple[Item | None, Around] | None]


def is_call(item: Item) -> bool:
    """Return True if an item describes one model call."""
    given = item.attributes
    if item.signal is Signal.log_records and not _tells_call(item):
        return False
    kind = given.get(_OPENINFERENCE_KIND)
    if kind is not None:
        return _word(kind) in _OPENINFERENCE_CALLS
    if given.get(_TRACELOOP_KIND) is not None:
        return False
    for name in (_OPERATION, _REQUEST_TYPE):
        if given.get(name) is not None:
            return _word(given[name]) in _CALLS
    # The first versions of the conventions named no operation.
    return bool(given.get(_MODEL)) and any(given.get(name) for name in _PROVIDERS)


def _tells_call(item: Item) -> bool:
    """Return True if a log record describes a whole call."""
    if _DETAILS in {item.name, _word(item.attributes.get(_EVENT_NAME))}:
        return True
    return any(item.attributes.get(name) is not None for name in _USAGE)


def line_of(item: Item, around: Around) -> bytes:
    """Return the line of a call, without its newline."""
    given = item.attributes
    line: dict[str, Any] = {
        "signal": item.signal.value,
        "id": _span_id(item),
        "name": item.name or None,
        "scope": around.scope or None,
        "start": item.start or None,
        "end": item.end or None,
        "first_chunk": _first_chunk(item) or None,
        "status": "error" if item.is_failed else None,
        "exception": item.exception or None,
    }
    for name, (attribute, pattern) in _BEGINNINGS.items():
        text = given.get(attribute)
        found = pattern.match(text) if isinstance(text, str) else None
        line[name] = found[1] if found else None
    line["attributes"] = {name: value for name, value in given.items() if name not in HEADS}
    line["resource"] = around.resource
    if line["id"] is None:
        # A repeated item is identical to the nanosecond.
        digest = hashlib.sha256(msgspec.json.encode(line)).hexdigest()
        line["id"] = f"{item.signal.value}-{digest[:_ID_LENGTH]}"
    return msgspec.json.encode({name: value for name, value in line.items() if value is not None})


def _span_id(item: Item) -> str | None:
    """Return the id of a span; None if it has none. All zeros count as none."""
    return f"{item.trace}-{item.span}" if item.trace.strip("0") and item.span.strip("0") else None


def _first_chunk(item: Item) -> int:
    """Return the time of the first chunk; 0 if it is unknown."""
    for name, unit in _FIRST_CHUNK.items():
        passed = number_of(item.attributes, name)
        # NaN fails the comparison.
        if passed is not None and item.start and 0 <= passed * unit <= _MOST_NANOSECONDS:
            return item.start + round(passed * unit)
    # A chunk before the start is from another clock, and would lengthen the call.
    return item.chunk if item.chunk >= item.start else 0


def _word(value: object) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
