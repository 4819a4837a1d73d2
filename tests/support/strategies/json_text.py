"""JSON with literal values, and with halves of surrogate pairs."""

import json
from typing import Any

from hypothesis import strategies as st


class Literal(str):
    """A number or another literal that is written unchanged."""

    __slots__ = ()


def dump(value: Any, indent: int | None = None, depth: int = 0) -> str:
    """Return JSON; escape all non-ASCII characters."""
    if isinstance(value, Literal):
        return str(value)
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value)
    if isinstance(value, dict):
        rows = [
            f"{json.dumps(name)}: {dump(one, indent, depth + 1)}" for name, one in value.items()
        ]
    else:
        rows = [dump(one, indent, depth + 1) for one in value]
    start, end = "{}" if isinstance(value, dict) else "[]"
    if indent is None:
        return f"{start}{', '.join(rows)}{end}"
    pad = "\n" + " " * indent * depth
    inner = pad + " " * indent
    return f"{start}{inner}{f',{inner}'.join(rows)}{pad}{end}"


def line(value: Any) -> bytes:
    """Return a value as a line."""
    return dump(value).encode()


def without_absent(record: dict[str, Any]) -> dict[str, Any]:
    """Omit fields that are None."""
    return {name: value for name, value in record.items() if value is not None}


def spelled(number: st.SearchStrategy[int]) -> st.SearchStrategy[Any]:
    """Return a whole number as JSON writers spell it: an integer, a float or a text."""
    return st.builds(
        lambda value, form: Literal(form.format(value)),
        number,
        st.sampled_from(["{}", "{}", "{}", "{}.0", '"{}"', '"{}.0"', "{}e0"]),
    )


# Values for a field that no rule reads.
UNREAD = st.sampled_from(
    [
        Literal(text)
        for text in (
            *("NaN", "-Infinity", "Infinity", "1e999", "-0", "0e99999999999", "9" * 5000),
            *(r'"\ud83d"', r'"\udc00\ud800"', '"{"', r'"\"}"', '"[{\\\\"', '"\u2028"', r'"\u0000"'),
            *("[" * 2000 + "]" * 2000, '{"a": [NaN, {"b": 1e999}]}', "[]", "{}", "null", "true"),
        )
    ]
)
