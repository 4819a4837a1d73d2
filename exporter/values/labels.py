"""Turn any text of a record into a safe label value of limited length.

A secret must never become a label value: what is shaped like one is masked.
"""

import hashlib
import re
from functools import lru_cache
from typing import Final

from .masking import begins_as_key, hashed, masked, masked_value
from .texts import CONTROL

UNKNOWN: Final = "unknown"
OTHER: Final = "other"
MAX_LENGTH: Final = 128

_CUT: Final = re.compile(rf".{{{MAX_LENGTH}}}~[0-9a-f]{{8}}", re.DOTALL)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS: Final = re.compile(r"[\W_]+")


# Texts of which the label value is remembered: some megabytes at most.
_REMEMBERED: Final = 4096
_REMEMBERED_LENGTH: Final = 256
# Secrets are looked for in so much of a text, of which the first 128 characters are shown.
_LOOKED_AT: Final = 4096


def clean(text: str | None) -> str:
    """Return the label value of a text: trimmed, no secret, at most 137 characters."""
    if text is None:
        return UNKNOWN
    return _remembered(text) if len(text) <= _REMEMBERED_LENGTH else _clean(text)


def shown_id(text: str) -> str:
    """Return the label value of an id; two that differ only in control characters stay apart."""
    shown = clean(text)
    return f"{shown}~{_hash(text)[:8]}" if CONTROL.search(text) else shown


def _clean(text: str) -> str:
    text = text.strip()
    if CONTROL.search(text):
        # Before: white space is what some secrets are told by.
        text = CONTROL.sub("_", text if begins_as_key(text) else _masked(text))
    if not text:
        return UNKNOWN
    text = _masked(text)
    # A value that was cut before is not cut again.
    if len(text) > MAX_LENGTH and not _CUT.fullmatch(text):
        return f"{text[:MAX_LENGTH]}~{_hash(text)[:8]}"
    return text


def _masked(text: str) -> str:
    if len(text) <= _LOOKED_AT or begins_as_key(text):
        return masked_value(text)
    # What is cut off need not be looked through: a line may be long, and full of secrets.
    head = masked(text[:_LOOKED_AT])
    # Where a long secret was masked, what follows may be its rest, and would be shown.
    return head + text[_LOOKED_AT:] if len(head) >= _LOOKED_AT // 2 else hashed(text)


# Fee items that no list has are made values at each record.
_remembered: Final = lru_cache(_REMEMBERED)(_clean)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_blank(text: str) -> bool:
    """Return True if a text is empty or white space."""
    # Nearly all begin with a printable ASCII character: two comparisons tell.
    if "!" <= text < "\x7f":
        return False
    return not text or text.isspace()


def snake_case(text: str | None) -> str:
    """Return the label value of a type: `HighLatency` and `high latency` give `high_latency`."""
    # Its capitals and hyphens are what a secret is told by.
    given = (text or "").strip()
    if _masked(given) != given:
        return clean(text)
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", text or "").lower()).strip("_")
    return clean(words)
