"""Turn any text of a record into a safe label value of limited length.

A key secret must never become a label value: anything shaped like one is replaced by a hash.
"""

import hashlib
import re
from typing import Final

from .masking import KEY_PREFIX
from .texts import CONTROL

UNKNOWN: Final = "unknown"
OTHER: Final = "other"
MAX_LENGTH: Final = 128

_SECRET: Final = re.compile(rf"^sk-|{KEY_PREFIX}")
_CUT: Final = re.compile(rf".{{{MAX_LENGTH}}}~[0-9a-f]{{8}}", re.DOTALL)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS: Final = re.compile(r"[\W_]+")


def clean(text: str | None) -> str:
    """Return the label value of a text: trimmed, no secret, at most 137 characters."""
    if text is None:
        return UNKNOWN
    text = CONTROL.sub("_", text.strip())
    if not text:
        return UNKNOWN
    if _SECRET.search(text):
        return "sha256:" + _hash(text)[:12]
    # A value that was cut before is not cut again.
    if len(text) > MAX_LENGTH and not _CUT.fullmatch(text):
        return f"{text[:MAX_LENGTH]}~{_hash(text)[:8]}"
    return text


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
    if text is not None and _SECRET.search(text.strip()):
        return clean(text)
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", text or "").lower()).strip("_")
    return clean(words)
