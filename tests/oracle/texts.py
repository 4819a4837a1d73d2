"""Read texts, and make label values of them."""

import hashlib
import re
import unicodedata
from decimal import Decimal
from typing import Any

from .numbers import BadNumber, BadType


def text(value: Any) -> str | None:
    """Return a text, or a number as its digits, at most 64; None where it is blank."""
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() >= 64:
            raise BadNumber
        return digits(value)
    if not isinstance(value, str):
        raise BadType
    return value if value.strip() else None


def digits(value: Decimal) -> str:
    """Return a number as its digits, whole ones without a fraction; zero has no sign."""
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
    digest = hashlib.sha256(shown.encode()).hexdigest()
    if shown.startswith("sk-") or re.search("sk-(ai|ss|mg)-v1-", shown):
        return f"sha256:{digest[:12]}"
    return shown if len(shown) <= 128 else f"{shown[:128]}~{digest[:8]}"


def snake(value: str | None) -> str:
    """Return a compensation type in snake case."""
    if re.search("^sk-|sk-(ai|ss|mg)-v1-", (value or "").strip()):
        return label(value)
    split = re.sub("([a-z0-9])(?=[A-Z])", r"\1_", value or "").lower()
    return label("_".join(re.findall(r"[^\W_]+", split)))
