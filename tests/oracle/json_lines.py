"""Parse a line into a JSON object, and read its fields while collecting faults."""

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
    """Reads fields of nested objects; a faulty field is noted, and reading goes on."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """`faults` collects `bad_type` and `bad_number`."""
        self.raw = raw
        self.faults: set[str] = set()

    def get(self, path: str, kind: Callable[[Any], Any]) -> Any:
        """Return the value at a dotted path, None if it is absent or faulty."""
        place: Any = self.raw
        *parents, leaf = path.split(".")
        for parent in parents:
            place = self.inside(place.get(parent), dict)
            if place is None:
                return None
        return self.read(place.get(leaf), kind)

    def read(self, value: Any, kind: Callable[[Any], Any]) -> Any:
        """Convert one value, None if it is absent or faulty."""
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
        """Return a container, None if it is absent or of another type."""
        if value is None or isinstance(value, wanted):
            return value
        self.faults.add("bad_type")
        return None

    def mapping(self, path: str, kind: Callable[[Any], Any]) -> list[tuple[str, Any]]:
        """Return the entries of an object that are present and valid."""
        found = self.get(path, lambda value: self.inside(value, dict)) or {}
        pairs = [(name, self.read(value, kind)) for name, value in found.items()]
        return [(name, value) for name, value in pairs if value is not None]


def parse(line: bytes, max_line: int) -> dict[str, Any] | None:
    """Parse a line, None for a blank one; raises Invalid."""
    if len(line) > max_line:
        raise Invalid("line_too_long")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Invalid("not_utf8") from None
    text = text.removeprefix("\ufeff").strip(" \t\r\n\v\f")
    if not text:
        return None
    if _depth(text) > MAX_DEPTH:
        raise Invalid("not_json")
    try:
        found = _load(_mended(text))
    except ValueError:
        raise Invalid("not_json") from None
    if not isinstance(found, dict):
        raise Invalid("not_object")
    return found


def _depth(text: str) -> int:
    """Return how deep objects and arrays nest."""
    if text.count("[") + text.count("{") < MAX_DEPTH:
        return 0
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _mended(text: str) -> str:
    """Return the text with U+FFFD for every escape of half a surrogate pair."""
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)


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
