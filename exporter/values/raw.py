"""JSON that the typed decoder left undecoded, or can't decode."""

import re
from typing import Any, Final

import msgspec

from .fixed_point import literal

# Numbers are exact: int or Decimal.
decode_exactly: Final = msgspec.json.Decoder(float_hook=literal).decode
# An escape of a JSON text; its group is set if it is half of a surrogate pair, alone.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def decoded(value: Any) -> Any:
    """Return the exact value of undecoded JSON; a decoded value as it is.

    Raises ValueError (or RecursionError) where only the strict path can read it.
    """
    return decode_exactly(value) if isinstance(value, msgspec.Raw) else value


def whole_pairs(text: bytes) -> bytes:
    """Return a JSON text with U+FFFD for half of a surrogate pair: no decoder takes that."""
    return _ESCAPE.sub(_whole, text) if b"\\u" in text else text


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape[1] else escape[0]
