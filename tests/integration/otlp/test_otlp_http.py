"""OTLP over HTTP: responses to valid and invalid requests, in JSON and protobuf."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from exporter.otlp import JSON, LOGS, PROTOBUF, TRACES
from exporter.sources.bodies import MAX_BYTES
from otlp_requests import SOURCE, START, attributes, export, listening, logs, protobuf, send, span
from otlp_requests import traces as request
from programs import exporter, exporter_command, get, running, wait_until
from pushing import TOKEN, metric, settings, taking

KINDS = (JSON, PROTOBUF)
# Two sources; the second maps the model from another attribute.
SOURCES = (
    "sources:\n- {name: traces, type: otlp}\n"
    "- {name: other, type: otlp,"
    " mapping: {model: attributes.llm, api_key: resource.service.name}}\n"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter with OTLP sources only."""
    with listening(tmp_path_factory.mktemp("otlp"), SOURCES) as (_, address):
        yield address


def read(kind: str, body: bytes, message: Message) -> Any:
    """Parse a response body, as a message or as JSON."""
    if kind == JSON:
        return json.loads(body)
    message.ParseFromString(body)
    return message


def said(kind: str, body: bytes) -> str:
    """Return the message of a `Status`, its second field."""
    if kind == JSON:
        return str(json.loads(body)["message"])
    assert body[:1] == b"\x12"
    return body[2 if body[1] < 0x80 else 3 :].decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_full_success(url: str, kind: str, encoding: str) -> None:
    """A full success is an empty body in the request's encoding; repeats do not count."""
    number = 10 + 2 * KINDS.index(kind) + bool(encoding)
    sent = request(span(number), span(number + 50), span(number + 90, name="x", attributes=[]))
    body = json.dumps(sent).encode() if kind == JSON else protobuf(sent)
    body = gzip.compress(body) if encoding else body
    headers = {"Content_Encoding": encoding} if encoding else {}
    before = metric(url, "zenmux_requests_total{")
    ignored = metric(url, "zenmux_exporter_otlp_ignored_total{")

    for _ in range(2):
        status, answered, data = send(url, body, kind=kind, **headers)
        assert (status, answered["Content-Type"]) == (200, kind)
        assert data == (b"{}" if kind == JSON else b"")
    assert metric(url, "zenmux_requests_total{") == before + 2
    assert metric(url, "zenmux_exporter_otlp_ignored_total{") == ignored + 2


@pytest.mark.parametrize("kind", KINDS)
def test_partial_success(url: str, kind: str) -> None:
    """A partial success has the number and reasons of rejected spans; the rest counts."""
    without_model = span(2, attributes=attributes({"gen_ai.operation.name": "chat"}))
    without_time = span(3, startTimeUnixNano="0")
    sent = request(span(70 + KINDS.index(kind)), without_model, without_time, without_model)
    body = json.dumps(sent).encode() if kind == JSON else protobuf(sent)
    before = metric(url, "zenmux_requests_total{")
    status, _, data = send(url, body, kind=kind)
    answer = read(kind, data, ExportTraceServiceResponse())

    text = "spans of calls were rejected: missing_model (2), missing_time (1)"
    assert status == 200
    if kind == JSON:
        assert answer == {"partialSuccess": {"rejectedSpans": "3", "errorMessage": text}}
    else:
        assert answer.partial_success.rejected_spans == 3
        assert answer.partial_success.error_message == text
    assert metric(url, "zenmux_requests_total{") == before + 1


@pytest.mark.parametrize("kind", KINDS)
def test_log_records(url: str, kind: str) -> None:
    """Log records of calls count; the response has the number of rejected ones."""
    event = {
        "timeUnixNano": str(START),
        "eventName": "gen_ai.client.inference.operation.details",
        "attributes": span()["attributes"],
    }
    bad = {**event, "attributes": attributes({"gen_ai.operation.name": "chat"})}
    sent = logs({**event, "timeUnixNano": str(START + KINDS.index(kind))}, bad, {"attributes": []})
    body = json.dumps(sent).encode() if kind == JSON else protobuf(sent)
    before = metric(url, "zenmux_requests_total{")
    for _ in range(2):
        status, _, data = send(url, body, LOGS, kind=kind)
    answer = read(kind, data, ExportLogsServiceResponse())

    if kind == JSON:
        assert answer["partialSuccess"]["rejectedLogRecords"] == "1"
    else:
        assert answer.partial_success.rejected_log_records == 1
    assert status == 200
    # Records without an id are deduplicated by their nanosecond timestamp.
    assert metric(url, "zenmux_requests_total{") == before + 1


BROKEN: dict[str, tuple[bytes, dict[str, str], int]] = {
    "no message": (b"\xff\xff\xff", {}, 400),
    "cut": (b"", {"cut": "yes"}, 400),
    "not gzip": (b"{}", {"Content_Encoding": "gzip"}, 400),
    "bomb": (gzip.compress(bytes(1 << 26)), {"Content_Encoding": "gzip"}, 413),
    "large": (b"x" * (MAX_BYTES + 1), {}, 413),
    "many fields": (b"\x0a\x00" * 2_000_000 + b"," * 2_000_001, {}, 413),
    "unknown encoding": (b"{}", {"Content_Encoding": "br"}, 415),
    "wrong token": (b"{}", {"Authorization": f"Bearer {TOKEN}x"}, 401),
    "no token": (b"{}", {"Authorization": ""}, 401),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("data", "headers", "expected"), BROKEN.values(), ids=BROKEN)
def test_refused(url: str, kind: str, data: bytes, headers: dict[str, str], expected: int) -> None:
    """An invalid request is refused as a whole, with a `Status` that has the reason."""
    headers = dict(headers)
    if headers.pop("cut", ""):
        sent = request(span(1))
        data = (json.dumps(sent).encode() if kind == JSON else protobuf(sent))[:-3]
    before = metric(url, "zenmux_exporter_records_total")
    status, answered, body = send(url, data, kind=kind, **headers)

    assert (status, answered["Content-Type"]) == (expected, kind)
    assert said(kind, body)
    assert metric(url, "zenmux_exporter_records_total") == before
    assert metric(url, f'zenmux_exporter_push_requests_total{{code="{expected}"}}') > 0


def test_types(url: str) -> None:
    """Other content types, methods and paths are refused."""
    status, _, body = send(url, b"{}", kind="text/plain")
    assert (status, json.loads(body)["message"]) == (
        415,
        "Content-Type must be application/x-protobuf or application/json",
    )
    assert send(url, b"{}", kind="application/json; charset=utf-8")[0] == 200
    assert get(url + TRACES)[0] == 405
    assert send(url, b"{}", "/v1/metrics")[0] == 404


@pytest.mark.parametrize("kind", KINDS)
def test_sources(url: str, kind: str) -> None:
    """The query names the source; its mapping can use span and resource attributes."""
    given = {"llm": "mine", "gen_ai.response.id": f"gen-{kind}"}
    sent = request(span(5, given), resource={"service.name": "checkout"})
    assert export(url, sent, kind=kind, query="?source=other")[0] == 200
    assert metric(url, 'zenmux_requests_total{api_key="checkout",model="mine"') >= 1
    assert export(url, sent, kind=kind, query="?source=push")[0] == 400


def test_broken_spans(url: str) -> None:
    """An unreadable span is rejected alone."""
    sent = request(span(200), {"traceId": 7}, span(201, name={"a": 1}), span(202))
    before = metric(url, "zenmux_requests_total{")
    status, answer = export(url, sent)

    assert status == 200
    assert answer["partialSuccess"]["rejectedSpans"] == "2"
    assert metric(url, "zenmux_requests_total{") == before + 2
    wrong = protobuf(request(span(203))).replace(b"openai/gpt-5", b"openai/gpt\xff5")
    answer = read(PROTOBUF, send(url, wrong, kind=PROTOBUF)[2], ExportTraceServiceResponse())
    assert answer.partial_success.rejected_spans == 1


@pytest.mark.parametrize("kind", KINDS)
def test_content_does_not_matter(url: str, kind: str) -> None:
    """Prompts of any size are skipped."""
    text = "a prompt, " * 200_000
    sent = request(span(300 + KINDS.index(kind), {"gen_ai.input.messages": text, "x": [text]}))
    before = metric(url, "zenmux_requests_total{")
    assert export(url, sent, kind=kind)[0] == 200
    assert metric(url, "zenmux_requests_total{") == before + 1


def test_page(url: str) -> None:
    """The landing page lists the source with its paths."""
    assert "<b>traces</b> <code>POST /v1/traces, /v1/logs</code>" in get(f"{url}/")[1]


def test_nothing_is_logged(tmp_path: Path) -> None:
    """Attributes never reach the log or the page, not even of rejected spans."""
    secret = "a prompt that nobody may read"
    given = {
        "gen_ai.prompt.0.content": secret,
        "gen_ai.operation.name": "chat",
        "output.value": secret,
    }
    with listening(tmp_path, SOURCE, "--log.level=debug") as (program, url):
        export(url, request(span(1, given), span(2, attributes=attributes(given))))
        send(url, secret.encode())
        wait_until(lambda: "missing_model" in get(f"{url}/")[1], "it is on the page")
        assert secret not in program.log.read_text()
        assert secret not in get(f"{url}/")[1]


def test_off(tmp_path: Path) -> None:
    """Without a token or a source the error names the setting."""
    (tmp_path / "a").mkdir()
    with exporter(tmp_path / "a", str(tmp_path / "none.jsonl")) as (_, url):
        status, answer = export(url, request(span()))
        assert (status, "web.push.token_file" in answer["message"]) == (403, True)
    with taking(tmp_path) as (_, url):
        status, answer = export(url, request(span()))
        assert (status, answer["message"]) == (403, "OTLP is off: configure a source of type otlp")


def test_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the protobuf package JSON works; protobuf and `check` name the package."""
    hidden = tmp_path / "hidden" / "opentelemetry"
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    path = os.pathsep.join([str(hidden.parent), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path)
    with listening(tmp_path) as (program, url):
        assert export(url, request(span()))[0] == 200
        status, _, body = send(url, protobuf(request(span())), kind=PROTOBUF)
        assert status == 415
        assert 'pip install "zenmux-exporter[otlp]"' in said(PROTOBUF, body)
        assert "OTLP in protobuf is refused" in program.log.read_text()
    command = [*exporter_command("check"), f"--config.file={settings(tmp_path, SOURCE)}"]
    with running(command, tmp_path / "log") as program:
        assert program.process.wait(30) == 0
    assert 'source traces: protobuf needs a package: pip install "zenmux-exporter[otlp]"' in (
        program.log.read_text()
    )
