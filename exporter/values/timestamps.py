"""Parse RFC 3339 text, as loggers spell it, and Unix numbers to integer Unix milliseconds.

The rules are in docs/counting.md, "Time": fractions are truncated to milliseconds, not rounded.
Parsed parts are cached, since logs repeat minutes, and fractions with their offset.
"""

import re
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from typing import Final

from .fixed_point import Number, literal

_TEXT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?: ?([Zz]|[+-]\d\d(?::?\d\d)?))?",
    re.ASCII,
)
# A leap second, 60, is the first second of the next minute.
_SECONDS: Final = {f"{second:02d}": second * 1000 for second in range(61)}
_FRACTIONS: Final = {f"{mark}{ms:03d}": ms for mark in ".," for ms in range(1000)}
# Unix numbers from these on are milliseconds, microseconds, nanoseconds; smaller ones are seconds.
_MILLISECONDS_FROM: Final = 10**11
_MICROSECONDS_FROM: Final = 10**14
_NANOSECONDS_FROM: Final = 10**17
EARLIEST: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1000
LATEST: Final = int(datetime(2101, 1, 1, tzinfo=UTC).timestamp()) * 1000 - 1

_CUTTING: Final = Context(prec=60, rounding=ROUND_DOWN)
_THOUSAND: Final = Decimal(1000)

_LAST_MINUTE: Final = "23:59"
_SPACE: Final = " \t\r\n\v\f"

_CACHE_SIZE: Final = 4096
_minutes: Final[dict[str, int]] = {}
_tails: Final[dict[str, int]] = {}
_zones: Final[dict[str, int]] = {}


def parse(value: Number) -> int:
    """Return Unix milliseconds; raises ValueError unless it is a time from 2000 to 2100."""
    if isinstance(value, str):
        # The parts `2025-08-22T02:49:`, `18` and `.000+00:00` are looked up one by one.
        minute = _minutes.get(value[:17])
        second = _SECONDS.get(value[17:19])
        tail = _tails.get(value[19:])
        if minute is None or second is None:
            return _parse_text(value)
        if tail is None:
            # Finer fractions are too many to cache: drop the digits after the milliseconds.
            fraction = _FRACTIONS.get(value[19:23])
            offset = _zones.get(value[23:].lstrip("0123456789"))
            if fraction is None or offset is None:
                return _parse_text(value)
            tail = fraction + offset
        time_ms = minute + second + tail
    elif isinstance(value, int):
        time_ms = _whole(value)
    else:
        time_ms = _number(value if isinstance(value, Decimal) else literal(repr(value)))
    if EARLIEST <= time_ms <= LATEST:
        return time_ms
    raise ValueError("time out of range")


def _whole(number: int) -> int:
    if number < _MILLISECONDS_FROM:
        return number * 1000
    if number < _MICROSECONDS_FROM:
        return number
    return number // (1000 if number < _NANOSECONDS_FROM else 1_000_000)


def _number(number: Decimal) -> int:
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise ValueError("time out of range")
    if number < _MILLISECONDS_FROM:
        return int(_CUTTING.multiply(number, _THOUSAND))
    return _whole(int(number))


def _parse_text(text: str) -> int:
    match = _TEXT.fullmatch(text)
    if match is None:
        return _parse_rare(text)
    date, clock, second, fraction, zone = match.groups("")
    if clock > _LAST_MINUTE:
        raise ValueError("not a time")
    start = datetime.fromisoformat(f"{date}T{clock}:00+00:00")
    minute = int(start.timestamp()) * 1000
    time_ms = minute - _offset(zone)
    if second:
        if second not in _SECONDS:
            raise ValueError("not a time")
        ms = int((fraction + "000")[:3])
        _remember(_minutes, text[:17], minute)
        _remember(_zones, zone, time_ms - minute)
        if len(fraction) <= 3:
            _remember(_tails, text[19:], ms + time_ms - minute)
        time_ms += _SECONDS[second] + ms
    if EARLIEST <= time_ms <= LATEST:
        return time_ms
    raise ValueError("time out of range")


def _parse_rare(text: str) -> int:
    """Parse a time with white space around it, or a Unix number in quotes."""
    bare = text.strip(_SPACE)
    if bare != text:
        return parse(bare)
    try:
        return parse(literal(text))
    except InvalidOperation:
        raise ValueError("not a time") from None


def _offset(zone: str) -> int:
    if zone in ("", "Z", "z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:]) if len(zone) > 3 else 0
    if hours > 23 or minutes > 59:
        raise ValueError("not a time")
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes) * 60_000


def _remember(cache: dict[str, int], key: str, value: int) -> None:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    cache[key] = value
