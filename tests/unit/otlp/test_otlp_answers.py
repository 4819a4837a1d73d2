"""Responses are the messages of the OTLP specification."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from exporter.otlp import Signal, answers
from exporter.otlp.wire import Walk

MESSAGES: dict[Signal, tuple[Any, str]] = {
    Signal.spans: (ExportTraceServiceResponse, "rejected_spans"),
    Signal.log_records: (ExportLogsServiceResponse, "rejected_log_records"),
}


@pytest.mark.parametrize("signal", MESSAGES)
@pytest.mark.parametrize("rejected", [0, 1, 127, 128, 50_000])
def test_taken(signal: Signal, rejected: int) -> None:
    """A partial success has its count and message in both encodings; a full one has neither."""
    kind, field = MESSAGES[signal]
    message = kind.FromString(answers.taken(signal, rejected, "why ✓" * 40, is_json=False))
    partial = message.partial_success
    document = json.loads(answers.taken(signal, rejected, "why ✓" * 40, is_json=True))

    assert message.HasField("partial_success") is bool(rejected)
    assert getattr(partial, field) == rejected
    assert partial.error_message == ("why ✓" * 40 if rejected else "")
    assert ("partialSuccess" in document) is bool(rejected)


def test_refused() -> None:
    """A protobuf `Status` has its message in field 2; JSON has it in `message`."""
    text = "no ✓" * 100
    data = answers.refused(text, is_json=False)
    (field,) = Walk(data).fields(0, len(data))

    assert (field.number, data[field.content : field.end].decode()) == (2, text)
    assert json.loads(answers.refused(text, is_json=True)) == {"message": text}
