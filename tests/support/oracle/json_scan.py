"""Parse one JSON value in a longer text, of any depth and with numbers of any size.

Numbers become `Decimal`; NaN and infinities, which loggers write, are also numbers. Half of a
surrogate pair becomes U+FFFD. If keys are repeated, the last wins.
"""

import re
from decimal import Decimal
from typing import Any

from .numbers import far_decimal

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_TORN = re.compile(r'"(?:[^"\\]|\\.)*\\?\Z', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD = re.compile(r"true|false|null|NaN|-?Infinity")
_WORDS = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": Decimal("NaN"),
    "Infinity": Decimal("Infinity"),
    "-Infinity": Decimal("-Infinity"),
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LONE = re.compile("[\ud800-\udfff]")


class Broken(Exception):
    """The text is not JSON, whatever follows."""


class Torn(Broken):
    """The text ends within a string, which no further line can continue."""


class Unfinished(Exception):
    """The text ends between two tokens of a value: the next line may continue it."""


def scan(text: str, start: int = 0) -> tuple[Any, int]:
    """Return the value that begins at a position, and its end."""
    open_ones: list[tuple[Any, str | None]] = []  # containers, and the key that is being filled
    at = start
    while True:
        value, at = _begin(text, _after_space(text, at))
        if isinstance(value, list | dict) and not _closes(text, at, value):
            key, at = _key(text, at) if isinstance(value, dict) else (None, at)
            open_ones.append((value, key))
            continue
        if isinstance(value, list | dict):
            at = _after_space(text, at) + 1
        while open_ones:
            container, key = open_ones.pop()
            _put(container, key, value)
            at = _after_space(text, at)
            if text[at] == ",":
                key, at = _key(text, at + 1) if isinstance(container, dict) else (None, at + 1)
                open_ones.append((container, key))
                break
            if text[at] != _end(container):
                raise Broken
            value, at = container, at + 1
        else:
            return value, at


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    end = found.end() if found else at
    if end == len(text):
        raise Unfinished
    return end


def _end(container: Any) -> str:
    return "}" if isinstance(container, dict) else "]"


def _closes(text: str, at: int, container: Any) -> bool:
    return text[_after_space(text, at)] == _end(container)


def _put(container: Any, key: str | None, value: Any) -> None:
    if key is None:
        container.append(value)
    else:
        container[key] = value


def _begin(text: str, at: int) -> tuple[Any, int]:
    """Return a scalar and its end, or a new container and the end of its bracket."""
    if text[at] in "{[":
        return ({} if text[at] == "{" else []), at + 1
    if text[at] == '"':
        return _string(text, at)
    if word := _WORD.match(text, at):
        return _WORDS[word[0]], word.end()
    if number := _NUMBER.match(text, at):
        return far_decimal(number[0]), number.end()
    raise Broken


def _key(text: str, at: int) -> tuple[str, int]:
    """Return a key and the end of its colon."""
    key, at = _string(text, _after_space(text, at))
    at = _after_space(text, at)
    if text[at] != ":":
        raise Broken
    return key, at + 1


def _string(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if found is None:
        raise Torn if _TORN.match(text, at) else Broken
    return (_unescaped(found[1]) if "\\" in found[1] else found[1]), found.end()


def _unescaped(text: str) -> str:
    """Resolve escapes; surrogates that make a pair become one character."""
    halves = _ESCAPE.sub(
        lambda escape: chr(int(escape[1], 16)) if escape[1] else _SHORT.get(escape[2], escape[2]),
        text,
    )
    joined = halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _LONE.sub("\ufffd", joined)
