"""The careful reading of a line: exact decimals, and for a bad line the first rule it breaks.

A line comes here when the quick reading could not take it as it is: odd but valid spellings
(`"120"` for a number, `12.0`, a 20-digit amount) leave as the same structs with exact values.
"""

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from .. import moments
from ..errors import Reason, Rejected
from ..exact import MAX_COUNT, MAX_MILLISECONDS, MAX_RATE, MAX_USD, Number, literal
from .wire import (
    CompletionDetails,
    Ext,
    NativeCompensation,
    NativeLine,
    NativeTokens,
    PromptDetails,
    ZenmuxCompensation,
    ZenmuxDetail,
    ZenmuxLine,
    ZenmuxRating,
)

_MARKS = ("generationId", "createdAt", "createAt")
_BOM = b"\xef\xbb\xbf"

_any = msgspec.json.Decoder(float_hook=literal)


class _BadTypeError(ValueError):
    """A known field of another type."""


class _BadNumberError(ValueError):
    """A number that can't be."""


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise _BadTypeError


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise _BadTypeError


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _BadTypeError
    try:
        return literal(value) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise _BadTypeError from None


def _within(limit: int) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        number = _number(value)
        if not number.is_finite() or number < 0 or number > limit:
            raise _BadNumberError
        return number

    return read


_amount = _within(MAX_COUNT)


def _count(value: Any) -> int:
    number = _number(value)
    if number.is_finite() and -MAX_COUNT <= number <= MAX_COUNT and number != round(number):
        raise _BadTypeError
    return int(_amount(number))


def _status(value: Any) -> Number:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _BadTypeError
    return value


def _moment(value: Any) -> Any:
    """Times have been checked before."""
    return value


_usd, _milliseconds, _rate = _within(MAX_USD), _within(MAX_MILLISECONDS), _within(MAX_RATE)

Kind = Any
_FIELDS: dict[type[msgspec.Struct], dict[str, Kind]] = {
    ZenmuxLine: {
        **dict.fromkeys(("generationId", "event", "apiKeyId", "modelSlug", "model"), _text),
        **dict.fromkeys(("providerSlug", "plan", "finishReason", "nativeFinishReason"), _text),
        **dict.fromkeys(("streamed", "cancelled"), _flag),
        **dict.fromkeys(("generationTime", "latency"), _milliseconds),
        **dict.fromkeys(("billAmount", "discountAmount", "usage"), _usd),
        **dict.fromkeys(("createdAt", "createAt"), _moment),
        "throughput": _rate,
        "nativeFeeTokens": {"": _count},
        "nativeTokens": NativeTokens,
        "ratingResponses": ZenmuxRating,
        "ext": Ext,
        "status": _status,
        "errorType": _text,
        "compensation": ZenmuxCompensation,
    },
    NativeLine: {
        **dict.fromkeys(("id", "event", "model", "provider", "api_key", "plan"), _text),
        **dict.fromkeys(("finish_reason", "error_type"), _text),
        **dict.fromkeys(("streamed", "cancelled"), _flag),
        **dict.fromkeys(("input_tokens", "output_tokens", "web_search_calls"), _count),
        **dict.fromkeys(("latency_ms", "generation_ms"), _milliseconds),
        **dict.fromkeys(("cost_usd", "discount_usd"), _usd),
        "timestamp": _moment,
        "tokens": {"": _count},
        "costs_usd": {"": _usd},
        "throughput_tps": _rate,
        "status": _status,
        "compensation": NativeCompensation,
    },
    ZenmuxRating: {
        "billAmount": _usd,
        "discountAmount": _usd,
        "ratingDetails": [ZenmuxDetail],
    },
    ZenmuxDetail: {"feeItemCode": _text, "billAmount": _usd},
    NativeTokens: {
        "prompt_tokens": _count,
        "completion_tokens": _count,
        "prompt_tokens_details": PromptDetails,
        "completion_tokens_details": CompletionDetails,
    },
    PromptDetails: dict.fromkeys(
        ("cached_tokens", "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"), _count
    ),
    CompletionDetails: {"reasoning_tokens": _count},
    Ext: {"requestSuccess": _flag},
    ZenmuxCompensation: {"type": _text, "payout": _usd, "paidAt": _moment},
    NativeCompensation: {"type": _text, "payout_usd": _usd, "paid_at": _moment},
}


def parse(line: bytes) -> dict[str, Any] | None:
    """The JSON object of a line, None where it is blank; raises `Rejected`."""
    try:
        line.decode()
    except UnicodeDecodeError:
        raise Rejected(Reason.not_utf8) from None
    line = line.removeprefix(_BOM).strip(b" \t\r\n\v\f")
    if not line:
        return None
    try:
        value = _decode(line)
    except (RecursionError, ValueError):
        raise Rejected(Reason.not_json) from None
    if not isinstance(value, dict):
        raise Rejected(Reason.not_object)
    return value


def _decode(line: bytes) -> Any:
    try:
        return _any.decode(line)
    except msgspec.ValidationError:
        # Well-formed, but with an integer of thousands of digits; as a decimal it costs nothing.
        return json.loads(line, parse_int=literal, parse_float=literal, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def is_zenmux(fields: dict[str, Any]) -> bool:
    """Whether an object has one of the fields that only ZenMux's own shape has."""
    return any(fields.get(mark) is not None for mark in _MARKS)


def read(fields: dict[str, Any]) -> ZenmuxLine | NativeLine:
    """The struct of an object's shape with exact values; raises `Rejected` with the first rule."""
    shape: type[ZenmuxLine | NativeLine]
    times: tuple[str, ...]
    models: tuple[str, ...]
    if is_zenmux(fields):
        shape, times, models, paid_at = ZenmuxLine, _MARKS[1:], ("modelSlug", "model"), "paidAt"
    else:
        shape, times, models, paid_at = NativeLine, ("timestamp",), ("model",), "paid_at"
    event = fields.get("event") == "compensation"
    identity = fields.get("generationId" if shape is ZenmuxLine else "id")
    paid = fields.get("compensation")
    _check_time(fields, times, event and isinstance(identity, str) and not _blank(identity))
    if isinstance(paid, dict) and paid.get(paid_at) is not None:
        _check_moment(paid[paid_at])
    if not event and all(_blank(fields.get(name)) for name in models):
        raise Rejected(Reason.missing_model)
    faults: set[Reason] = set()
    line = _struct(shape, fields, faults)
    for reason in (Reason.bad_type, Reason.bad_number):
        if reason in faults:
            raise Rejected(reason)
    payout = "payout" if shape is ZenmuxLine else "payout_usd"
    if event and (not isinstance(paid, dict) or paid.get(payout) is None):
        raise Rejected(Reason.missing_payout)
    return line  # type: ignore[no-any-return]


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _check_time(fields: dict[str, Any], names: tuple[str, ...], optional: bool) -> None:
    value = next((fields[name] for name in names if fields.get(name) is not None), None)
    if value is not None:
        _check_moment(value)
    elif not optional:
        raise Rejected(Reason.missing_time)


def _check_moment(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Rejected(Reason.bad_time)
    try:
        moments.parse(value)
    except ValueError:
        raise Rejected(Reason.bad_time) from None


def _struct(shape: Any, fields: dict[str, Any], faults: set[Reason]) -> Any:
    known = _FIELDS[shape]
    values = {
        name: _value(kind, fields[name], faults)
        for name, kind in known.items()
        if fields.get(name) is not None
    }
    return shape(**values)


def _value(kind: Kind, value: Any, faults: set[Reason]) -> Any:
    """One value by its kind: a struct, a list of structs, a map of values, or a reader."""
    if value is None:
        return None
    try:
        if isinstance(kind, type):
            return _struct(kind, _container(value, dict), faults)
        if isinstance(kind, list):
            return [_value(kind[0], item, faults) for item in _container(value, list)]
        if isinstance(kind, dict):
            entries = _container(value, dict).items()
            return {key: _value(kind[""], item, faults) for key, item in entries}
        return kind(value)
    except _BadTypeError:
        faults.add(Reason.bad_type)
    except _BadNumberError:
        faults.add(Reason.bad_number)
    return None


def _container(value: Any, wanted: type) -> Any:
    if isinstance(value, wanted):
        return value
    raise _BadTypeError
