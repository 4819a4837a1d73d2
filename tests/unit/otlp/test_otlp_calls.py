"""Which spans and log records are model calls, by old and new conventions."""

from typing import Any

import pytest

from exporter.otlp.calls import Item, Signal, is_call

MODEL = {"gen_ai.request.model": "m"}
CALLS: dict[str, dict[str, Any]] = {
    "chat": {"gen_ai.operation.name": "chat"},
    "any case": {"gen_ai.operation.name": " Chat "},
    "text": {"gen_ai.operation.name": "text_completion"},
    "Gemini": {"gen_ai.operation.name": "generate_content"},
    "embeddings": {"gen_ai.operation.name": "embeddings"},
    "OpenLLMetry": {"llm.request.type": "chat", "gen_ai.system": "OpenAI"},
    "LiteLLM": {"llm.request.type": "acompletion"},
    "OpenInference": {"openinference.span.kind": "LLM"},
    "embedding of OpenInference": {"openinference.span.kind": "EMBEDDING"},
    "the first conventions": {"gen_ai.system": "openai", **MODEL},
}
OTHERS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "agent": {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 5, **MODEL},
    "new agent": {"gen_ai.operation.name": "create_agent", **MODEL},
    "tool": {"gen_ai.operation.name": "execute_tool"},
    "workflow": {"gen_ai.operation.name": "invoke_workflow"},
    "retrieval": {"gen_ai.operation.name": "retrieval", **MODEL},
    "number": {"gen_ai.operation.name": 7, "gen_ai.system": "a", **MODEL},
    "chain": {"openinference.span.kind": "CHAIN", "gen_ai.operation.name": "chat"},
    "agent of OpenInference": {"openinference.span.kind": "AGENT"},
    "task": {"traceloop.span.kind": "task", "gen_ai.operation.name": "chat"},
    "rerank": {"llm.request.type": "rerank", "gen_ai.system": "a", **MODEL},
    "model alone": MODEL,
    "provider alone": {"gen_ai.system": "openai"},
}


def item(signal: Signal, attributes: dict[str, Any], name: str = "") -> Item:
    """An item with these attributes."""
    return Item(signal, "a", "b", name, 1, 2, is_failed=False, attributes=attributes)


@pytest.mark.parametrize("attributes", CALLS.values(), ids=CALLS)
def test_calls(attributes: dict[str, Any]) -> None:
    """A span of a single model call counts."""
    assert is_call(item(Signal.spans, attributes))


@pytest.mark.parametrize("attributes", OTHERS.values(), ids=OTHERS)
def test_others(attributes: dict[str, Any]) -> None:
    """Spans around model calls and unrelated spans don't count."""
    assert not is_call(item(Signal.spans, attributes))


DETAILS = "gen_ai.client.inference.operation.details"


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        (DETAILS, {"gen_ai.operation.name": "chat"}, True),
        ("", {"gen_ai.operation.name": "chat", "event.name": DETAILS}, True),
        ("", {"gen_ai.operation.name": "chat", "gen_ai.usage.input_tokens": 0}, True),
        (DETAILS, {"gen_ai.operation.name": "invoke_agent"}, False),
        ("gen_ai.client.operation.exception", {"gen_ai.operation.name": "chat"}, False),
        ("gen_ai.choice", {"gen_ai.system": "openai", **MODEL}, False),
        ("", {}, False),
    ],
)
def test_events(name: str, attributes: dict[str, Any], expected: bool) -> None:
    """Log records count only if they are events of whole calls."""
    assert is_call(item(Signal.log_records, attributes, name)) is expected
