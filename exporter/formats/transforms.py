"""The rules of a mapping: how to make a native field from values of a foreign record."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any

from ..values.durations import milliseconds_between
from ..values.fixed_point import literal
from .paths import Path, parse_path

_CONTEXT = Context(prec=60)
# Milliseconds in the units of durations.
UNITS: Mapping[str, Decimal] = {
    "ns": Decimal("1e-6"),
    "us": Decimal("1e-3"),
    "ms": Decimal(1),
    "s": Decimal(1000),
    "min": Decimal(60_000),
}
# The decimal separators that a mapping can name; a point needs no conversion.
DECIMALS: Mapping[str, str] = {"comma": ",", "point": ""}
_WITH_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")
_WORDS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a field's value comes from, and how it is converted.

    `paths`: the first that leads to a value is used. `since`: paths to a time; the value is then
    the milliseconds from that time to the one at `paths`. `constant`: the value if it is not None.
    `factor`: what a number is multiplied by. `values`: replacements of values, compared as text; a
    key in lower case matches any case.
    `decimal`: the decimal separator of a number in a text, if it is not a point.
    """

    paths: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    constant: Any = None
    factor: Decimal | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    decimal: str = ""


def rule_of(given: "str | Rule") -> Rule:
    """Return a rule as it is, or a path as a rule."""
    return Rule((given,)) if isinstance(given, str) else given


class Transform:
    """A rule, ready to apply."""

    def __init__(self, rule: Rule) -> None:
        """Parse the rule's paths; raises ValueError if one is invalid."""
        self.rule = rule
        self._paths = tuple(map(parse_path, rule.paths))
        self._since = tuple(map(parse_path, rule.since))

    @property
    def text(self) -> str:
        """The rule's paths, as users wrote them."""
        return " or ".join((*self.rule.since, *self.rule.paths))

    def apply(self, record: dict[str, Any], decoded: dict[str, Any]) -> Any:
        """Return the value for a record, None if it has none."""
        rule = self.rule
        if rule.constant is not None:
            return rule.constant
        value = _first(self._paths, record, decoded)
        if value is None:
            return None
        if rule.since:
            start = _first(self._since, record, decoded)
            value = None if start is None else _between(start, value)
        if rule.values:
            text = text_of(value)
            value = rule.values.get(text, rule.values.get(text.lower(), value))
        if rule.decimal:
            value = with_point(value)
        return value if rule.factor is None else _multiplied(value, rule.factor)


def with_point(value: Any) -> Any:
    """Convert a number in a text from a decimal comma to a point: `1.234,5` becomes `1234.5`.

    Points may only separate thousands. Any other text is returned as it is, for the decoder to
    refuse.
    """
    if not isinstance(value, str) or not _WITH_COMMA.fullmatch(value.strip()):
        return value
    return value.strip().replace(".", "").replace(",", ".")


def text_of(value: Any) -> str:
    """Return a value as users write it in `values`."""
    return _WORDS[value] if isinstance(value, bool) else str(value)


def _first(paths: tuple[Path, ...], record: dict[str, Any], decoded: dict[str, Any]) -> Any:
    for path in paths:
        value = path.find(record, decoded)
        if value is not None and value != "":
            return value
    return None


def _between(start: Any, end: Any) -> Any:
    """Return the milliseconds between two times; an invalid time is left for the decoder."""
    for one in (start, end):
        if isinstance(one, bool) or not isinstance(one, str | int | Decimal):
            return one
    try:
        return milliseconds_between(start, end)
    except ValueError:
        return "no time"


def _multiplied(value: Any, factor: Decimal) -> Any:
    """Return a number times a factor; any other value is left for the decoder to refuse."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return value
    try:
        number = literal(value) if isinstance(value, str) else Decimal(value)
        return _CONTEXT.multiply(number, factor) if number.is_finite() else value
    except ArithmeticError:
        return value
