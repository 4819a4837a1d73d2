"""Read a time: RFC 3339 in the spellings of loggers, or a Unix number of any unit."""

import re
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, Context, Decimal
from typing import Any

from .numbers import BadNumber, BadType, number

_CUTTING = Context(prec=80, rounding=ROUND_DOWN)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - plain on purpose
_TIME = re.compile(
    r"(\d\d\d\d)-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"(?: ?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?))?",
    re.ASCII,
)
# Units of Unix numbers: the smallest number in the unit, and units per millisecond.
_UNITS = ((10**17, 10**6), (10**14, 10**3), (10**11, 1))
# From 2000-01-01 to the last millisecond of 2100.
_FIRST, _END = 946_684_800_000, 4_133_980_800_000


def moment(value: Any) -> int:
    """Return Unix milliseconds; raise BadType or BadNumber."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    found = _calendar(*match.groups()) if match else _unix(number(value))
    if not _FIRST <= found < _END:
        raise BadNumber
    return found


def is_moment(value: Any) -> bool:
    """Return True if a value can be read as a time."""
    try:
        moment(value)
    except (BadType, BadNumber):
        return False
    return True


def _unix(found: Decimal) -> int:
    if not found.is_finite() or not 0 <= found < 10**20:
        raise BadNumber
    for least, unit in _UNITS:
        if found >= least:
            return int(found) // unit
    return int(_CUTTING.multiply(found, Decimal(1000)))


def _calendar(*parts: str | None) -> int:
    year, month, day, hour, minute, second = (int(part or 0) for part in parts[:6])
    fraction, sign, hours, minutes = parts[6:]
    if second > 60 or int(hours or 0) > 23 or int(minutes or 0) > 59:
        raise BadNumber
    try:
        wall = datetime(year, month, day, hour, minute, tzinfo=timezone.utc)  # noqa: UP017
    except ValueError:
        raise BadNumber from None
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    since = wall - _EPOCH + (offset if sign == "-" else -offset) + timedelta(seconds=second)
    return (since.days * 86_400 + since.seconds) * 1000 + int(((fraction or "") + "000")[:3])
