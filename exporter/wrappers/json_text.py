"""Decode a JSON object leniently: bad UTF-8 and lone surrogates become U+FFFD."""

import json
import re
from typing import Any

import msgspec

_MAX_DIGITS = 64  # of an integer; no quantity has more
_LONE = re.compile("[\ud800-\udfff]")
_strict = msgspec.json.Decoder()


def decode_object(line: bytes) -> dict[str, Any] | None:
    """Return the object in a line, None if the line is not an object."""
    try:
        value = _strict.decode(line)
    except (ValueError, RecursionError):
        value = _decode_leniently(line)
    return value if isinstance(value, dict) else None


def _decode_leniently(line: bytes) -> Any:
    try:
        return json.loads(line.decode(errors="replace"), parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def storable(value: Any, depth: int) -> Any:
    """Return a decoded value that can be copied and encoded; deeper values become null."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return None
    if isinstance(value, list):
        return [storable(one, depth - 1) for one in value]
    return {storable(name, 0): storable(one, depth - 1) for name, one in value.items()}


def encode_text(text: str) -> bytes:
    """Encode a decoded string as UTF-8."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _LONE.sub("\ufffd", text).encode()
