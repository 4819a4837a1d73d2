"""Answers to clients, in the encoding of their requests.

Source: the OTLP specification, OTLP/HTTP response; the definitions of `ExportTraceServiceResponse`,
`ExportLogsServiceResponse` and `google.rpc.Status`. They have so few fields that answers in
protobuf need no package.
"""

import json

from .calls import Signal
from .wire import delimited, integer

_REJECTED = {Signal.spans: "rejectedSpans", Signal.log_records: "rejectedLogRecords"}


def taken(signal: Signal, rejected: int, message: str, *, is_json: bool) -> bytes:
    """Return the answer to an accepted request; `rejected`: how many of its items were not."""
    if not rejected:
        return b"{}" if is_json else b""
    if is_json:
        partial = {_REJECTED[signal]: str(rejected), "errorMessage": message}
        return json.dumps({"partialSuccess": partial}).encode()
    return delimited(1, integer(1, rejected) + delimited(2, message.encode()))


def refused(message: str, *, is_json: bool) -> bytes:
    """Return a `Status` that says why a request was refused."""
    return json.dumps({"message": message}).encode() if is_json else delimited(2, message.encode())
