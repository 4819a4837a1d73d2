"""Foreign JSON records in, records of the native or ZenMux shape out, by configured paths.

Used for logs in somebody else's format (`sources[].mapping`) and where a payout stands in other
fields than the usual ones (`compensation`).
"""

from collections.abc import Mapping as Lookup
from collections.abc import Sequence
from typing import Any

from .exactly import is_zenmux

_ZENMUX_PAYOUT = {"type": "type", "payout": "payout", "paid_at": "paidAt"}
_NATIVE_PAYOUT = {"type": "type", "payout": "payout_usd", "paid_at": "paid_at"}


class Mapping:
    """Copies values to the places where the decoder looks for them."""

    def __init__(
        self,
        fields: Lookup[str, str] | None = None,
        payout: Lookup[str, Sequence[str]] | None = None,
    ) -> None:
        """`fields`: native field -> path; `payout`: type, payout, paid_at -> paths, first wins."""
        self._fields = {name: path.split(".") for name, path in (fields or {}).items()}
        self._payout = {
            name: [path.split(".") for path in paths] for name, paths in (payout or {}).items()
        }

    def apply(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record as the decoder expects it."""
        if self._fields:
            record = self._native(record)
        if self._payout:
            names = _ZENMUX_PAYOUT if is_zenmux(record) else _NATIVE_PAYOUT
            found = {names[name]: _first(record, paths) for name, paths in self._payout.items()}
            present = {name: value for name, value in found.items() if value is not None}
            record = {**record, "compensation": present or None}
        return record

    def _native(self, record: dict[str, Any]) -> dict[str, Any]:
        native: dict[str, Any] = {}
        for name, path in self._fields.items():
            value = _at(record, path)
            if value is None:
                continue
            place = native
            *parents, leaf = name.split(".")
            for parent in parents:
                place = place.setdefault(parent, {})
            place[leaf] = value
        return native


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def _first(record: dict[str, Any], paths: Sequence[Sequence[str]]) -> Any:
    return next((found for path in paths if (found := _at(record, path)) is not None), None)
