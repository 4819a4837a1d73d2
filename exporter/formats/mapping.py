"""Rewrite a JSON object to a known format by configured paths.

Used for sources in a format of their own (`sources[].mapping`), and for payouts that stand in other
fields than the usual ones (`compensation`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .registry import SCHEMAS, schema_of
from .schema import Schema

_PAYOUT = "compensation."


def _payout_paths(schema: Schema) -> dict[str, list[str]]:
    """Return where a format's payout stands, by the last step of its canonical names."""
    rows = (one for one in schema.fields if one.name.startswith(_PAYOUT))
    return {one.name.removeprefix(_PAYOUT): one.path.split(".") for one in rows}


_PAYOUT_PATHS = {name: _payout_paths(schema) for name, schema in SCHEMAS.items()}


class FieldMapping:
    """Copies values to the paths where the format's decoder expects them."""

    def __init__(
        self,
        fields: Mapping[str, str] | None = None,
        payout: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`fields`: native field -> path; `payout`: canonical name -> paths, first present wins."""
        self._fields = {name: path.split(".") for name, path in (fields or {}).items()}
        self._payout = {
            name: [path.split(".") for path in paths] for name, paths in (payout or {}).items()
        }

    def apply(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the object as the decoder expects it."""
        if self._fields:
            record = self._native(record)
        return self._with_payout(record) if self._payout else record

    def _with_payout(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the object with its payout from the configured paths alone."""
        places = _PAYOUT_PATHS[schema_of(record).name]
        found = {name: _first(record, paths) for name, paths in self._payout.items()}
        record = dict(record)
        for outer, *_ in places.values():
            record[outer] = None
        for name, value in found.items():
            if value is not None and name in places:
                _put(record, places[name], value)
        return record

    def _native(self, record: dict[str, Any]) -> dict[str, Any]:
        native: dict[str, Any] = {}
        for name, path in self._fields.items():
            value = _at(record, path)
            if value is not None:
                _put(native, name.split("."), value)
        return native


def _put(place: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set a value at a path, which may be missing."""
    *parents, leaf = path
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
    place[leaf] = value


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _first(record: dict[str, Any], paths: Sequence[Sequence[str]]) -> Any:
    return next((found for path in paths if (found := _at(record, path)) is not None), None)
