"""Read the section `sources`: where records come from, and the field mappings."""

from collections.abc import Mapping

from ..formats.registry import MAPPABLE, SCHEMAS
from ..wrappers import AUTO, NAMES
from .faults import Place
from .model import Source
from .readers import (
    InvalidValue,
    Reader,
    choice,
    listing,
    name,
    require,
    section,
    table,
    text,
    trimmed,
)

# A field with inner fields can be mapped as a whole, too.
_OUTER_FIELDS = frozenset(path.partition(".")[0] for path in MAPPABLE)


def dotted(value: object, place: Place) -> str:
    """Return a path into a record: names joined by dots."""
    path = trimmed(value, place)
    if not all(step.strip() for step in path.split(".")):
        raise InvalidValue("must be a path like usage.total")
    return path


def _mapping(value: object, place: Place) -> dict[str, str]:
    found: dict[str, str] = table(value, place, dotted)
    for field in found:
        outer, dot, inner = field.partition(".")
        if not _is_native(field, outer, inner):
            place.at(field).fault("is not a field of the native format")
        elif dot and outer in found:
            place.at(field).fault(f"cannot be mapped together with {outer}")
    given: dict[str, object] = value if isinstance(value, dict) else {}
    # Events, which only report payouts, need neither.
    if "event" not in given:
        require(given, place, ("timestamp", "model"))
    return found


def _is_native(field: str, outer: str, inner: str) -> bool:
    if field in MAPPABLE or field in _OUTER_FIELDS:
        return True
    return f"{outer}.*" in MAPPABLE and bool(inner.strip()) and "." not in inner


def _source_type(value: object, place: Place) -> str:
    if value in ("push", "generation_ids"):
        raise InvalidValue(f"the type {value} is not available in this version")
    return str(choice("file", "stdin")(value, place))


SOURCE: Mapping[str, Reader] = {
    "name": name,
    "type": _source_type,
    "path": text,
    "start_at": choice("beginning", "end"),
    "wrapper": choice(*NAMES),
    "format": choice(AUTO, *SCHEMAS),
    "mapping": _mapping,
}


def _source(value: object, place: Place) -> Source | None:
    found = section(value, place, SOURCE)
    given: dict[str, object] = value if isinstance(value, dict) else {}
    require(given, place, ("name", "type"))
    if found.get("type") == "file":
        require(given, place, ("path",))
    if found.get("type") == "stdin":
        for key in sorted({"path", "start_at"} & found.keys()):
            place.at(key).fault("does not apply to a source of type stdin")
    return Source(**found) if {"name", "type"} <= found.keys() else None


def sources(value: object, place: Place) -> tuple[Source, ...]:
    """Return the sources; no two may have the same name, and only one reads standard input."""
    found = [pair for pair in listing(value, place, _source) if pair[1]]
    names: dict[str, int] = {}
    stdin: int | None = None
    for index, source in found:
        first = names.setdefault(source.name, index)
        if first != index:
            place.at(index).at("name").fault(f"must differ from sources[{first}].name")
        if source.type == "stdin":
            if stdin is not None:
                place.at(index).at("type").fault(f"sources[{stdin}] reads standard input already")
            stdin = index if stdin is None else stdin
    return tuple(source for _, source in found)
