"""Readers: check a plain value and return it in the type that the configuration needs.

A reader raises `InvalidValue` for its own value. Readers of containers add the faults of their
items.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..values.labels import MAX_LENGTH
from ..values.masking import holds_key
from .faults import Place, quotable

Reader = Callable[[object, Place], Any]

_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a number"),
    (Decimal, "a number"),
    (str, "text"),
    (list, "a list"),
    (dict, "a section"),
)


class InvalidValue(Exception):
    """A value that breaks a rule; the text says which."""


def kind(value: object) -> str:
    """Return the user's word for the type of a value."""
    return next((name for type_, name in _KINDS if isinstance(value, type_)), "nothing")


def text(value: object, _: Place) -> str:
    """Read text that is not blank."""
    if not isinstance(value, str):
        hint = "" if isinstance(value, list | dict | None) else "; put it in quotes"
        raise InvalidValue(f"must be text, not {kind(value)}{hint}")
    if not value.strip():
        raise InvalidValue("must not be blank")
    if _UNUSABLE.search(value):
        raise InvalidValue("must not hold control characters")
    return value


def trimmed(value: object, place: Place) -> str:
    """Read text without the spaces around it, as it is compared with values of records."""
    return text(value, place).strip()


def name(value: object, place: Place) -> str:
    """Read text that can be a label value unchanged."""
    found = trimmed(value, place)
    if len(found) > MAX_LENGTH:
        raise InvalidValue(f"must be at most {MAX_LENGTH} characters")
    # Names are shown unmasked, even mail addresses; but a key as a name is a mistake.
    if holds_key(found):
        raise InvalidValue("must not look like a key secret (sk-…)")
    return found


def flag(value: object, _: Place) -> bool:
    """Read true or false."""
    if not isinstance(value, bool):
        raise InvalidValue(f"must be true or false, not {kind(value)}")
    return value


def choice(*values: str) -> Reader:
    """Return a reader of one of these words."""

    def read(value: object, _: Place) -> str:
        if value not in values:
            raise InvalidValue(f"must be {' or '.join(values)}")
        return str(value)

    return read


def number(value: object) -> Decimal:
    """Return the exact number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InvalidValue(f"must be a number, not {kind(value)}")
    return Decimal(value)


def whole_number(least: int, most: int) -> Reader:
    """Return a reader of a whole number within these limits."""

    def read(value: object, _: Place) -> int:
        found = number(value)
        if found != int(found):
            raise InvalidValue("must be a whole number")
        if not least <= found <= most:
            raise InvalidValue(f"must be from {least} to {most}")
        return int(found)

    return read


def checked(check: Callable[[str], object]) -> Reader:
    """Return a reader of text that `check` accepts; its ValueError is the fault."""

    def read(value: object, place: Place) -> str:
        found = text(value, place)
        try:
            check(found)
        except ValueError as error:
            raise InvalidValue(str(error)) from None
        return found

    return read


def section(value: object, place: Place, fields: Mapping[str, Reader]) -> dict[str, Any]:
    """Return the valid values of a section with fixed keys; empty ones count as not given."""
    found: dict[str, Any] = {}
    for key, inner in _mapping(value).items():
        if key not in fields:
            place.at(key).fault(_unknown(key, fields))
        elif inner is not None:
            _keep(found, key, fields[key], inner, place.at(key))
    return found


def table(value: object, place: Place, reader: Reader) -> dict[str, Any]:
    """Return the valid values of a section with keys of any name, stripped of spaces."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for key, inner in _mapping(value).items():
        inside = place.at(key)
        if not key.strip() or _UNUSABLE.search(key):
            inside.fault("the key must not be blank or hold control characters")
        elif key.strip() in seen:
            inside.fault("given before, with other spaces")
        else:
            seen.add(key.strip())
            _keep(found, key.strip(), reader, inner, inside)
    return found


def listing(value: object, place: Place, reader: Reader) -> list[tuple[int, Any]]:
    """Return the valid items of a list, each with its index."""
    if not isinstance(value, list):
        raise InvalidValue(f"must be a list, not {kind(value)}")
    found: dict[int, Any] = {}
    for index, inner in enumerate(value):
        _keep(found, index, reader, inner, place.at(index))
    return list(found.items())


def items(reader: Reader, least: int = 0) -> Reader:
    """Return a reader of a list with at least `least` items."""

    def read(value: object, place: Place) -> tuple[Any, ...]:
        found = tuple(item for _, item in listing(value, place, reader))
        if isinstance(value, list) and len(value) < least:
            raise InvalidValue("must not be empty")
        return found

    return read


def require(value: Mapping[str, object], place: Place, keys: Iterable[str]) -> None:
    """Add a fault for each of the keys that is not given."""
    for key in keys:
        if value.get(key) is None:
            place.at(key).fault("must be given")


def meant(key: str, known: Sequence[str]) -> str:
    """Return a hint: the most similar known key, or all of them if none is similar."""
    names = {one.lower(): one for one in known}
    near = difflib.get_close_matches(quotable(key).lower(), names, n=1)
    return f'did you mean "{names[near[0]]}"?' if near else f"known are {', '.join(known)}"


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidValue(f"must be a section with keys, not {kind(value)}")
    return value


def _keep(found: dict[Any, Any], key: object, reader: Reader, value: object, place: Place) -> None:
    try:
        found[key] = reader(value, place)
    except InvalidValue as error:
        place.fault(str(error))


def _unknown(key: str, fields: Mapping[str, Reader]) -> str:
    known = sorted(fields)
    return f"unknown key; {meant(key, known)}"
