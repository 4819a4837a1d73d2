"""Read fields of nested objects; a faulty field is recorded, and treated as absent."""

from collections.abc import Callable
from typing import Any

from .numbers import BadNumber, BadType

Kind = Callable[[Any], Any]


class Fields:
    """The fields of a record; `faults` has a reason for each path with an invalid value."""

    def __init__(self, raw: dict[str, Any]) -> None:
        """Read from an object."""
        self.raw = raw
        self.faults: dict[str, str] = {}

    def get(self, path: str, kind: Kind) -> Any:
        """Return the value at a dotted path, or None if it is absent or faulty."""
        parent, _, leaf = path.rpartition(".")
        place = self.object(parent) if parent else self.raw
        return self.read(path, place.get(leaf), kind)

    def first(self, kind: Kind, *paths: str) -> Any:
        """Return the first value that is present, but read all of them."""
        values = [self.get(path, kind) for path in paths]
        return next((value for value in values if value is not None), None)

    def read(self, path: str, value: Any, kind: Kind) -> Any:
        """Convert a value; return None if it is absent or faulty."""
        if value is None:
            return None
        try:
            return kind(value)
        except BadType:
            self.faults[path] = "bad_type"
        except BadNumber:
            self.faults[path] = "bad_number"
        return None

    def object(self, path: str) -> dict[str, Any]:
        """Return an object, or an empty one if it is absent or faulty."""
        found: dict[str, Any] = self.get(path, object_) or {}
        return found

    def entries(self, path: str, kind: Kind) -> list[tuple[str, Any]]:
        """Return the entries of an object that are present and valid."""
        pairs = [
            (name, self.read(f"{path}.{name}", value, kind))
            for name, value in self.object(path).items()
        ]
        return [(name, value) for name, value in pairs if value is not None]


def object_(value: Any) -> dict[str, Any]:
    """Return an object."""
    if not isinstance(value, dict):
        raise BadType
    return value


def array(value: Any) -> list[Any]:
    """Return an array."""
    if not isinstance(value, list):
        raise BadType
    return value
