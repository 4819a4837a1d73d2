"""Convert single values of a record: numbers, times, label values."""

import hashlib
import re
import unicodedata
from datetime import datetime, timedelta, timezone
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Any

CONTEXT = Context(prec=80, rounding=ROUND_HALF_EVEN)
CUTTING = Context(prec=80, rounding=ROUND_DOWN)
_PICO, _MICRO = Decimal("1e-12"), Decimal("1e-6")


class Invalid(Exception):
    """A line that counts nothing; the argument is the reason."""


class BadType(Exception):
    """A known field of another type."""


class BadNumber(Exception):
    """A number out of its range."""


_FLOAT = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))[eE]([+-]?)\d+\s*")


def far_decimal(literal: str) -> Decimal:
    """A decimal; an exponent beyond what Decimal takes becomes one that is far enough."""
    try:
        return Decimal(literal)
    except InvalidOperation:
        match = _FLOAT.fullmatch(literal)
        if match is None:
            raise
        return Decimal(f"{match[1]}e{match[2]}{10**17}")


def number(value: Any) -> Decimal:
    """A JSON number or numeric string."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise BadType
    if not isinstance(value, str):
        return Decimal(value)
    try:
        return far_decimal(value)
    except InvalidOperation:
        raise BadType from None


def limited(value: Any, limit: int) -> Decimal:
    """A finite number from 0 to a limit."""
    found = number(value)
    if not found.is_finite() or found < 0 or found > limit:
        raise BadNumber
    return found


def whole(value: Any) -> int:
    """A count of tokens or units."""
    found = number(value)
    if found.is_finite() and -(10**12) <= found <= 10**12 and found != int(found):
        raise BadType
    return int(limited(found, 10**12))


def money(value: Any) -> Decimal:
    """US dollars, rounded to 10^-12."""
    return limited(value, 10**6).quantize(_PICO, context=CONTEXT)


def seconds(value: Any) -> Decimal:
    """Seconds of a duration in milliseconds, rounded to a microsecond."""
    return CONTEXT.divide(
        limited(value, 7 * 86_400_000).quantize(Decimal("0.001"), context=CONTEXT), Decimal(1000)
    )


def rate(value: Any) -> Decimal:
    """Tokens a second, rounded to 10^-6."""
    return limited(value, 10**12).quantize(_MICRO, context=CONTEXT)


def ratio(tokens: int, duration: Decimal) -> Decimal:
    """Tokens over seconds, rounded to 10^-6."""
    scaled = tokens * 10**12
    micros = int(duration * 10**6)
    quotient, rest = divmod(scaled, micros)
    if rest * 2 > micros or (rest * 2 == micros and quotient % 2 == 1):
        quotient += 1
    return Decimal(quotient).scaleb(-6, context=CONTEXT)


def text(value: Any) -> str | None:
    """A string, None where it is blank."""
    if not isinstance(value, str):
        raise BadType
    return value if value.strip() else None


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise BadType
    return value


def status(value: Any) -> Any:
    """A status word or number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise BadType
    return value


_TIME = re.compile(
    r"(\d\d\d\d)-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])(\d\d):?(\d\d))?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - plain on purpose


def moment(value: Any) -> int:
    """Unix milliseconds; raises Invalid("bad_time")."""
    found = _moment(value)
    # 2000-01-01 up to the last millisecond of 2100.
    if found is None or not 946_684_800_000 <= found < 4_133_980_800_000:
        raise Invalid("bad_time")
    return found


def _moment(value: Any) -> int | None:
    if isinstance(value, str):
        match = _TIME.fullmatch(value)
        if match:
            return _calendar(*match.groups())
    try:
        found = number(value)
    except (BadType, BadNumber):
        return None
    if not found.is_finite() or not 0 <= found < 10**20:
        return None
    return int(found if found >= 10**11 else CUTTING.multiply(found, Decimal(1000)))


def _calendar(*parts: str | None) -> int | None:
    numbers = [int(part or 0) for part in parts[:6]]
    fraction, sign, hours, minutes = parts[6:]
    try:
        wall = datetime(*numbers, tzinfo=timezone.utc)  # type: ignore[misc,arg-type]  # noqa: UP017
    except ValueError:
        return None
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    since = wall - _EPOCH + (offset if sign == "-" else -offset)
    whole_ms = (since.days * 86_400 + since.seconds) * 1000
    return whole_ms + int(((fraction or "") + "000")[:3])


def label(value: str | None) -> str:
    """A safe label value."""
    if value is None or not value.strip():
        return "unknown"
    shown = "".join("_" if unicodedata.category(c) == "Cc" else c for c in value.strip())
    digest = hashlib.sha256(shown.encode()).hexdigest()
    if shown.startswith("sk-") or re.search("sk-(ai|ss|mg)-v1-", shown):
        return f"sha256:{digest[:12]}"
    return shown if len(shown) <= 128 else f"{shown[:128]}~{digest[:8]}"


def snake(value: str | None) -> str:
    """A compensation type in snake case."""
    if re.search("^sk-|sk-(ai|ss|mg)-v1-", (value or "").strip()):
        return label(value)
    split = re.sub("([a-z0-9])(?=[A-Z])", r"\1_", value or "").lower()
    return label("_".join(re.findall(r"[^\W_]+", split)))
