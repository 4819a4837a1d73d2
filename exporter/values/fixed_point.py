"""Convert JSON numbers and numeric strings to scaled integers, and those back to decimals.

Money is integer pico-USD, durations are integer microseconds, rates integer millionths a second,
quantities integer millionths of a token or unit.
The fast converters take the binary float of a literal and accept it only where rounding the float
is proven to equal rounding the literal. Otherwise they raise `Inexact`, and the caller reads the
line again with exact decimals.
"""

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any, Final

from ..errors import Fault, FieldError

# Decimal places of the scaled integers.
USD_PLACES: Final = 12
MILLISECOND_PLACES: Final = 3
RATE_PLACES: Final = 6
QUANTITY_PLACES: Final = 6
MICRO: Final = 10**QUANTITY_PLACES

MAX_COUNT: Final = 10**12
MAX_USD: Final = 10**6
MAX_MILLISECONDS: Final = 7 * 86_400_000
MAX_RATE: Final = 10**12

# A float up to 1000 carries at most 2^-53 relative error, and so does its product with 10^12:
# together under 0.223 units. Within a quarter of an integer the literal rounds to that integer.
_USD_EXACT_TO: Final = 1000.0
_RATE_EXACT_TO: Final = 1e8
_QUANTITY_EXACT_TO: Final = 1e9
_MARGIN: Final = 0.25

# Decimal and float would also take `1_000`, digits of other scripts and words such as `nan`.
_LITERAL: Final = re.compile(
    r"\s*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?)[0-9]+)?\s*", re.ASCII
)
_TINY: Final = Decimal("1e-99999999999")
_HUGE: Final = Decimal("Infinity")

_ROUNDING: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)

Number = int | float | str | Decimal


class Inexact(ValueError):
    """The fast path can't prove that it is exact, or the value is invalid."""


def usd(value: Number) -> int:
    """Return US dollars, 0 to 10^6, as integer pico-USD, rounded half-even at 10^-12."""
    # The most frequent types come first.
    if isinstance(value, float):
        return _near(value, 1e12, _USD_EXACT_TO)
    if isinstance(value, str):
        return _near(_float(value), 1e12, _USD_EXACT_TO)
    if isinstance(value, int):
        return _near(float(value), 1e12, _USD_EXACT_TO)
    return to_integer(value, USD_PLACES)


def microseconds(value: Number) -> int:
    """Return milliseconds, 0 to 7 days, as integer microseconds, rounded half-even."""
    if isinstance(value, int):
        if 0 <= value <= MAX_MILLISECONDS:
            return value * 1000
        raise Inexact
    if isinstance(value, float):
        return _near(value, 1e3, float(MAX_MILLISECONDS))
    if isinstance(value, str):
        return _near(_float(value), 1e3, float(MAX_MILLISECONDS))
    return to_integer(value, MILLISECOND_PLACES)


def micro_rate(value: Number) -> int:
    """Return a rate per second as integer millionths, rounded half-even."""
    if isinstance(value, str):
        return _near(_float(value), 1e6, _RATE_EXACT_TO)
    if isinstance(value, (float, int)):
        return _near(float(value), 1e6, _RATE_EXACT_TO)
    return to_integer(value, RATE_PLACES)


def quantity(value: Number) -> int:
    """Return tokens or units, 0 to 10^12, as integer millionths, rounded half-even."""
    if isinstance(value, int):
        if 0 <= value <= MAX_COUNT:
            return value * MICRO
        raise Inexact
    if isinstance(value, float):
        return _near(value, 1e6, _QUANTITY_EXACT_TO)
    if isinstance(value, str):
        return _near(_float(value), 1e6, _QUANTITY_EXACT_TO)
    return to_integer(value, QUANTITY_PLACES)


def _float(text: str) -> float:
    """Return the nearest float of a text; raises ValueError if only `literal` can parse it."""
    if "_" in text or not text.isascii():
        raise Inexact
    return float(text)


def _near(number: float, factor: float, limit: float) -> int:
    """Return number times factor as an integer; raise `Inexact` if rounding is in doubt."""
    if 0.0 < number <= limit:
        scaled = number * factor
        whole = int(scaled + 0.5)
        if -_MARGIN < scaled - whole < _MARGIN:
            return whole
    # A tiny negative literal becomes the float -0.0 and is invalid.
    elif number == 0.0 and math.copysign(1.0, number) > 0.0:
        return 0
    raise Inexact


def to_integer(value: Decimal, places: int) -> int:
    """Return the decimal times 10^places, rounded half-even; the caller has bounded its size."""
    return int(value.quantize(Decimal(1).scaleb(-places), context=_ROUNDING).scaleb(places))


def literal(text: str) -> Decimal:
    """Return the decimal that a text spells, whatever its exponent.

    Surrounding white space is ignored. A number that is too large becomes infinity, one that is
    too close to 0 a tiny decimal. Raises `InvalidOperation` if the text is not a number.
    """
    match = _LITERAL.fullmatch(text)
    if match is None:
        raise InvalidOperation
    try:
        return Decimal(match[0])
    except InvalidOperation:
        # The exponent is out of Decimal's range.
        number = Decimal(match[1])
        return (_TINY if match[2] == "-" else _HUGE).copy_sign(number) if number else number


def number_within(value: Any, limit: int) -> Decimal:
    """Return an exact JSON number or numeric text from 0 to a limit; raises `FieldError`."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise FieldError(Fault.bad_type)
    try:
        number = literal(value) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        raise FieldError(Fault.bad_number) from None
    if not number.is_finite() or number < 0 or number > limit:
        raise FieldError(Fault.bad_number)
    return number


def divide(numerator: int, denominator: int) -> int:
    """Return the quotient of two non-negative integers, rounded half-even."""
    quotient = numerator // denominator
    double = (numerator - quotient * denominator) * 2
    if double > denominator or (double == denominator and quotient & 1):
        quotient += 1
    return quotient


def decimal_text(value: int, places: int) -> str:
    """Return an integer scaled by 10^places as an exact decimal without trailing zeros."""
    if places == 0:
        return str(value)
    digits = f"{value:0{places + 1}d}"
    fraction = digits[-places:].rstrip("0")
    return f"{digits[:-places]}.{fraction}" if fraction else digits[:-places]
