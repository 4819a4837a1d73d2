"""Read a line with exact decimals, and name the first rule that a bad line breaks.

A line comes here if the fast path could not take it: odd but valid spellings (`"120"` for a number,
`12.0`, a 20-digit amount) leave as lines of the same class with exact values.
"""

import json
import re
from typing import Any

import msgspec

from ..errors import Reason, Rejected
from ..rules.record import EVENT
from ..values.fixed_point import literal
from .fields import TIME, FieldError
from .registry import schema_of
from .schema import Schema, read_strictly

_BOM = b"\xef\xbb\xbf"
# An escape of a JSON text; its group is set if it is half of a surrogate pair, alone.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)

_any = msgspec.json.Decoder(float_hook=literal)


def parse_object(line: bytes) -> dict[str, Any] | None:
    """Return the JSON object of a line, None if it is blank; raises `Rejected`."""
    try:
        line.decode()
    except UnicodeDecodeError:
        raise Rejected(Reason.not_utf8) from None
    line = line.removeprefix(_BOM).strip(b" \t\r\n\v\f")
    if not line:
        return None
    if b"\\u" in line:
        line = _ESCAPE.sub(_whole, line)
    try:
        value = _decode(line)
    except (RecursionError, ValueError, ArithmeticError):
        raise Rejected(Reason.not_json) from None
    if not isinstance(value, dict):
        raise Rejected(Reason.not_object)
    return value


def _whole(escape: re.Match[bytes]) -> bytes:
    """Return an escape, or that of U+FFFD for half of a pair: nothing that stores text holds it."""
    return rb"\ufffd" if escape[1] else escape[0]


def _decode(line: bytes) -> Any:
    try:
        return _any.decode(line)
    except msgspec.ValidationError:
        # Well-formed, but with an integer of thousands of digits; as a decimal it costs nothing.
        return json.loads(line, parse_int=literal, parse_float=literal, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def read_line(fields: dict[str, Any]) -> Any:
    """Return the line of an object with exact values; raises `Rejected` with the first rule."""
    schema = schema_of(fields)
    is_event = EVENT in schema.values(fields, "event")
    _check_times(schema, fields, is_event)
    if not is_event and all(_is_blank(text) for text in schema.values(fields, "model")):
        raise Rejected(Reason.missing_model)
    faults: set[Reason] = set()
    line = read_strictly(schema.root, fields, faults)
    for reason in (Reason.bad_type, Reason.bad_number):
        if reason in faults:
            raise Rejected(reason)
    if is_event and (line.compensation is None or line.compensation.payout is None):
        raise Rejected(Reason.missing_payout)
    return line


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _check_times(schema: Schema, fields: dict[str, Any], is_event: bool) -> None:
    """Check the request's time and the payout's; an event with an id needs none."""
    times = schema.values(fields, "time")
    if times:
        _check(times[0])
    else:
        ids = schema.values(fields, "id")
        if not (is_event and any(isinstance(one, str) and not _is_blank(one) for one in ids)):
            raise Rejected(Reason.missing_time)
    for time in schema.values(fields, "compensation.paid_at"):
        _check(time)


def _check(value: Any) -> None:
    try:
        TIME.read(value)
    except FieldError as error:
        raise Rejected(error.reason) from None
