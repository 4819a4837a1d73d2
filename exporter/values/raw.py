"""JSON that the typed decoder left undecoded, or can't decode."""

import re
from typing import Any, Final

import msgspec

from .fixed_point import literal

# Numbers are exact: int or Decimal.
decode_exactly: Final = msgspec.json.Decoder(float_hook=literal).decode
# An escape in a JSON text; its group is set for a lone surrogate.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def decoded(value: Any) -> Any:
    """Decode raw JSON exactly; return a decoded value unchanged.

    Raises ValueError or RecursionError if only the strict path can read it.
    """
    return decode_exactly(value) if isinstance(value, msgspec.Raw) else value


def whole_pairs(text: bytes) -> bytes:
    """Replace lone surrogates in a JSON text with U+FFFD: no decoder accepts them."""
    return _ESCAPE.sub(_whole, text) if b"\\u" in text else text


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape[1] else escape[0]
