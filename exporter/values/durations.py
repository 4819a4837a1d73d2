"""Exact durations between two timestamps, which may be finer than milliseconds."""

import re
from decimal import Context, Decimal

from . import timestamps
from .fixed_point import Number, literal

_CONTEXT = Context(prec=60)
# Digits of a fractional second after the milliseconds.
_FINER = re.compile(r":[0-9]{2}[.,][0-9]{3}([0-9]+)", re.ASCII)
# The least Unix number in nano-, micro- and milliseconds and in seconds, with the power of ten
# that makes milliseconds of it.
_SCALES = ((Decimal(10**17), -6), (Decimal(10**14), -3), (Decimal(10**11), 0), (Decimal(0), 3))


def milliseconds_between(start: Number, end: Number) -> Decimal:
    """Return the milliseconds from one time to another; raises ValueError if one is invalid."""
    return _CONTEXT.subtract(_exact(end), _exact(start))


def _exact(value: Number) -> Decimal:
    """Return Unix milliseconds with their fraction."""
    whole = timestamps.parse(value)
    if isinstance(value, str):
        if ":" in value:
            finer = _FINER.search(value)
            return Decimal(f"{whole}.{finer[1]}" if finer else whole)
        value = literal(value)
    number = value if isinstance(value, Decimal) else literal(repr(value))
    places = next(places for least, places in _SCALES if number >= least)
    return number.scaleb(places, _CONTEXT)
