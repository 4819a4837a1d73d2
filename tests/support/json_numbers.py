"""JSON with numbers whose exact digits are preserved."""

import json
from typing import Any


class Number(str):
    """A number that is written into the JSON literally."""

    __slots__ = ()


def encode(value: Any) -> bytes:
    """Return JSON with the exact digits of `Number`s."""
    marks: list[str] = []

    def mark(part: Any) -> Any:
        if isinstance(part, Number):
            marks.append(str(part))
            return f"\ue000{len(marks) - 1}\ue000"
        if isinstance(part, dict):
            return {name: mark(inner) for name, inner in part.items()}
        return [mark(inner) for inner in part] if isinstance(part, list) else part

    text = json.dumps(mark(value), ensure_ascii=False)
    for number, digits in enumerate(marks):
        text = text.replace(f'"\ue000{number}\ue000"', digits)
    return text.encode()


def escaped(text: bytes) -> bytes:
    """Escape all non-ASCII characters in JSON."""
    return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in text.decode()).encode()
