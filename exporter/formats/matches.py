"""Watch which fields of a mapping match anything, and what fields its records have instead."""

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

    `fields`: each with where it was looked for. `seen`: the fields that the records have.
    `is_all`: no field has matched.
    """

    records: int
    fields: tuple[str, ...]
    seen: tuple[str, ...]
    is_all: bool


class Matches:
    """Which fields of a mapping have not matched yet."""

    def __init__(self, places: Mapping[str, str]) -> None:
        """`places`: by field, where it is looked for; empty for a constant."""
        self.missing = {name: place for name, place in places.items() if place}
        self._fields = len(self.missing)
        self._records = 0
        self._seen: dict[str, None] = {}

    def found(self, name: str) -> None:
        """Note that a field has matched."""
        self.missing.pop(name, None)

    def look_at(self, record: Mapping[str, Any]) -> None:
        """Note the fields of a record, one of the first."""
        if self._records < ENOUGH_RECORDS:
            _collect(self._seen, record, "", 1)
        self._records += 1

    def unmatched(self, least: int = ENOUGH_RECORDS) -> Unmatched | None:
        """Return what has not matched in at least so many records; None if all is well."""
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
