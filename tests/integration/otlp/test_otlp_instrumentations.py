"""Real instrumentation packages of two client libraries export through the OpenTelemetry SDK."""

import contextlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from anything import scraped
from exporter.otlp import TRACES
from otlp_requests import listening
from pushing import TOKEN
from recording.model_server import ModelServer

pytest_plugins = ["recording.fixtures"]
# The packages raise this warning on import.
pytestmark = pytest.mark.filterwarnings("ignore:Support for class-based `config` is deprecated")
MESSAGE: Any = {"role": "user", "content": "the question nobody else may read"}
RECORDS = "zenmux_exporter_records_total"
CHAT, CLAUDE = "openai/gpt-5", "anthropic/claude-sonnet-4.5"


def instrumentor(package: str) -> Any:
    """Return a package's instrumentor; this imports the client library."""
    kind = "OpenAIInstrumentor" if "openai" in package else "AnthropicInstrumentor"
    return pkgutil.resolve_name(f"{package}:{kind}")()


@contextlib.contextmanager
def instrumented(made: Any, url: str) -> Iterator[InMemorySpanExporter]:
    """Send an instrumentation's spans to an exporter and keep them in memory."""
    sink = OTLPSpanExporter(
        endpoint=url + TRACES,
        headers={"Authorization": f"Bearer {TOKEN}"},
        compression=Compression.Gzip,
    )
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "checkout"}))
    for one in (sink, kept):
        provider.add_span_processor(SimpleSpanProcessor(one))
    made.instrument(tracer_provider=provider)
    try:
        yield kept
    finally:
        made.uninstrument()
        provider.shutdown()


def use_chat(server: ModelServer) -> None:
    """Send a chat, a streamed chat and a refused one."""
    import openai  # takes a second: for those who run these tests only

    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-x", max_retries=0) as client:
        client.chat.completions.create(model=CHAT, messages=[MESSAGE])
        stream = client.chat.completions.create(
            model=CHAT, messages=[MESSAGE], stream=True, stream_options={"include_usage": True}
        )
        assert len(list(stream)) > 3
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model="openai/limited", messages=[MESSAGE])


def use_openai(server: ModelServer) -> None:
    """Send chats, a response and a streamed response."""
    import openai

    use_chat(server)
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="sk-x", max_retries=0) as client:
        client.responses.create(model=CHAT, input="hi")
        assert len(list(client.responses.create(model=CHAT, input="hi", stream=True))) > 3


def use_anthropic(server: ModelServer) -> None:
    """Send a message, a streamed message and a refused one."""
    import anthropic

    with anthropic.Anthropic(base_url=server.url, api_key="sk-x", max_retries=0) as client:
        client.messages.create(model=CLAUDE, max_tokens=9, messages=[MESSAGE])
        stream = client.messages.create(model=CLAUDE, max_tokens=9, messages=[MESSAGE], stream=True)
        assert len(list(stream)) > 3
        with pytest.raises(anthropic.RateLimitError):
            client.messages.create(model="anthropic/limited", max_tokens=9, messages=[MESSAGE])


# The numbers: successes, answers with cached tokens, answers with a time of the first chunk.
CASES: dict[str, tuple[str, Callable[[ModelServer], None], str, int, int, int]] = {
    "OpenTelemetry, OpenAI": (
        "opentelemetry.instrumentation.openai_v2",
        use_chat,
        CHAT,
        2,
        0,
        0,
    ),
    "OpenLLMetry, OpenAI": (
        "opentelemetry.instrumentation.openai",
        use_openai,
        CHAT,
        4,
        4,
        1,
    ),
    "OpenInference, OpenAI": (
        "openinference.instrumentation.openai",
        use_openai,
        CHAT,
        4,
        4,
        2,
    ),
    "OpenLLMetry, Anthropic": (
        "opentelemetry.instrumentation.anthropic",
        use_anthropic,
        CLAUDE,
        2,
        2,
        0,
    ),
    "OpenInference, Anthropic": (
        "openinference.instrumentation.anthropic",
        use_anthropic,
        CLAUDE,
        2,
        2,
        0,
    ),
}
TOTALS = {
    "input": ("gen_ai.usage.input_tokens", "llm.token_count.prompt"),
    "output": ("gen_ai.usage.output_tokens", "llm.token_count.completion"),
}


def summed(spans: Sequence[ReadableSpan], names: tuple[str, ...]) -> int:
    """Sum the attributes with these names."""
    found = [(one.attributes or {}).get(name) for one in spans for name in names]
    return sum(value for value in found if isinstance(value, int))


def metric(text: str, name: str, *labels: str) -> float:
    """Sum the samples of a metric with these labels."""
    rows = [row for row in text.split("\n") if row.startswith(f"{name}{{")]
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows if all(one in row for one in labels))


@pytest.mark.parametrize(
    ("package", "use", "model", "successes", "cached", "first"), CASES.values(), ids=CASES
)
def test_instrumentations(
    tmp_path: Path,
    server: ModelServer,
    package: str,
    use: Callable[[ModelServer], None],
    model: str,
    successes: int,
    cached: int,
    first: int,
) -> None:
    """The metrics equal sums over the spans; a repeated export adds nothing."""
    with listening(tmp_path) as (_, url):
        with instrumented(instrumentor(package), url) as kept:
            use(server)
            spans = kept.get_finished_spans()
        text = scraped(url, len(spans))
        again = OTLPSpanExporter(
            endpoint=url + TRACES, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert again.export(spans) is SpanExportResult.SUCCESS
        again.shutdown()  # type: ignore[no-untyped-call]
        repeated = scraped(url)

    ended = [one for one in spans if one.status.status_code is not StatusCode.ERROR]
    assert len(ended) == successes
    requests = "zenmux_requests_total"
    assert metric(text, requests, f'model="{model}"', 'outcome="success"') == successes
    failed = ('error_type="rate_limit"', 'responsibility="quota"')
    assert metric(text, "zenmux_request_errors_total", *failed) == len(spans) - successes == 1
    for direction, names in TOTALS.items():
        counted = metric(text, "zenmux_tokens_total", f'direction="{direction}"')
        assert counted == summed(spans, names) > 0
    assert metric(text, "zenmux_tokens_total", 'token_type="input_cache_read"') == cached * 80
    seconds = sum(((one.end_time or 0) - (one.start_time or 0)) / 1e9 for one in ended)
    duration = metric(text, "zenmux_request_duration_seconds_sum")
    assert duration == pytest.approx(seconds, abs=1e-5)
    assert metric(text, "zenmux_time_to_first_token_seconds_count") == first
    assert metric(repeated, requests) == metric(text, requests) == len(spans)
    assert metric(repeated, "zenmux_tokens_total") == metric(text, "zenmux_tokens_total")
    assert metric(repeated, RECORDS, 'result="duplicate"') == len(spans)
    assert "nobody else may read" not in repeated
