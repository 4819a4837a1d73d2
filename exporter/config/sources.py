"""Read the section `sources`: where records come from, and the field mappings."""

from collections.abc import Mapping

from ..formats.registry import CHOICES
from ..wrappers import NAMES
from .faults import Place
from .mappings import mapping
from .model import Source
from .readers import InvalidValue, Reader, choice, listing, name, require, section, text


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
    "format": choice(*CHOICES),
    "mapping": mapping,
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
    _check_mapping(given, place)
    return Source(**found) if {"name", "type"} <= found.keys() else None


def _check_mapping(given: dict[str, object], place: Place) -> None:
    """Add a fault if a mapping lacks what every record has; events need neither."""
    fields = given.get("mapping")
    if isinstance(fields, dict) and "event" not in fields:
        require(fields, place.at("mapping"), ("timestamp", "model"))


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
