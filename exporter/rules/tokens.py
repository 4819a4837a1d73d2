"""Split what a record reports of tokens into disjoint types, named as ZenMux's fee item codes.

Sources: ZenMux's documentation of fee items and protocols; docs/counting.md, "Tokens".
"""

from typing import Any, Final

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
    """Return `input` or `output` by token type, `other` for types that nobody knows."""
    if token_type.startswith("input_cache_"):
        return INPUT
    return DIRECTIONS.get(token_type, OTHER)


def quantities_of(line: Any) -> tuple[dict[str, int] | None, bool]:
    """Return what a line reports as used, by fee item code, and if a code is in no list.

    None if it reports nothing.
    """
    given: dict[str, Number | None] | None = line.quantities
    quantities: dict[str, int] | None = None
    has_unknown = False
    if given:
        quantities, has_unknown = fee_quantities(given)
    usage = line.usage
    if usage is not None:
        if quantities or (given and any(number is not None for number in given.values())):
            return quantities, has_unknown
        return usage_quantities(usage), False
    if line.input_tokens is None and line.output_tokens is None:
        return quantities, has_unknown
    if quantities is None:
        quantities = {}
    add_totals(quantities, line.input_tokens, line.output_tokens)
    return quantities, has_unknown


def usage_quantities(usage: Any) -> dict[str, int]:
    """Return the disjoint types of usage in a protocol's own terms."""
    quantities: dict[str, int] = {}
    parts = usage.prompt_parts
    if parts is None:
        _split(quantities, "prompt", usage.prompt, {})
    else:
        inside = {
            "input_cache_read": parts.cache_read or 0,
            "input_cache_write_5_min": parts.cache_write_5_min or 0,
            "input_cache_write_1_h": parts.cache_write_1_h or 0,
        }
        _split(quantities, "prompt", usage.prompt, inside)
    parts = usage.completion_parts
    inside = {} if parts is None else {"internal_reasoning": parts.reasoning or 0}
    _split(quantities, "completion", usage.completion, inside)
    return quantities


def _split(quantities: dict[str, int], name: str, total: int | None, parts: dict[str, int]) -> None:
    """Add a protocol's total and its parts as disjoint types.

    OpenAI's totals include the parts, Anthropic's do not: they are taken out where they fit.
    """
    whole = total or 0
    inside = sum(parts.values())
    rest = whole - inside if inside <= whole else whole
    if rest:
        quantities[name] = rest * MICRO
    quantities.update({part: number * MICRO for part, number in parts.items() if number})


def fee_quantities(given: dict[str, Number | None]) -> tuple[dict[str, int], bool]:
    """Return billed quantities in millionths, and if a code is in no list.

    They are without zeros and overlaps. Raises ValueError where only exact decimals can tell.
    """
    quantities: dict[str, int] = {}
    has_unknown = False
    for code, given_number in given.items():
        if given_number is None:
            continue
        number = given_number * MICRO if isinstance(given_number, int) else quantity(given_number)
        if number:
            if code in KNOWN_TYPES and code not in quantities:
                quantities[code] = number
                continue
            # Several codes may be one, once they are clean.
            name = clean(code)
            has_unknown |= name not in KNOWN_TYPES
            quantities[name] = quantities.get(name, 0) + number
    if "input_cache_write" in quantities:
        take_out_parts(quantities)
    return quantities, has_unknown


def take_out_parts(quantities: dict[str, int]) -> None:
    """Count of all cache writes only what exceeds those that are listed by their time."""
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
    """Give `prompt` and `completion` what totals have over the listed types of their direction."""
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
    """Return how many tokens the model wrote, in millionths."""
    total = 0
    for code in _OUTPUT_TYPES:
        total += quantities.get(code, 0)
    return total
