"""Read texts, and convert them to label values."""

import hashlib
import re
import unicodedata
from decimal import Decimal
from typing import Any

from .numbers import BadNumber, BadType


def text(value: Any) -> str | None:
    """Return a text, or a number as at most 64 digits; None if it is blank."""
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() >= 64:
            raise BadNumber
        return digits(value)
    if not isinstance(value, str):
        raise BadType
    return value if value.strip() else None


def digits(value: Decimal) -> str:
    """Return the digits of a number, without a fraction if whole, and zero without a sign."""
    if abs(value.adjusted()) > 5000 or value != value.to_integral_value():
        return str(value)
    return format(value or abs(value), "f").partition(".")[0]


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise BadType
    return value


def label(value: str | None) -> str:
    """Return a safe label value."""
    if value is None or not value.strip():
        return "unknown"
    shown = "".join("_" if unicodedata.category(c) == "Cc" else c for c in value.strip())
    if shown.lower().startswith("sk-"):
        return _hashed(shown)
    shown = _without_keys(shown)
    digest = hashlib.sha256(shown.encode()).hexdigest()
    return shown if len(shown) <= 128 else f"{shown[:128]}~{digest[:8]}"


def _hashed(key: str) -> str:
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()[:12]


def _without_keys(shown: str) -> str:
    """Hash keys within a longer text; generated texts contain no other secrets."""
    found, rest = "", shown
    while (at := _key_in(rest)) >= 0:
        end = at
        while end < len(rest) and not (rest[end].isspace() or rest[end] in _ENDS):
            end += 1
        found, rest = found + rest[:at] + _hashed(rest[at:end]), rest[end:]
        if not rest:
            break
    return found + rest


_ENDS = set("\"'`()[]{}<>,;/\\&|…")


def _key_in(shown: str) -> int:
    low = shown.lower()
    for at in range(len(low) - 3):
        before = low[at - 1 : at]
        alone = not (before.isascii() and before.isalnum())
        prefixes = _PREFIXES if alone else _PREFIXES[1:]
        for prefix in prefixes:
            after = low[at + len(prefix) :][:1]
            if low[at:].startswith(prefix) and after.strip() and after not in _ENDS:
                return at
    return -1


_PREFIXES = ("sk-", "sk-ai-v1-", "sk-ss-v1-", "sk-mg-v1-")


def snake(value: str | None) -> str:
    """Return a compensation type in snake case."""
    given = (value or "").strip()
    if given.lower().startswith("sk-") or _key_in(given) >= 0:
        return label(value)
    split = re.sub("([a-z0-9])(?=[A-Z])", r"\1_", value or "").lower()
    return label("_".join(re.findall(r"[^\W_]+", split)))
