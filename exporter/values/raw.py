"""JSON values that the typed decoder left undecoded."""

from typing import Any, Final

import msgspec

from .fixed_point import literal

# Numbers are exact: int or Decimal.
decode_exactly: Final = msgspec.json.Decoder(float_hook=literal).decode


def decoded(value: Any) -> Any:
    """Return the exact value of undecoded JSON; a decoded value as it is.

    Raises ValueError (or RecursionError) where only the strict path can read it.
    """
    return decode_exactly(value) if isinstance(value, msgspec.Raw) else value
