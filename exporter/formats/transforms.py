"""How a field of a record is made from values of a foreign one: the rules of a mapping."""

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
# What may be before the decimals of a number in a text; a point is anyway.
DECIMALS: Mapping[str, str] = {"comma": ",", "point": ""}
_WITH_COMMA = re.compile(r"-?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")
_WORDS = {True: "true", False: "false"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a field's value comes from, and what is done with it.

    `paths`: of several the first that leads to a value. `since`: paths to a time; the value is then
    the milliseconds from that one to the one at `paths`. `constant`: the value if it is not None.
    `factor`: what a number is multiplied by. `values`: other values for these, compared as text;
    one in lower case is for all cases.
    `decimal`: what is before the decimals of a number in a text, if it is no point.
    """

    paths: tuple[str, ...] = ()
    since: tuple[str, ...] = ()
    constant: Any = None
    factor: Decimal | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    decimal: str = ""


def rule_of(given: "str | Rule") -> Rule:
    """Return the rule that a path alone stands for, or the rule given."""
    return Rule((given,)) if isinstance(given, str) else given


class Transform:
    """A rule, ready to apply."""

    def __init__(self, rule: Rule) -> None:
        """Parse the rule's paths; raises ValueError if one is none."""
        self.rule = rule
        self._paths = tuple(map(parse_path, rule.paths))
        self._since = tuple(map(parse_path, rule.since))

    @property
    def text(self) -> str:
        """Where it looks, as users wrote it."""
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
    """Return a number in a text, written with a decimal comma, as JSON has it: `1.234,5`, 1234.5.

    Points are only where they divide thousands; what is no such number is left for the decoder to
    refuse.
    """
    if not isinstance(value, str) or not _WITH_COMMA.fullmatch(value.strip()):
        return value
    return value.strip().replace(".", "").replace(",", ".")


def text_of(value: Any) -> str:
    """Return a value as a user writes it in a table of values."""
    return _WORDS[value] if isinstance(value, bool) else str(value)


def _first(paths: tuple[Path, ...], record: dict[str, Any], decoded: dict[str, Any]) -> Any:
    for path in paths:
        value = path.find(record, decoded)
        if value is not None and value != "":
            return value
    return None


def _between(start: Any, end: Any) -> Any:
    """Return the milliseconds between two times; what is no time, for the decoder to refuse."""
    for one in (start, end):
        if isinstance(one, bool) or not isinstance(one, str | int | Decimal):
            return one
    try:
        return milliseconds_between(start, end)
    except ValueError:
        return "no time"


def _multiplied(value: Any, factor: Decimal) -> Any:
    """Return a number times a factor; what is no number as it is, for the decoder to refuse."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return value
    try:
        number = literal(value) if isinstance(value, str) else Decimal(value)
        return _CONTEXT.multiply(number, factor) if number.is_finite() else value
    except ArithmeticError:
        return value
