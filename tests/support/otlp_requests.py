"""OTLP requests: built in JSON, converted to protobuf, sent to an exporter."""

import base64
import contextlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from exporter.otlp import JSON, LOGS, TRACES, Decoded, Signal, decode_in_steps
from programs import Running
from pushing import TOKEN, taking

START = 1_793_491_200 * 10**9
MOST = 1 << 24
SOURCE = "sources: [{name: traces, type: otlp}]\n"

Json = dict[str, Any]


def value(given: Any) -> Json:
    """Return a value in OTLP's attribute encoding; integers are strings."""
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list | tuple):
        return {"arrayValue": {"values": [value(one) for one in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": attributes(given)}}
    return {"stringValue": given}


def attributes(given: Json) -> list[Json]:
    """Return attributes in OTLP's encoding."""
    return [{"key": name, "value": value(one)} for name, one in given.items()]


def span(number: int = 1, given: Json | None = None, **fields: Any) -> Json:
    """Return a span of a chat that took 1.5 seconds; `given` are additional attributes."""
    asked = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "openai/gpt-5"}
    return {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": "chat openai/gpt-5",
        "kind": 3,
        "startTimeUnixNano": str(START + number),
        "endTimeUnixNano": str(START + number + 1_500_000_000),
        "attributes": attributes({**asked, **(given or {})}),
        **fields,
    }


def traces(*spans: Json, resource: Json | None = None) -> Json:
    """Return a traces request."""
    of_scope = {"scope": {"name": "tests"}, "spans": list(spans)}
    around = {"attributes": attributes(resource or {"service.name": "shop"})}
    return {"resourceSpans": [{"resource": around, "scopeSpans": [of_scope]}]}


def logs(*records: Json) -> Json:
    """Return a logs request."""
    of_scope = {"scope": {"name": "tests"}, "logRecords": list(records)}
    return {"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [of_scope]}]}


def protobuf(request: Json) -> bytes:
    """Return the same request in protobuf."""
    signal = ExportTraceServiceRequest if "resourceSpans" in request else ExportLogsServiceRequest
    # protobuf's JSON format has ids in base64.
    plain = json.loads(json.dumps(request), object_hook=_with_base64)
    return json_format.ParseDict(plain, signal()).SerializeToString()


def _with_base64(one: Json) -> Json:
    for name in ("traceId", "spanId"):
        if name in one:
            one[name] = base64.b64encode(bytes.fromhex(one[name])).decode()
    return one


def signal_of(request: Json) -> Signal:
    """Return the signal of a request."""
    return Signal.spans if "resourceSpans" in request else Signal.log_records


def decoded(request: Json, *, is_json: bool, wanted: frozenset[str] | None = None) -> Decoded:
    """Decode a request."""
    data = json.dumps(request).encode() if is_json else protobuf(request)
    *_, found = decode_in_steps(data, signal_of(request), wanted, MOST, is_json=is_json)
    assert found is not None
    return found


def both(request: Json, wanted: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """Return the lines of a request, which must be the same in both encodings."""
    found = decoded(request, is_json=True, wanted=wanted)
    assert found == decoded(request, is_json=False, wanted=wanted)
    return [json.loads(line) for line in found.lines.splitlines()]


@contextlib.contextmanager
def listening(
    directory: Path, text: str = SOURCE, *arguments: str
) -> Iterator[tuple[Running, str]]:
    """Run an exporter that accepts OTLP; yield it and its URL."""
    with taking(directory, text, *arguments) as (program, url):
        yield program, url


def send(
    url: str, body: bytes, path: str = TRACES, *, kind: str = JSON, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the response."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)
    names = {name.replace("_", "-"): one for name, one in headers.items()}
    names.setdefault("Authorization", f"Bearer {TOKEN}")
    names.setdefault("Content-Type", kind)
    with contextlib.closing(connection):
        connection.request("POST", path, body, names)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()


def export(
    url: str, request: Json, *, kind: str = JSON, query: str = "", **headers: str
) -> tuple[int, Any]:
    """Return status and document of the response, which uses the request's encoding."""
    path = (TRACES if "resourceSpans" in request else LOGS) + query
    body = json.dumps(request).encode() if kind == JSON else protobuf(request)
    status, answered, data = send(url, body, path, kind=kind, **headers)
    assert answered["Content-Type"] == kind
    return status, json.loads(data) if kind == JSON else data
