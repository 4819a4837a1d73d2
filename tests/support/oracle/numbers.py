"""Read numbers: quantities, money, durations and rates, each with its limits."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

CONTEXT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_PICO, _MICRO, _MILLI = Decimal("1e-12"), Decimal("1e-6"), Decimal("1e-3")
_WEEK = 7 * 86_400_000
# A number in a text: ASCII digits, without underscores.
_LITERAL = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_FLOAT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))[eE]([+-]?)\d+\s*", re.ASCII)


class BadType(Exception):
    """A field has the wrong type."""


class BadNumber(Exception):
    """A number is out of range, or a text is not a number."""


def far_decimal(literal: str) -> Decimal:
    """Return a decimal; replace an exponent beyond Decimal's range by one that is far enough."""
    try:
        return Decimal(literal)
    except InvalidOperation:
        match = _FLOAT.fullmatch(literal)
        if match is None:
            raise
        return Decimal(f"{match[1]}e{match[2]}{10**17}")


def number(value: Any) -> Decimal:
    """Return a JSON number or a numeric text."""
    if isinstance(value, str) and _LITERAL.fullmatch(value):
        return far_decimal(value)
    if isinstance(value, str):
        raise BadNumber
    if not isinstance(value, Decimal):
        raise BadType
    return value


def _limited(value: Any, limit: int, step: Decimal) -> Decimal:
    found = number(value)
    if not found.is_finite() or found < 0 or found > limit:
        raise BadNumber
    return found.quantize(step, context=CONTEXT)


def quantity(value: Any) -> Decimal:
    """Return tokens or units, rounded to 10^-6."""
    return _limited(value, 10**12, _MICRO)


def money(value: Any) -> Decimal:
    """Return US dollars, rounded to 10^-12."""
    return _limited(value, 10**6, _PICO)


def seconds(value: Any) -> Decimal:
    """Return the seconds of a duration in milliseconds, rounded to a microsecond."""
    return CONTEXT.divide(_limited(value, _WEEK, _MILLI), Decimal(1000))


def rate(value: Any) -> Decimal:
    """Return tokens per second, rounded to 10^-6."""
    return _limited(value, 10**12, _MICRO)


def ratio(tokens: Decimal, duration: Decimal) -> Decimal:
    """Return tokens divided by seconds, rounded half-even to 10^-6."""
    numerator, denominator = int(tokens * 10**12), int(duration * 10**6)
    quotient, rest = divmod(numerator, denominator)
    if rest * 2 > denominator or (rest * 2 == denominator and quotient % 2 == 1):
        quotient += 1
    return Decimal(quotient).scaleb(-6, context=CONTEXT)
