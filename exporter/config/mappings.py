"""Read a field mapping: field of the native format -> path of its value, or a rule to make it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..formats.paths import parse_path
from ..formats.registry import MAPPABLE
from ..formats.transforms import DECIMALS, UNITS, Rule
from .faults import Place
from .readers import (
    InvalidValue,
    Reader,
    choice,
    items,
    kind,
    meant,
    number,
    require,
    section,
    table,
    text,
    trimmed,
)

# A field with inner fields can be mapped as a whole, too.
_OUTER_FIELDS = frozenset(path.partition(".")[0] for path in MAPPABLE)
_FIELDS = sorted(MAPPABLE | _OUTER_FIELDS)
_EXPONENTIAL = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,3}")
_DURATIONS = frozenset({"latency_ms", "generation_ms"})


def dotted(value: object, place: Place) -> str:
    """Return a path into a record: names joined by dots."""
    path = trimmed(value, place)
    if not all(step.strip() for step in path.split(".")):
        raise InvalidValue("must be a path like usage.total")
    return path


def _path(value: object, place: Place) -> str:
    path = trimmed(value, place)
    try:
        parse_path(path)
    except ValueError:
        raise InvalidValue("must be a path like usage.total or choices[0].text") from None
    return path


def _paths(value: object, place: Place) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(items(_path, least=1)(value, place))
    return (_path(value, place),)


def _scalar(value: object, place: Place) -> Any:
    """Read a constant: text, a number, true or false."""
    if isinstance(value, bool | int | Decimal):
        return value
    if isinstance(value, str):
        return text(value, place)
    raise InvalidValue(f"must be text, a number, true or false, not {kind(value)}")


def _factor(value: object, _: Place) -> Decimal:
    if isinstance(value, str):
        # PyYAML reads 1e-6 as text.
        value = _exponential(value)
    found = number(value)
    if found <= 0:
        raise InvalidValue("must be more than 0")
    return found


def _exponential(text: str) -> object:
    return Decimal(text) if _EXPONENTIAL.fullmatch(text) else text


RULE: Mapping[str, Reader] = {
    "path": _paths,
    "since": _paths,
    "value": _scalar,
    "unit": choice(*UNITS),
    "factor": _factor,
    "decimal": choice(*DECIMALS),
    "values": lambda value, place: table(value, place, _scalar),
}


def _rule(value: object, place: Place) -> str | Rule:
    if isinstance(value, list):
        return Rule(_paths(value, place))
    if not isinstance(value, dict):
        return _path(value, place)
    found = section(value, place, RULE)
    if "value" in found:
        for key in sorted(found.keys() - {"value"}):
            place.at(key).fault("does not apply to a constant (value)")
        return Rule(constant=found["value"])
    require(value, place, ("path",))
    if "unit" in found and "factor" in found:
        place.at("factor").fault("cannot be given together with unit")
    factor = UNITS[found["unit"]] if "unit" in found else found.get("factor")
    return Rule(
        paths=found.get("path", ()),
        since=found.get("since", ()),
        factor=factor,
        values=found.get("values", {}),
        decimal=DECIMALS.get(found.get("decimal", ""), ""),
    )


def _check_duration(given: Mapping[str, object], field: str, place: Place) -> None:
    """Add a fault for keys that apply to durations only."""
    if field in _DURATIONS:
        if "since" in given and "unit" in given:
            place.at("unit").fault("does not apply with since, which gives milliseconds")
        return
    for key in ("unit", "since"):
        if key in given:
            place.at(key).fault(f"applies to {' and '.join(sorted(_DURATIONS))} only")


def mapping(value: object, place: Place) -> dict[str, str | Rule]:
    """Read a mapping; its fields must be ones of the native format."""
    found: dict[str, str | Rule] = table(value, place, _rule)
    rules: dict[str, object] = value if isinstance(value, dict) else {}
    for field in found:
        outer, dot, inner = field.partition(".")
        if not _is_native(field, outer, inner):
            place.at(field).fault(f"is not a field of the native format; {meant(field, _FIELDS)}")
        elif dot and outer in found:
            place.at(field).fault(f"cannot be mapped together with {outer}")
    for key, given in rules.items():
        if isinstance(given, dict):
            _check_duration(given, key.strip(), place.at(key))
    return found


def _is_native(field: str, outer: str, inner: str) -> bool:
    if field in MAPPABLE or field in _OUTER_FIELDS:
        return True
    return f"{outer}.*" in MAPPABLE and bool(inner.strip()) and "." not in inner
