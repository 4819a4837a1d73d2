"""The fields of formats: their path, canonical name, type and limits.

A format is a table of these rows. The typed decoder, the strict reader that ignores invalid
fields, the fields that a configuration can map, and the documentation are made from the table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from ..errors import Fault, FieldError
from ..values import timestamps
from ..values.fixed_point import MAX_COUNT, MAX_MILLISECONDS, MAX_RATE, MAX_USD, number_within

# A number with more digits before its point is not accepted as text.
_MAX_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of field.

    `annotation`: the types that the typed decoder accepts; all others are left to `read`, which
    gets the exact JSON value (numbers as int or Decimal) and returns it checked, or raises
    `FieldError`.
    """

    name: str
    annotation: Any
    read: Callable[[Any], Any]
    limits: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a format.

    `path`: its path in the JSON object; `[]` marks the elements of an array, `[0]` only the first
    one, `*` the values of an object with any keys. `name`: its canonical name, as deep as the path.
    If several fields have one name, the first that is present wins. `meaning`: for the
    documentation; given once for each name. `required`: unless the record is an event.
    `is_alias`: another spelling, which a mapping does not need.
    """

    path: str
    name: str
    kind: Kind
    meaning: str = ""
    required: bool = False
    is_alias: bool = False


def _text(value: Any) -> str:
    """Return text; a number becomes its digits, `12.0` becomes `12`."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise FieldError(Fault.bad_type)
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= _MAX_DIGITS:
        raise FieldError(Fault.bad_number)
    return str(int(number)) if number == number.to_integral_value() else str(number)


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise FieldError(Fault.bad_type)


def _within(limit: int) -> Callable[[Any], Decimal]:
    return lambda value: number_within(value, limit)


def _status(value: Any) -> Any:
    """Check a status and return it unchanged: rules distinguish words from numbers."""
    _text(value)
    return value


def _time(value: Any) -> Any:
    """Check a time and return it unchanged: rules convert it to milliseconds."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise FieldError(Fault.bad_type)
    try:
        timestamps.parse(value)
    except ValueError:
        raise FieldError(Fault.bad_number) from None
    return value


def _as_it_stands(value: Any) -> Any:
    return value


def _bounded(limit: int) -> Any:
    bounds = msgspec.Meta(ge=0, le=limit)
    return Annotated[int, bounds] | Annotated[float, bounds] | str


TEXT = Kind("string", str, _text)
FLAG = Kind("boolean", bool, _flag)
QUANTITY = Kind(
    "quantity", Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)], _within(MAX_COUNT), "0 to 10¹²"
)
MONEY = Kind("amount", _bounded(MAX_USD), _within(MAX_USD), "US dollars, 0 to 10⁶")
MILLISECONDS = Kind(
    "duration", _bounded(MAX_MILLISECONDS), _within(MAX_MILLISECONDS), "milliseconds, 0 to 7 days"
)
RATE = Kind("rate", _bounded(MAX_RATE), _within(MAX_RATE), "per second, 0 to 10¹²")
TIME = Kind("time", int | float | str, _time, "RFC 3339 string or Unix number, 2000 to 2100")
STATUS = Kind("status", int | float | str, _status, "a word or an HTTP status")
# Left undecoded until a rule needs them, which then reports their faults.
USAGE = Kind("usage", msgspec.Raw, _as_it_stands, "an object as in one of the protocols")
USAGE_OR_AMOUNT = Kind(
    "usage or amount", msgspec.Raw, _as_it_stands, "an object, or a number: the bill"
)
ERROR = Kind("error", msgspec.Raw, _as_it_stands, "an object, a string, or true")
# So rare that only the strict path reads it, which keeps the fast path fast.
PART = Kind("part of usage", type(None), _as_it_stands, "as in `usage`")
