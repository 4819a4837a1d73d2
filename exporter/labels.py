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
_CUT = re.compile(rf".{{{MAX_LENGTH}}}~[0-9a-f]{{8}}", re.DOTALL)
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
    # What was cut before stays as it is.
    if len(text) > MAX_LENGTH and not _CUT.fullmatch(text):
        return f"{text[:MAX_LENGTH]}~{_hash(text)[:8]}"
    return text


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def snake_case(text: str | None) -> str:
    """A type's name as label value: `HighLatency` and `high latency` become `high_latency`."""
    if text is not None and _SECRET.search(text.strip()):
        return clean(text)
    words = _SEPARATORS.sub("_", _CAMEL.sub("_", text or "").lower()).strip("_")
    return clean(words)
