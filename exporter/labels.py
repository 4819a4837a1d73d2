"""Label values: whatever text a record carries in, safe and bounded label values out.

No key secret may ever become a label value: anything shaped like one is shown as a hash.
"""

import hashlib
import re

UNKNOWN = "unknown"
OTHER = "other"
MAX_LENGTH = 128

# Category Cc: C0, DEL and C1.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SECRET = re.compile(r"^sk-|sk-(?:ai|ss|mg)-v1-")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[\W_]+")


def clean(text: str | None) -> str:
    """The label value for a text: trimmed, printable, no secret, at most 137 characters."""
    if text is None:
        return UNKNOWN
    text = _CONTROL.sub("_", text.strip())
    if not text:
        return UNKNOWN
    if _SECRET.search(text):
        return "sha256:" + _hash(text)[:12]
    if len(text) > MAX_LENGTH:
        return f"{text[:MAX_LENGTH]}~{_hash(text)[:8]}"
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def snake_case(text: str | None) -> str:
    """A type's name as label value: `HighLatency` and `high latency` become `high_latency`."""
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", text or "").lower()).strip("_")
    return clean(words)
