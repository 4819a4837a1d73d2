"""Read the fields of an answer: each is optional, and an invalid one is ignored."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from ..api.responses import Json
from ..catalogue import Metric
from ..values import timestamps
from ..values.fixed_point import literal, to_integer

_MOST = Decimal(10**12)


@dataclass(frozen=True, slots=True)
class Sample:
    """A value of a metric, scaled as the catalogue says."""

    metric: Metric
    labels: tuple[str, ...]
    value: int


def at(data: Any, *path: str) -> Any:
    """Return the value at a path; None if there is none."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) else None
    return data


def number(value: Any, places: int) -> int | None:
    """Return a number or numeric text, exactly; None if it is negative."""
    found = signed(value, places)
    return None if found is not None and found < 0 else found


def signed(value: Any, places: int) -> int | None:
    """Return a number or numeric text, exactly; it may be negative, as a balance may."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        exact = literal(value) if isinstance(value, str) else Decimal(value)
    except InvalidOperation:
        return None
    return to_integer(exact, places) if -_MOST <= exact <= _MOST else None


def time(value: Any, _places: int) -> int | None:
    """Return a time in Unix milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        return timestamps.parse(value)
    except ValueError:
        return None


def text(value: Any) -> str | None:
    """Return text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None


@dataclass(frozen=True, slots=True)
class Field:
    """The path of a metric's value in an answer, and how to read it."""

    metric: Metric
    path: tuple[str, ...]
    labels: tuple[str, ...] = ()
    read: Callable[[Any, int], int | None] = number


def samples(fields: Sequence[Field], data: Json) -> Iterator[Sample]:
    """Yield a sample for each field that an answer has."""
    for field in fields:
        value = field.read(at(data, *field.path), field.metric.places)
        if value is not None:
            yield Sample(field.metric, field.labels, value)
