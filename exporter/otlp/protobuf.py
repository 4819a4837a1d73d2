"""Requests in protobuf: the framing is walked, spans and log records are built one by one."""

from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from .calls import CHUNK_EVENTS, EXCEPTION_EVENT, EXCEPTION_TYPE, Around, Item, Items, Signal
from .values import HEAD_LENGTH, HEADS, MAX_DEPTH, Wanted, kept, text_value
from .wire import Field, Walk, WireError, delimited

# Larger messages are thinned out before they are built: attributes that nobody reads hold content,
# often of whole conversations.
_LARGE = 1 << 16
_LARGE_FIELD = 1 << 12
_ATTRIBUTES = {Span: 9, Span.Event: 3, LogRecord: 6, Resource: 1}
_EVENTS = {Span: 11}
# Fields that are not read: links, the body of a log record, references to entities.
_UNREAD: dict[Any, set[int]] = {Span: {13}, Span.Event: set(), LogRecord: {5}, Resource: {3}}
# Texts that the events hold that are read.
_EVENT_MARKS = frozenset(one.encode() for one in (*CHUNK_EVENTS, EXCEPTION_TYPE))
# The most bytes of a character in UTF-8.
_WIDEST = 4


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
    except (DecodeError, WireError):
        return None
    return found


def _resource(walk: Walk, start: int, end: int, wanted: Wanted) -> dict[str, Any]:
    try:
        return _attributes(_built(Resource, walk, start, end, wanted).attributes, wanted)
    except (DecodeError, WireError):
        # The request may hold calls of other resources: only this resource's attributes are lost.
        return {}


def _scope(walk: Walk, start: int, end: int) -> str:
    """Return the name of the scope in a message that has one."""
    name = b""
    for scope in walk.messages(1, start, end):
        for begin, stop in walk.messages(1, *scope):
            name = walk.data[begin:stop]
    return text_value("", name.decode(errors="replace")) or ""


def _span(walk: Walk, start: int, end: int, wanted: Wanted) -> Item:
    span = _built(Span, walk, start, end, wanted)
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
    record = _built(LogRecord, walk, start, end, wanted)
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


def _built(kind: Any, walk: Walk, start: int, end: int, wanted: Wanted) -> Any:
    if end - start <= _LARGE:
        try:
            return kind.FromString(walk.data[start:end])
        except DecodeError:
            # Content may be cut within a character; fields that are not read don't matter.
            pass
    return kind.FromString(_thinned(kind, walk, start, end, wanted))


def _thinned(kind: Any, walk: Walk, start: int, end: int, wanted: Wanted) -> bytes:
    """Return a message with only the attributes and events that are read."""
    parts: list[bytes] = []
    for field in walk.fields(start, end):
        if field.number == _ATTRIBUTES[kind]:
            parts.append(_thin_attribute(walk, field, wanted))
        elif field.number == _EVENTS.get(kind):
            parts.append(_thin_event(walk, field))
        elif field.number not in _UNREAD[kind]:
            parts.append(walk.data[field.begin : field.end])
    return b"".join(parts)


def _thin_attribute(walk: Walk, field: Field, wanted: Wanted) -> bytes:
    """Return an attribute if it is read; of a long one the beginning, if that is used."""
    texts = [walk.data[begin:stop] for begin, stop in walk.messages(1, field.content, field.end)]
    name = texts[-1].decode(errors="replace") if texts else ""
    if wanted is not None and name not in wanted:
        return b""
    if field.end - field.content <= _LARGE_FIELD:
        return walk.data[field.begin : field.end]
    if name not in HEADS:
        return b""
    text = b""
    for value in walk.messages(2, field.content, field.end):
        for begin, stop in walk.messages(1, *value):
            text = walk.data[begin : min(stop, begin + _WIDEST * HEAD_LENGTH)]
    # The last character may be cut.
    kept_text = delimited(1, text.decode(errors="ignore").encode())
    return delimited(field.number, delimited(1, texts[-1]) + delimited(2, kept_text))


def _thin_event(walk: Walk, field: Field) -> bytes:
    """Return an event if it is read; a long one is thinned out."""
    data = walk.data[field.content : field.end]
    if not any(mark in data for mark in _EVENT_MARKS):
        return b""
    if len(data) <= _LARGE_FIELD:
        return walk.data[field.begin : field.end]
    content = _thinned(Span.Event, walk, field.content, field.end, frozenset({EXCEPTION_TYPE}))
    return delimited(field.number, content)


def _attributes(given: Any, wanted: Wanted) -> dict[str, Any]:
    found = {}
    for one in given:
        if wanted is None or one.key in wanted:
            value = _value(one.key, one.value, MAX_DEPTH)
            if value is not None:
                found[one.key] = value
    return found


def _value(name: str, given: Any, depth: int) -> Any:
    """Return the value to keep of an attribute; None if there is none."""
    kind = given.WhichOneof("value")
    if kind == "string_value":
        return text_value(name, given.string_value)
    if name in HEADS:
        return None
    if kind in {"int_value", "double_value", "bool_value"}:
        return getattr(given, kind)
    if kind == "array_value" and depth:
        return [_value("", one, depth - 1) for one in kept(given.array_value.values)]
    if kind == "kvlist_value" and depth:
        pairs = kept(given.kvlist_value.values)
        return {one.key: _value("", one.value, depth - 1) for one in pairs}
    return None
