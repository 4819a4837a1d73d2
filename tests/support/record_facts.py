"""Convert records to plain values for comparisons."""

from typing import Any


def facts(value: Any) -> object:
    """Return a record and its parts as plain values."""
    if type(value).__name__ not in {"Record", "Bill", "Compensation"}:
        return value
    names = [name for name in dir(type(value)) if not name.startswith("_")]
    found = {name: getattr(value, name) for name in names}
    return {name: facts(one) for name, one in found.items() if not callable(one)}


def beside_nan(line: bytes) -> bytes:
    """Return an object with an additional unread field, so that no fast path accepts it."""
    head, brace, rest = line.partition(b"{")
    if head.strip() or not brace or rest.lstrip().startswith(b"}"):
        return line
    return head + b'{"unread": NaN,' + rest
