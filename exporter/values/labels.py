"""Turn any text of a record into a safe label value of limited length.

Text that looks like a secret is masked, so that no secret becomes a label value.
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


# Label values of this many short texts are cached, in a few megabytes at most.
_REMEMBERED: Final = 4096
_REMEMBERED_LENGTH: Final = 256
# Only this many characters are searched for secrets; the first 128 are shown.
_LOOKED_AT: Final = 4096


def clean(text: str | None) -> str:
    """Return the label value of a text: trimmed, no secret, at most 137 characters."""
    if text is None:
        return UNKNOWN
    return _remembered(text) if len(text) <= _REMEMBERED_LENGTH else _clean(text)


def shown_id(text: str) -> str:
    """Return the label value of an id; ids that differ only in control characters stay distinct."""
    shown = clean(text)
    return f"{shown}~{_hash(text)[:8]}" if CONTROL.search(text) else shown


def _clean(text: str) -> str:
    text = text.strip()
    if CONTROL.search(text):
        # Mask first: some secrets are recognized by the white space in them.
        text = CONTROL.sub("_", text if begins_as_key(text) else _masked(text))
    if not text:
        return UNKNOWN
    text = _masked(text)
    # A value that was truncated before is not truncated again.
    if len(text) > MAX_LENGTH and not _CUT.fullmatch(text):
        return f"{text[:MAX_LENGTH]}~{_hash(text)[:8]}"
    return text


def _masked(text: str) -> str:
    if len(text) <= _LOOKED_AT or begins_as_key(text):
        return masked_value(text)
    # Don't search the part that is cut off: a line may be long and full of secrets.
    head = masked(text[:_LOOKED_AT])
    # A head that shrank this much held a long secret, whose rest would now be shown.
    return head + text[_LOOKED_AT:] if len(head) >= _LOOKED_AT // 2 else hashed(text)


# Cached because unlisted fee items are cleaned for every record.
_remembered: Final = lru_cache(_REMEMBERED)(_clean)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_blank(text: str) -> bool:
    """Return True if a text is empty or white space."""
    # Nearly all texts begin with printable ASCII, which two comparisons detect.
    if "!" <= text < "\x7f":
        return False
    return not text or text.isspace()


def snake_case(text: str | None) -> str:
    """Return the label value of a type: `HighLatency` and `high latency` give `high_latency`."""
    # Mask before lowercasing: secrets are recognized by their capitals and hyphens.
    given = (text or "").strip()
    if _masked(given) != given:
        return clean(text)
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", text or "").lower()).strip("_")
    return clean(words)
