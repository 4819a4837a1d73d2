"""The OpenTelemetry SDK exports to a real exporter: kills, back-pressure, log records."""

import contextlib
import random
import signal
import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from anything import accepted, scraped
from exporter.otlp import LOGS, TRACES
from otlp_requests import START, listening
from programs import DEADLINE, get, wait_until
from pushing import TOKEN

HEADERS = {"Authorization": f"Bearer {TOKEN}"}
SIZE = 5


def spans(number: int) -> Sequence[ReadableSpan]:
    """Spans of calls and a parent span that is not a call."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("tests")
    with tracer.start_as_current_span("agent", attributes={"gen_ai.operation.name": "agent"}):
        for n in range(SIZE):
            asked: dict[str, Any] = {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": f"m{n}",
                "gen_ai.usage.input_tokens": number,
            }
            start = START + number * 10**9
            one = tracer.start_span("chat", attributes=asked, start_time=start)
            one.end(start + 10**9)
    provider.shutdown()
    return kept.get_finished_spans()


class Clients:
    """Clients that retry each batch until `url` accepts it."""

    def __init__(self, batches: int) -> None:
        """Nothing exported yet."""
        self.url = ""
        self.taken = 0
        self._numbers = iter(range(1, batches + 1))
        self._lock = threading.Lock()

    def run(self) -> None:
        """Export the batches that no other client has claimed."""
        while True:
            with self._lock:
                number = next(self._numbers, None)
            if number is None:
                return
            batch = spans(number)
            wait_until(lambda: self._is_taken(batch), "it is accepted", every=0.01)  # noqa: B023
            with self._lock:
                self.taken += 1

    def _is_taken(self, batch: Sequence[ReadableSpan]) -> bool:
        with contextlib.closing(sink(self.url, timeout=1)) as made:
            return made.export(batch) is SpanExportResult.SUCCESS


class _Sink(OTLPSpanExporter):
    def close(self) -> None:
        self.shutdown()  # type: ignore[no-untyped-call]


def sink(url: str, timeout: float) -> _Sink:
    """A span exporter of the SDK."""
    return _Sink(
        endpoint=url + TRACES, headers=HEADERS, timeout=timeout, compression=Compression.Gzip
    )


@pytest.mark.slow
def test_killed(tmp_path: Path) -> None:
    """After kill -9 at any moment, batches that the SDK retries count exactly once."""
    chance = random.Random(7)
    batches, kills = 120, 4
    clients = Clients(batches)
    with ThreadPoolExecutor(4) as pool, contextlib.ExitStack() as stack:
        futures: list[Future[None]] = []
        for round_ in range(kills + 1):
            program, clients.url = stack.enter_context(listening(tmp_path))
            futures = futures or [pool.submit(clients.run) for _ in range(4)]
            if round_ < kills:
                enough = min(clients.taken + chance.randint(5, 25), batches - 4)
                wait_until(lambda: clients.taken >= enough, "accepted", every=0.001)  # noqa: B023
                program.stop(signal.SIGKILL)
        for future in futures:
            future.result(4 * DEADLINE)
        text = scraped(clients.url)

    assert sum(accepted(text.split("\n"))) == batches * SIZE
    rows = [row for row in text.split("\n") if row.startswith("zenmux_tokens_total{")]
    assert sum(int(row.rsplit(" ", 1)[1]) for row in rows) == SIZE * sum(range(batches + 1))


@pytest.mark.slow
def test_back_pressure(tmp_path: Path) -> None:
    """While nothing can be stored the SDK gets 503 and retries by itself."""
    with listening(tmp_path) as (_, url), ThreadPoolExecutor(1) as pool:
        locked = sqlite3.connect(tmp_path / "state" / "ledger.sqlite", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        with contextlib.closing(sink(url, timeout=DEADLINE)) as made:
            answer = pool.submit(made.export, spans(1))
            refused = 'zenmux_exporter_push_requests_total{code="503"}'
            wait_until(lambda: refused in get(f"{url}/metrics")[1], "it gets 503")
            locked.execute("ROLLBACK")
            locked.close()
            assert answer.result(DEADLINE) is SpanExportResult.SUCCESS
        text = scraped(url, SIZE)

    assert sum(accepted(text.split("\n"))) == SIZE


def test_batches(tmp_path: Path) -> None:
    """Spans of a batch processor count; spans that are not calls are ignored."""
    with listening(tmp_path) as (_, url):
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(sink(url, timeout=DEADLINE)))
        tracer = provider.get_tracer("tests")
        for n in range(700):
            asked = {"gen_ai.operation.name": "chat" if n % 7 else "execute_tool"}
            tracer.start_span("one", attributes={**asked, "gen_ai.request.model": "m"}).end()
        provider.shutdown()
        text = scraped(url, 600)

    assert sum(accepted(text.split("\n"))) == 600
    assert 'zenmux_exporter_otlp_ignored_total{signal="spans"} 100' in text


def test_events(tmp_path: Path) -> None:
    """A call's event counts; its span with the same response id only adds the duration."""
    asked: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.usage.output_tokens": 7,
    }
    with listening(tmp_path) as (_, url):
        provider = LoggerProvider()
        provider.add_log_record_processor(
            SimpleLogRecordProcessor(OTLPLogExporter(endpoint=url + LOGS, headers=HEADERS))
        )
        logger = provider.get_logger("tests")
        for name in ("gen_ai.choice", "gen_ai.client.inference.operation.details"):
            given = asked if name.endswith("details") else {"gen_ai.system": "openai"}
            logger.emit(LogRecord(timestamp=START, event_name=name, attributes=given))
        provider.shutdown()
        before = scraped(url, 1)
        traced = TracerProvider()
        traced.add_span_processor(SimpleSpanProcessor(sink(url, timeout=DEADLINE)))
        one = traced.get_tracer("tests").start_span("chat", attributes=asked, start_time=START)
        one.end(START + 2 * 10**9)
        traced.shutdown()
        text = scraped(url)

    assert "zenmux_request_duration_seconds_count{" not in before
    for row in (
        'zenmux_exporter_otlp_ignored_total{signal="log_records"} 1',
        'zenmux_exporter_records_total{source="traces",result="amended"} 1',
        'zenmux_request_duration_seconds_sum{model="m",provider="unknown",plan="payg"} 2\n',
        'direction="output",token_type="completion"} 7\n',
    ):
        assert row in text
