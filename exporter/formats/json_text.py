"""Decode a JSON text exactly, whatever is in fields that nobody reads.

The typed decoder skips such fields without a close look. They must not matter here either: NaN
and infinity, numbers of any size, any depth, bytes that are not UTF-8 and halves of surrogate
pairs (both become U+FFFD).
"""

import json
import re
from decimal import Decimal
from typing import Any

from ..errors import Reason, Rejected
from ..values.fixed_point import literal
from ..values.raw import decode_exactly, whole_pairs

_BOM = b"\xef\xbb\xbf"
# A string, or a bracket outside of one.
_TOKEN = re.compile(rb'"(?:[^"\\]+|\\.)*+"|[][{}]', re.DOTALL)
_PAIRS = {b"]": b"[", b"}": b"{"}
# No field that is read is deeper; the decoders' own limit is some hundreds.
_MAX_DEPTH = 64


def parse_text(line: bytes) -> Any:
    """Return the JSON value of a non-blank text; raises `Rejected`.

    Numbers are int or Decimal; NaN and infinity are Decimal too.
    """
    text = line.removeprefix(_BOM).strip(b" \t\r\n\v\f")
    reason = Reason.not_json
    try:
        text.decode()
    except UnicodeDecodeError:
        text = text.decode(errors="replace").encode()
        reason = Reason.not_utf8
    try:
        return _decode_any(whole_pairs(text))
    except (ValueError, ArithmeticError, RecursionError):
        raise Rejected(reason) from None


def _decode_any(text: bytes) -> Any:
    try:
        return decode_exactly(text)
    except RecursionError:
        return _decode_any(_without_depths(text))
    except ValueError:
        pass
    try:
        # As decimals, integers of thousands of digits are cheap.
        return json.loads(text, parse_int=literal, parse_float=literal, parse_constant=Decimal)
    except RecursionError:
        return _decode_any(_without_depths(text))


def _without_depths(text: bytes) -> bytes:
    """Return the text with null for values that are too deep; raises ValueError."""
    kept: list[bytes] = []
    opened: list[bytes] = []
    start = 0
    for token in _TOKEN.finditer(text):
        bracket = token[0]
        if bracket in {b"[", b"{"}:
            opened.append(bracket)
            if len(opened) == _MAX_DEPTH:
                kept.append(text[start : token.start()])
        elif bracket in _PAIRS:
            if not opened or opened.pop() != _PAIRS[bracket]:
                raise ValueError("brackets do not match")
            if len(opened) == _MAX_DEPTH - 1:
                kept.append(b"null")
                start = token.end()
    if opened:
        raise ValueError("brackets are not closed")
    kept.append(text[start:])
    return b"".join(kept)
