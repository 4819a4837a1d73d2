"""Requests in JSON: decoded level by level, spans and log records one by one.

Nothing is built for fields that are not read. Ids are hexadecimal, 64-bit integers may be texts,
and enums numbers or names.
"""

from typing import Any

import msgspec

from ..values.raw import whole_pairs
from .calls import CHUNK_EVENTS, EXCEPTION_EVENT, EXCEPTION_TYPE, Around, Item, Items, Signal
from .values import HEADS, MAX_DEPTH, Wanted, kept, text_value, whole_number

# A limit on the elements of a request: each takes memory, and time in which no other work is done.
MAX_COMMAS = 1_000_000
# Bytes of an attribute, which is built as a whole: more than may be kept of a list.
_MAX_VALUE = 1 << 17
_ERRORS = (2, "2", "STATUS_CODE_ERROR")

Many = list[msgspec.Raw] | None


class _Struct(msgspec.Struct, rename="camel"):
    """A message with fields in lowerCamelCase; unknown fields are skipped."""


class _Request(_Struct):
    resource_spans: Many = None
    resource_logs: Many = None


class _Value(_Struct):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: int | float | str | None = None
    array_value: "_Array | None" = None
    kvlist_value: "_Pairs | None" = None


class _TextValue(_Struct):
    string_value: str | None = None


class _Array(_Struct):
    values: list[_Value] | None = None


class _Pair(_Struct):
    key: str = ""
    value: _Value | None = None


class _Pairs(_Struct):
    values: list[_Pair] | None = None


class _Named(_Struct):
    key: str = ""
    value: msgspec.Raw = msgspec.Raw(b"null")


class _Resource(_Struct):
    attributes: Many = None


class _Scope(_Struct):
    name: str | None = None


class _OfResource(_Struct):
    resource: _Resource | None = None
    scope_spans: Many = None
    scope_logs: Many = None


class _OfScope(_Struct):
    scope: _Scope | None = None
    spans: Many = None
    log_records: Many = None


class _Status(_Struct):
    code: int | str | None = None


class _Event(_Struct):
    name: str | None = None
    time_unix_nano: int | str | None = None
    attributes: Many = None


class _Span(_Struct):
    trace_id: str | None = None
    span_id: str | None = None
    name: str | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    attributes: Many = None
    events: Many = None
    status: _Status | None = None


class _LogRecord(_Struct):
    trace_id: str | None = None
    span_id: str | None = None
    event_name: str | None = None
    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    attributes: Many = None


_request = msgspec.json.Decoder(_Request).decode
_of_resource = msgspec.json.Decoder(_OfResource).decode
_of_scope = msgspec.json.Decoder(_OfScope).decode
_event = msgspec.json.Decoder(_Event).decode
_span = msgspec.json.Decoder(_Span).decode
_log_record = msgspec.json.Decoder(_LogRecord).decode
_named = msgspec.json.Decoder(_Named).decode
_value = msgspec.json.Decoder(_Value | None).decode
_text_of = msgspec.json.Decoder(_TextValue).decode


def items(data: bytes, signal: Signal, wanted: Wanted) -> Items:
    """Yield the items of a request.

    `wanted`: the attributes to keep, None for all. Raises ValueError if the framing is invalid.
    """
    is_spans = signal is Signal.spans
    request = _read(data)
    for outer in (request.resource_spans if is_spans else request.resource_logs) or ():
        yield None
        of_resource = _of_resource(outer)
        given = of_resource.resource
        resource = _attributes(given.attributes if given else None, wanted)
        for scope in (of_resource.scope_spans if is_spans else of_resource.scope_logs) or ():
            yield None
            of_scope = _of_scope(scope)
            name = of_scope.scope.name if of_scope.scope else None
            around = Around(resource, _text(name))
            for one in (of_scope.spans if is_spans else of_scope.log_records) or ():
                yield _item(one, wanted, is_span=is_spans), around


def _read(data: bytes) -> _Request:
    try:
        return _request(data)
    except ValueError:
        # Programs cut texts anywhere: a prompt may end with half of a surrogate pair.
        return _request(whole_pairs(data))


def _item(given: msgspec.Raw, wanted: Wanted, *, is_span: bool) -> Item | None:
    try:
        return _of_span(given, wanted) if is_span else _of_log_record(given, wanted)
    except (ValueError, RecursionError):
        return None


def _of_span(given: msgspec.Raw, wanted: Wanted) -> Item:
    span = _span(given)
    chunk, exception = 0, ""
    for raw in span.events or ():
        event = _event(raw)
        if not chunk and event.name in CHUNK_EVENTS:
            chunk = whole_number(event.time_unix_nano) or 0
        elif not exception and event.name == EXCEPTION_EVENT:
            told = _attributes(event.attributes, frozenset({EXCEPTION_TYPE}))
            exception = str(told.get(EXCEPTION_TYPE) or "")
    return Item(
        Signal.spans,
        _id(span.trace_id),
        _id(span.span_id),
        _text(span.name),
        whole_number(span.start_time_unix_nano) or 0,
        whole_number(span.end_time_unix_nano) or 0,
        span.status is not None and span.status.code in _ERRORS,
        _attributes(span.attributes, wanted),
        chunk,
        exception,
    )


def _of_log_record(given: msgspec.Raw, wanted: Wanted) -> Item:
    record = _log_record(given)
    times = (record.time_unix_nano, record.observed_time_unix_nano)
    return Item(
        Signal.log_records,
        _id(record.trace_id),
        _id(record.span_id),
        _text(record.event_name),
        next((number for number in map(whole_number, times) if number), 0),
        0,
        is_failed=False,
        attributes=_attributes(record.attributes, wanted),
    )


def _id(text: str | None) -> str:
    return _text(text).lower()


def _text(text: str | None) -> str:
    return text_value("", text or "") or ""


def _attributes(given: Many, wanted: Wanted) -> dict[str, Any]:
    found = {}
    for raw in given or ():
        one = _named(raw)
        if wanted is None or one.key in wanted:
            value = _readable(one.key, one.value)
            if value is not None:
                found[one.key] = value
    return found


def _readable(name: str, given: msgspec.Raw) -> Any:
    """Return an attribute's value; one that can't be read does not affect the others."""
    try:
        if name in HEADS:
            text = _text_of(given).string_value
            return None if text is None else text_value(name, text)
        if memoryview(given).nbytes > _MAX_VALUE:
            return None
        return _plain(name, _value(given), MAX_DEPTH)
    except (ValueError, RecursionError):
        # No field accepts an object, so this counts as a fault of the field.
        return {}


def _plain(name: str, given: _Value | None, depth: int) -> Any:
    """Return the value to keep of an attribute; None if there is none."""
    if given is None:
        return None
    if given.string_value is not None:
        return text_value(name, given.string_value)
    if given.array_value is not None and depth:
        return [_plain("", one, depth - 1) for one in kept(given.array_value.values or ())]
    if given.kvlist_value is not None and depth:
        pairs = kept(given.kvlist_value.values or ())
        return {one.key: _plain("", one.value, depth - 1) for one in pairs}
    return _scalar(given)


def _scalar(given: _Value) -> Any:
    if given.int_value is not None:
        return whole_number(given.int_value)
    return given.bool_value if given.double_value is None else given.double_value
