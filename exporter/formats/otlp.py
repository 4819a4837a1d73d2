"""Calls of models in OpenTelemetry's traces and logs.

Source: OpenTelemetry's semantic conventions for generative AI (`gen_ai.*`), their earlier versions,
and the names of OpenLLMetry and OpenInference. `exporter/otlp` makes the lines, and decides which
spans are calls.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..otlp.calls import LOOKED_AT, PREFIXES
from .transforms import Rule, rule_of

TITLE = "OpenTelemetry"
NOTE = """
Spans and log records of LLM calls, received through [OTLP](otlp.md) or read from files that the
OpenTelemetry Collector writes, one request per line. `attributes` are the span's attributes,
`resource` those of its resource. The model is the response's. If the request's model is the same
with a provider prefix, such as `openai/gpt-5`, that one is used. The parts of usage are included in
the totals. A call without a first chunk has only a generation time. If the error type is an
exception's qualified name, its last part is used.
"""
REQUEST_MODEL = "request_model"


def _paths(*names: str) -> tuple[str, ...]:
    return tuple(f"attributes.{name}" for name in names)


RULES: Mapping[str, Rule] = {
    "id": Rule((*_paths("gen_ai.response.id", "ai.response.id"), "answer_id", "id")),
    "timestamp": Rule(("start",)),
    "model": Rule(
        (
            *_paths(
                "gen_ai.response.model",
                "llm.response.model_name",
                "gen_ai.request.model",
                "llm.request.model_name",
                "llm.model_name",
                "embedding.model_name",
            ),
            "asked_model",
        )
    ),
    REQUEST_MODEL: Rule(_paths("gen_ai.request.model", "llm.request.model_name")),
    "provider": Rule(_paths("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")),
    "usage.prompt_tokens": Rule(
        _paths(
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.prompt_tokens",
            "llm.usage.prompt_tokens",
            "llm.token_count.prompt",
        )
    ),
    "usage.completion_tokens": Rule(
        _paths(
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.completion_tokens",
            "llm.usage.completion_tokens",
            "llm.token_count.completion",
        )
    ),
    "usage.total_tokens": Rule(
        _paths("gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total")
    ),
    "usage.prompt_tokens_details.cached_tokens": Rule(
        _paths(
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_read_input_tokens",
            "llm.token_count.prompt_details.cache_read",
        )
    ),
    "usage.prompt_tokens_details.cache_write_tokens": Rule(
        _paths(
            "gen_ai.usage.cache_write.input_tokens",
            "gen_ai.usage.cache_creation.input_tokens",
            "gen_ai.usage.cache_creation_input_tokens",
            "llm.token_count.prompt_details.cache_write",
        )
    ),
    "usage.completion_tokens_details.reasoning_tokens": Rule(
        _paths(
            "gen_ai.usage.reasoning.output_tokens",
            "gen_ai.usage.reasoning_tokens",
            "llm.usage.reasoning_tokens",
            "llm.token_count.completion_details.reasoning",
        )
    ),
    "cost_usd": Rule(_paths("gen_ai.usage.cost", "llm.cost.total")),
    "latency_ms": Rule(("first_chunk",), ("start",)),
    "generation_ms": Rule(("end",), ("first_chunk", "start")),
    "streamed": Rule(_paths("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming")),
    "finish_reason": Rule(
        _paths(
            "gen_ai.response.finish_reasons",
            "gen_ai.response.finish_reason",
            "gen_ai.response.stop_reason",
            "llm.response.finish_reason",
            "llm.response.stop_reason",
            "llm.finish_reason",
            "gen_ai.completion.0.finish_reason",
        )
    ),
    "status": Rule(("status",)),
    "error_type": Rule((*_paths("error.type"), "exception")),
}
# Exceptions of client libraries by ZenMux's names for the same errors.
_CLASSES = {
    "RateLimitError": "rate_limit",
    "BadRequestError": "invalid_params",
    "UnprocessableEntityError": "provider_unprocessable_entity_error",
    "AuthenticationError": "access_denied",
    "PermissionDeniedError": "access_denied",
    "NotFoundError": "invalid_model",
    "InternalServerError": "internal_server_error",
}
# Exceptions that mean that the caller went away.
_CANCELLED = frozenset({"CancelledError", "GeneratorExit", "AbortError", "KeyboardInterrupt"})
_FINISHES = {"tool_call": "tool_calls"}


def attributes_read(mapping: Mapping[str, "str | Rule"]) -> frozenset[str]:
    """Return the names of attributes that the rules here and those of a mapping may read."""
    return _READ.union(_attributes(map(rule_of, mapping.values())))


def _attributes(rules: Iterable[Rule]) -> Iterator[str]:
    for one in rules:
        for path in (*one.paths, *one.since):
            yield from _names(path)


def _names(path: str) -> Iterator[str]:
    """Yield the possible names of the attribute that a path leads to."""
    for prefix in PREFIXES:
        if path.startswith(prefix):
            steps = path.removeprefix(prefix).split(".")
            for end in range(1, len(steps) + 1):
                yield (name := ".".join(steps[:end]))
                yield name.partition("[")[0]


# The names that don't depend on a mapping: made once, not for each request.
_READ = LOOKED_AT.union(_attributes(RULES.values()))


def refine(native: dict[str, Any]) -> None:
    """Choose the model, one finish reason, and the words of an error."""
    asked, model = native.pop(REQUEST_MODEL, None), native.get("model")
    if isinstance(asked, str) and isinstance(model, str) and asked.endswith(f"/{model}"):
        native["model"] = asked
    finish = native.get("finish_reason")
    if isinstance(finish, list):
        finish = next((one for one in finish if isinstance(one, str) and one), None)
    if isinstance(finish, str | None):
        native["finish_reason"] = _FINISHES.get(finish or "", finish)
    _tell_error(native)
    if native.get("latency_ms") is None and native.get("generation_ms") is not None:
        native["latency_ms"], native["streamed"] = 0, False


def _tell_error(native: dict[str, Any]) -> None:
    told = native.get("error_type")
    if not isinstance(told, str):
        return
    word = told.rpartition(".")[2] if not told[:1].isdecimal() else told
    if word in _CANCELLED:
        native["cancelled"] = True
        del native["error_type"]
    else:
        native["error_type"] = _CLASSES.get(word, word)
