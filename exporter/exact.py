"""Exact numbers: JSON numbers and numeric strings in, scaled integers out and back to decimals.

Money is integer pico-USD, durations integer microseconds, rates integer millionths a second. The
quick converters take the binary float of a literal and accept it only where rounding the float is
proven to equal rounding the literal; otherwise they raise `Doubtful` and the caller reads the line
again with exact decimals.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

MAX_COUNT = 10**12
MAX_USD = 10**6
MAX_MILLISECONDS = 7 * 86_400_000
MAX_RATE = 10**12

# A float below 1000 carries at most 2^-53 relative error, and so does its product with 10^12:
# together under 0.223 units. Within a quarter of an integer the literal rounds to that integer.
_USD_EXACT_BELOW = 1000.0
_RATE_EXACT_BELOW = 1e8
_MARGIN = 0.25

_ROUNDING = Context(prec=60, rounding=ROUND_HALF_EVEN)

Number = int | float | str | Decimal


class Doubtful(ValueError):
    """The quick reading can't prove that it is exact, or the value is invalid."""


def usd(value: Number) -> int:
    """US dollars, 0 to 10^6, as integer pico-USD, rounded half-even at 10^-12."""
    if value.__class__ is Decimal:
        return to_integer(value, 12)
    # `_near` written out: five amounts of every record come by here.
    number = float(value)
    if 0.0 <= number < _USD_EXACT_BELOW:
        scaled = number * 1e12
        whole = round(scaled)
        if -_MARGIN < scaled - whole < _MARGIN:
            return whole
    raise Doubtful


def microseconds(value: Number) -> int:
    """Milliseconds, 0 to 7 days, as integer microseconds, rounded half-even."""
    if value.__class__ is int:
        if 0 <= value <= MAX_MILLISECONDS:
            return value * 1000
        raise Doubtful
    if value.__class__ is Decimal:
        return to_integer(value, 3)
    return _near(float(value), 1e3, MAX_MILLISECONDS)


def micro_rate(value: Number) -> int:
    """A rate per second as integer millionths, rounded half-even."""
    if value.__class__ is Decimal:
        return to_integer(value, 6)
    return _near(float(value), 1e6, _RATE_EXACT_BELOW)


def _near(number: float, factor: float, limit: float) -> int:
    """The number times the factor where it is surely that integer; below the limit it can be."""
    scaled = number * factor
    if 0.0 <= number < limit:
        whole = round(scaled)
        if -_MARGIN < scaled - whole < _MARGIN:
            return whole
    raise Doubtful


def to_integer(value: Decimal, places: int) -> int:
    """The decimal times 10^places, rounded half-even; the caller has bounded its size."""
    return int(value.quantize(Decimal(1).scaleb(-places), context=_ROUNDING).scaleb(places))


def literal(text: str) -> Decimal:
    """The decimal that a number's text spells; infinity where even its exponent is too large.

    Raises `InvalidOperation` where the text is no number.
    """
    try:
        return Decimal(text)
    except InvalidOperation:
        mantissa, mark, exponent = text.lower().partition("e")
        if mark and exponent.lstrip("+-").isdigit():
            return Decimal(mantissa) * (0 if exponent.startswith("-") else Decimal("Infinity"))
        raise


def divide(numerator: int, denominator: int) -> int:
    """The quotient of two non-negative integers, rounded half-even."""
    quotient, rest = divmod(numerator, denominator)
    double = rest * 2
    if double > denominator or (double == denominator and quotient & 1):
        quotient += 1
    return quotient


def decimal_text(value: int, places: int) -> str:
    """An integer scaled by 10^places as an exact decimal without trailing zeros."""
    if places == 0:
        return str(value)
    digits = f"{value:0{places + 1}d}"
    fraction = digits[-places:].rstrip("0")
    return f"{digits[:-places]}.{fraction}" if fraction else digits[:-places]
