"""Values of attributes: only those that can be a label, a number or an id are kept.

Prompts and answers are in attributes, too: long texts are left out, so that they neither fill the
memory nor go any further.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

# A label has 128 characters, an id 255; a longer text is content.
MAX_TEXT = 1024
# Elements of a list, and depth: finish reasons of several choices, tags of a user.
MAX_ELEMENTS = 64
MAX_DEPTH = 4
# The beginning of a long text is kept for these: it may hold an id or a model.
HEAD_LENGTH = 320
HEADS = frozenset({"output.value", "llm.invocation_parameters"})
_MOST_DIGITS = 20
# The names of the attributes to keep, None for all.
Wanted = frozenset[str] | None


def text_value(name: str, text: str) -> str | None:
    """Return the text to keep of an attribute; None if it is too long."""
    if name in HEADS:
        return text[:HEAD_LENGTH]
    return text if len(text) <= MAX_TEXT else None


def whole_number(value: object) -> int | None:
    """Return a 64-bit integer, which JSON may write as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isascii():
        digits = value.removeprefix("-")
        return int(value) if digits.isdigit() else None
    return None


def kept(values: Iterable[Any]) -> list[Any]:
    """Return the values to keep of a list: the first ones."""
    return list(islice(values, MAX_ELEMENTS))


def number_of(attributes: Mapping[str, Any], name: str) -> float | None:
    """Return the value of an attribute if it is a number, else None."""
    value = attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        # JSON has integers of any size.
        return None
