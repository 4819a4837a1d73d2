"""Requests in protobuf: framing is walked, spans and log records are built one by one."""

from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from .calls import CHUNK_EVENTS, EXCEPTION_EVENT, EXCEPTION_TYPE, Around, Item, Items, Signal
from .values import MAX_DEPTH, Wanted, kept, text_value
from .wire import Walk, WireError

# What is larger is thinned out before it is built: of the fields that repeat (attributes, events)
# those go that hold content, and those beyond the size.
_LARGE = 1 << 16
_LARGE_FIELD = 1 << 12
_REPEATED = {Span: {9, 11}, LogRecord: {6}, Resource: {1}}
# Links, the body of a log record, references to entities.
_UNREAD = {Span: {13}, LogRecord: {5}, Resource: {3}}


def items(data: bytes, signal: Signal, wanted: Wanted) -> Items:
    """Yield the items of a request.

    `wanted`: the attributes to keep, None for all. Raises `WireError` and `TooManyError`.
    """
    walk = Walk(data)
    read = _span if signal is Signal.spans else _log_record
    for outer in walk.messages(1, 0, len(data)):
        yield None
        resource: dict[str, Any] = {}
        for start, end in walk.messages(1, *outer):
            resource = _resource(walk, start, end, wanted)
        for scope in walk.messages(2, *outer):
            yield None
            around = Around(resource, _scope(walk, *scope))
            for start, end in walk.messages(2, *scope):
                yield _or_none(read, walk, start, end, wanted), around


def _or_none(read: Any, walk: Walk, start: int, end: int, wanted: Wanted) -> Item | None:
    try:
        found: Item = read(walk, start, end, wanted)
    except DecodeError:
        return None
    return found


def _resource(walk: Walk, start: int, end: int, wanted: Wanted) -> dict[str, Any]:
    try:
        return _attributes(_built(Resource, walk, start, end).attributes, wanted)
    except DecodeError as error:
        raise WireError from error


def _scope(walk: Walk, start: int, end: int) -> str:
    """Return the name of the scope in a message that has one."""
    name = b""
    for scope in walk.messages(1, start, end):
        for begin, stop in walk.messages(1, *scope):
            name = walk.data[begin:stop]
    return text_value("", name.decode(errors="replace")) or ""


def _span(walk: Walk, start: int, end: int, wanted: Wanted) -> Item:
    span = _built(Span, walk, start, end)
    chunk, exception = 0, ""
    for event in span.events:
        if not chunk and event.name in CHUNK_EVENTS:
            chunk = event.time_unix_nano
        elif not exception and event.name == EXCEPTION_EVENT:
            told = _attributes(event.attributes, frozenset({EXCEPTION_TYPE}))
            exception = str(told.get(EXCEPTION_TYPE) or "")
    return Item(
        Signal.spans,
        span.trace_id.hex(),
        span.span_id.hex(),
        text_value("", span.name) or "",
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code == Status.STATUS_CODE_ERROR,
        _attributes(span.attributes, wanted),
        chunk,
        exception,
    )


def _log_record(walk: Walk, start: int, end: int, wanted: Wanted) -> Item:
    record = _built(LogRecord, walk, start, end)
    return Item(
        Signal.log_records,
        record.trace_id.hex(),
        record.span_id.hex(),
        text_value("", record.event_name) or "",
        record.time_unix_nano or record.observed_time_unix_nano,
        0,
        is_failed=False,
        attributes=_attributes(record.attributes, wanted),
    )


def _built(kind: Any, walk: Walk, start: int, end: int) -> Any:
    if end - start <= _LARGE:
        return kind.FromString(walk.data[start:end])
    return kind.FromString(_thinned(walk, start, end, _REPEATED[kind], _UNREAD[kind]))


def _thinned(walk: Walk, start: int, end: int, repeated: set[int], unread: set[int]) -> bytes:
    """Return a large message without its large fields among those that repeat."""
    parts, size = [], 0
    for field in walk.fields(start, end):
        length = field.end - field.begin
        is_dropped = field.number in unread or (
            field.number in repeated and (length > _LARGE_FIELD or size > _LARGE)
        )
        if not is_dropped:
            parts.append(walk.data[field.begin : field.end])
            size += length
    return b"".join(parts)


def _attributes(given: Any, wanted: Wanted) -> dict[str, Any]:
    found = {}
    for one in given:
        if wanted is None or one.key in wanted:
            value = _value(one.key, one.value, MAX_DEPTH)
            if value is not None:
                found[one.key] = value
    return found


def _value(name: str, given: Any, depth: int) -> Any:
    """Return what an attribute holds, None if it is nothing to keep."""
    kind = given.WhichOneof("value")
    if kind == "string_value":
        return text_value(name, given.string_value)
    if kind in {"int_value", "double_value", "bool_value"}:
        return getattr(given, kind)
    if not depth:
        return None
    if kind == "array_value":
        return [_value("", one, depth - 1) for one in kept(given.array_value.values)]
    if kind == "kvlist_value":
        pairs = kept(given.kvlist_value.values)
        return {one.key: _value("", one.value, depth - 1) for one in pairs}
    return None
