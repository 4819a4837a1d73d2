"""Rewrite a JSON object to a known format by configured rules.

Used for sources in a format of their own (`sources[].mapping`), for formats of other programs, and
for payouts in other fields than the usual ones (`compensation`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .fields import FLAG
from .matches import Matches
from .paths import Path, parse_path
from .registry import NATIVE, SCHEMAS, schema_of
from .schema import Schema
from .transforms import Rule, Transform, rule_of, text_of

_PAYOUT = "compensation."
_FLAGS = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}


def _payout_paths(schema: Schema) -> dict[str, list[str]]:
    """Return the paths of a format's payout by the last step of their canonical names."""
    rows = (one for one in schema.fields if one.name.startswith(_PAYOUT))
    return {one.name.removeprefix(_PAYOUT): one.path.split(".") for one in rows}


_PAYOUT_PATHS = {name: _payout_paths(schema) for name, schema in SCHEMAS.items()}
_FLAG_FIELDS = frozenset(one.path for one in NATIVE.fields if one.kind is FLAG)


class FieldMapping:
    """A mapping that copies values to the paths where the format's decoder expects them.

    `matches`: the rules that have found a value.
    """

    def __init__(
        self,
        fields: Mapping[str, str | Rule] | None = None,
        payout: Mapping[str, Sequence[str]] | None = None,
        refine: Callable[[dict[str, Any]], None] | None = None,
        configured: Mapping[str, str | Rule] | None = None,
    ) -> None:
        """`fields`: native field -> path or rule; `payout`: canonical name -> paths.

        `refine` changes the native object. `configured`: the fields that a user has mapped, which
        should match; by default all.
        """
        self._fields = {
            name: (name.split("."), Transform(rule_of(one))) for name, one in (fields or {}).items()
        }
        self._payout = {
            name: tuple(map(parse_path, paths)) for name, paths in (payout or {}).items()
        }
        self._refine = refine
        watched = fields if configured is None else configured
        self.matches = Matches({name: self._fields[name][1].text for name in watched or ()})

    def apply(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the object as the decoder expects it."""
        if self._fields:
            record = self._native(record)
        return self._with_payout(record) if self._payout else record

    def _with_payout(self, record: dict[str, Any]) -> dict[str, Any]:
        """Return the object with its payout from the configured paths only."""
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
        decoded: dict[str, Any] = {}
        for name, (place, transform) in self._fields.items():
            value = transform.apply(record, decoded)
            if value is None:
                continue
            if name in _FLAG_FIELDS and not isinstance(value, bool):
                value = _FLAGS.get(text_of(value).strip().lower(), value)
            _put(native, place, value)
            if self.matches.missing:
                self.matches.found(name)
        if self.matches.missing:
            self.matches.look_at(record)
        if self._refine is not None:
            self._refine(native)
        return native


def _put(place: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set a value at a path; missing objects on the way are created."""
    *parents, leaf = path
    for parent in parents:
        if place.get(parent) is None:
            place[parent] = {}
        place = place[parent]
    place[leaf] = value


def _first(record: dict[str, Any], paths: Sequence[Path]) -> Any:
    return next((found for path in paths if (found := path.find(record)) is not None), None)
