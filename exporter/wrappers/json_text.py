"""Decode a JSON object leniently: bad UTF-8 and lone surrogates become U+FFFD."""

import json
import re
from typing import Any

import msgspec

_LONE = re.compile("[\ud800-\udfff]")
_strict = msgspec.json.Decoder()


def decode_object(line: bytes) -> dict[str, Any] | None:
    """Return the object, None if the line is none."""
    try:
        value = _strict.decode(line)
    except (ValueError, RecursionError):
        value = _decode_leniently(line)
    return value if isinstance(value, dict) else None


def _decode_leniently(line: bytes) -> Any:
    try:
        return json.loads(line.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None


def encode_text(text: str) -> bytes:
    """Return a decoded string as UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text).encode()
