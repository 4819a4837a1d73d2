"""One line in, its JSON object out, and a reader of its fields that collects faults."""

import json
import re
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .values import BadNumber, BadType, Invalid, far_decimal

MAX_DEPTH = 900
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_HIGH, _LOW = r"u[dD][89abAB][0-9a-fA-F]{2}", r"u[dD][c-fC-F][0-9a-fA-F]{2}"
# An escape; its group is set where it is half of a pair.
_ESCAPE = re.compile(rf"\\(?:{_HIGH}\\{_LOW}|({_HIGH}|{_LOW})|.)", re.DOTALL)


class Fields:
    """Reads fields of nested objects; remembers what was wrong instead of stopping."""

    def __init__(self, record: dict[str, Any]) -> None:
        """`faults` collects `bad_type` and `bad_number`."""
        self.record = record
        self.faults: set[str] = set()

    def get(self, path: str, kind: Callable[[Any], Any]) -> Any:
        """The value at a dotted path, None where it is absent or faulty."""
        place: Any = self.record
        *parents, leaf = path.split(".")
        for parent in parents:
            place = self.inside(place.get(parent), dict)
            if place is None:
                return None
        return self.read(place.get(leaf), kind)

    def read(self, value: Any, kind: Callable[[Any], Any]) -> Any:
        """One value."""
        if value is None:
            return None
        try:
            return kind(value)
        except BadType:
            self.faults.add("bad_type")
        except BadNumber:
            self.faults.add("bad_number")
        return None

    def inside(self, value: Any, wanted: type) -> Any:
        """A container, None where it is absent or another thing."""
        if value is None or isinstance(value, wanted):
            return value
        self.faults.add("bad_type")
        return None

    def mapping(self, path: str, kind: Callable[[Any], Any]) -> list[tuple[str, Any]]:
        """The present entries of an object."""
        found = self.get(path, lambda value: self.inside(value, dict)) or {}
        pairs = [(name, self.read(value, kind)) for name, value in found.items()]
        return [(name, value) for name, value in pairs if value is not None]


def parse(line: bytes, max_line: int) -> dict[str, Any] | None:
    """The object of a line, None for a blank one."""
    if len(line) > max_line:
        raise Invalid("line_too_long")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Invalid("not_utf8") from None
    text = text.removeprefix("\ufeff").strip(" \t\r\n\v\f")
    if not text:
        return None
    if _depth(text) > MAX_DEPTH or _has_lone_surrogate(text):
        raise Invalid("not_json")
    try:
        found = _load(text)
    except ValueError:
        raise Invalid("not_json") from None
    if not isinstance(found, dict):
        raise Invalid("not_object")
    return found


def _depth(text: str) -> int:
    """How deep objects and arrays nest."""
    if text.count("[") + text.count("{") < MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _has_lone_surrogate(text: str) -> bool:
    """Whether a string has half of a pair, also one that a repeated key hides."""
    return any(escape[1] for escape in _ESCAPE.finditer(text))


def _load(text: str) -> Any:
    limit = sys.getrecursionlimit()
    # The caller's own depth must not decide how deep a line may nest.
    sys.setrecursionlimit(limit + 2 * MAX_DEPTH)
    try:
        return _DECODER.decode(text)
    finally:
        sys.setrecursionlimit(limit)


def _refuse(name: str) -> None:
    raise ValueError(name)


def _integer(literal: str) -> int | Decimal:
    return int(literal) if len(literal) < 1000 else Decimal(literal)


_DECODER = json.JSONDecoder(parse_float=far_decimal, parse_int=_integer, parse_constant=_refuse)
