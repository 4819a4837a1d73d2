"""Track which fields of a mapping match, and which fields the records have instead."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ENOUGH_RECORDS = 100
_MAX_SEEN = 40
_MAX_DEPTH = 3
_MAX_NAME = 64


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Fields of a mapping that matched nothing in a number of records.

    `fields`: each with the paths that were tried. `seen`: the fields that the records have.
    `is_all`: no field has matched.
    """

    records: int
    fields: tuple[str, ...]
    seen: tuple[str, ...]
    is_all: bool


class Matches:
    """The fields of a mapping that have not matched yet."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """`places`: the paths of each field; empty for a constant."""
        self.missing = {name: place for name, place in places.items() if place}
        self._fields = len(self.missing)
        self._records = 0
        self._seen: dict[str, None] = {}

    def found(self, name: str) -> None:
        """Record that a field has matched."""
        self.missing.pop(name, None)

    def look_at(self, record: Mapping[str, Any]) -> None:
        """Count a record, and collect its fields if it is one of the first."""
        if self._records < ENOUGH_RECORDS:
            _collect(self._seen, record, "", 1)
        self._records += 1

    def unmatched(self, least: int = ENOUGH_RECORDS) -> Unmatched | None:
        """Return the fields without a match in at least `least` records; None if there are none."""
        if not self.missing or self._records < least:
            return None
        fields = tuple(f"{name} ({place})" for name, place in self.missing.items())
        is_all = len(fields) == self._fields
        return Unmatched(self._records, fields, tuple(self._seen), is_all)


def _collect(seen: dict[str, None], record: Mapping[str, Any], outer: str, depth: int) -> None:
    for name, value in record.items():
        if len(seen) >= _MAX_SEEN:
            return
        path = f"{outer}{name[:_MAX_NAME]}"
        if isinstance(value, dict) and value and depth < _MAX_DEPTH:
            _collect(seen, value, f"{path}.", depth + 1)
        elif value is not None:
            seen[path] = None
