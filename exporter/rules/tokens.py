"""Split a record's token counts into disjoint types, named like ZenMux's fee item codes.

Sources: ZenMux's documentation of fee items and protocols; docs/counting.md, "Tokens".
"""

from typing import Final

from ..values.fixed_point import MICRO, Number, quantity
from ..values.labels import clean

INPUT: Final = "input"
OUTPUT: Final = "output"
OTHER: Final = "other"

DIRECTIONS: Final = {
    "completion": OUTPUT,
    "internal_reasoning": OUTPUT,
    "audio": OUTPUT,
    "prompt": INPUT,
    "input_cache_read": INPUT,
    "input_cache_write": INPUT,
    "input_cache_write_5_min": INPUT,
    "input_cache_write_1_h": INPUT,
    "audio_input": INPUT,
    "audio_cache_read": INPUT,
}
_OUTPUT_TYPES: Final = [code for code, way in DIRECTIONS.items() if way == OUTPUT]
UNITS: Final = frozenset({"request", "image", "web_search", "second"})
KNOWN_TYPES: Final = frozenset(DIRECTIONS) | UNITS | {"video", "audio_and_video"}


def direction(token_type: str) -> str:
    """Return `input` or `output` by token type, `other` for unknown types."""
    if token_type.startswith("input_cache_"):
        return INPUT
    return DIRECTIONS.get(token_type, OTHER)


def fee_quantities(given: dict[str, Number | None]) -> tuple[dict[str, int], bool]:
    """Return billed quantities in millionths, and True if a code is unknown.

    They have no zeros and no overlaps. Raises ValueError if exact decimals are needed.
    """
    quantities: dict[str, int] = {}
    is_any_cleaned = has_unknown = False
    for code, given_number in given.items():
        if given_number is None:
            continue
        number = given_number * MICRO if isinstance(given_number, int) else quantity(given_number)
        if number:
            # Several codes may be the same once they are cleaned.
            if code in KNOWN_TYPES and not (is_any_cleaned and code in quantities):
                quantities[code] = number
                continue
            is_any_cleaned = True
            name = clean(code)
            has_unknown |= name not in KNOWN_TYPES
            quantities[name] = quantities.get(name, 0) + number
    if "input_cache_write" in quantities:
        take_out_parts(quantities)
    return quantities, has_unknown


def take_out_parts(quantities: dict[str, int]) -> None:
    """Subtract the cache writes that are listed by lifetime from `input_cache_write`."""
    rest = (
        quantities["input_cache_write"]
        - quantities.get("input_cache_write_5_min", 0)
        - quantities.get("input_cache_write_1_h", 0)
    )
    if rest > 0:
        quantities["input_cache_write"] = rest
    else:
        del quantities["input_cache_write"]


def add_totals(
    quantities: dict[str, int], total_in: Number | None, total_out: Number | None
) -> None:
    """Add the excess of the totals over their direction's types to `prompt` and `completion`."""
    if total_in is not None:
        _add_rest(quantities, "prompt", quantity(total_in))
    if total_out is not None:
        _add_rest(quantities, "completion", quantity(total_out))


def _add_rest(quantities: dict[str, int], name: str, total: int) -> None:
    way = direction(name)
    listed = 0
    for code, number in quantities.items():
        if direction(code) == way:
            listed += number
    if total > listed:
        quantities[name] = quantities.get(name, 0) + total - listed


def output_tokens(quantities: dict[str, int]) -> int:
    """Return the number of tokens that the model wrote, in millionths."""
    total = 0
    for code in _OUTPUT_TYPES:
        total += quantities.get(code, 0)
    return total
