"""Parse RFC 3339 text and Unix numbers to integer Unix milliseconds.

The rules are in docs/counting.md, "Time": fractions are cut, not rounded, at milliseconds. Logs
repeat their minutes, and their fractions with offset, so the parsed parts are cached.
"""

import re
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal, InvalidOperation
from typing import Final

from .fixed_point import literal

_TEXT: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:)(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII
)
_SECONDS: Final = {f"{second:02d}": second * 1000 for second in range(60)}
_FRACTIONS: Final = {f".{ms:03d}": ms for ms in range(1000)}
_MILLISECONDS_FROM: Final = 10**11
EARLIEST: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1000
LATEST: Final = int(datetime(2101, 1, 1, tzinfo=UTC).timestamp()) * 1000 - 1

_CUTTING: Final = Context(prec=60, rounding=ROUND_DOWN)
_THOUSAND: Final = Decimal(1000)

_CACHE_SIZE: Final = 4096
_minutes: Final[dict[str, int]] = {}
_tails: Final[dict[str, int]] = {}


def parse(value: str | float | Decimal) -> int:
    """Return Unix milliseconds; raises ValueError if it is no time from 2000 to 2100."""
    if isinstance(value, str):
        # The parts `2025-08-22T02:49:`, `18` and `.000+00:00` are looked up one by one.
        minute = _minutes.get(value[:17])
        second = _SECONDS.get(value[17:19])
        tail = _tails.get(value[19:])
        if minute is None or second is None:
            return _parse_text(value)
        if tail is None:
            # Fractions finer than milliseconds are too many to cache: cut the digits after them.
            fraction = _FRACTIONS.get(value[19:23])
            offset = _tails.get(value[23:].lstrip("0123456789"))
            if fraction is None or offset is None:
                return _parse_text(value)
            tail = fraction + offset
        time_ms = minute + second + tail
    else:
        time_ms = _number(Decimal(value) if not isinstance(value, float) else literal(repr(value)))
    if EARLIEST <= time_ms <= LATEST:
        return time_ms
    raise ValueError("time out of range")


def _number(number: Decimal) -> int:
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise ValueError("time out of range")
    return int(number if number >= _MILLISECONDS_FROM else _CUTTING.multiply(number, _THOUSAND))


def _parse_text(text: str) -> int:
    match = _TEXT.fullmatch(text)
    if match is None:
        try:
            return parse(literal(text))
        except InvalidOperation:
            raise ValueError("not a time") from None
    date, clock, second, fraction, zone = match.groups("")
    start = datetime.fromisoformat(f"{date}T{clock}00+00:00")
    minute = int(start.timestamp()) * 1000
    if second not in _SECONDS:
        raise ValueError("not a time")
    offset = _offset(zone)
    tail = int((fraction + "000")[:3]) - offset
    _remember(_minutes, text[:17], minute)
    _remember(_tails, zone, -offset)
    if len(fraction) <= 3:
        _remember(_tails, text[19:], tail)
    time_ms = minute + _SECONDS[second] + tail
    if EARLIEST <= time_ms <= LATEST:
        return time_ms
    raise ValueError("time out of range")


def _offset(zone: str) -> int:
    if zone in ("", "Z", "z"):
        return 0
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError("not a time")
    return (-1 if zone[0] == "-" else 1) * (hours * 60 + minutes) * 60_000


def _remember(cache: dict[str, int], key: str, value: int) -> None:
    if len(cache) >= _CACHE_SIZE:
        cache.clear()
    cache[key] = value
