"""Read the section `sources`: where records come from, and the field mappings."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ..formats.registry import AUTO, CHOICES, EVENTS, OTLP, PRESETS, WRAPPERS
from ..wrappers import LINES, NAMES
from . import kafka
from .faults import Place
from .mappings import mapping
from .model import Source
from .readers import InvalidValue, Reader, choice, listing, name, require, section, text

_DELIMITERS = {",": ",", ";": ";", "|": "|", "tab": "\t", "\t": "\t"}
_CSV = "csv"
_STDIN = "stdin"
_IDS = "generation_ids"
# The settings that do not apply to a source, by its type.
_INAPPLICABLE: Mapping[str, frozenset[str]] = {
    _STDIN: frozenset({"path", "start_at"}),
    "push": frozenset({"path", "start_at"}),
    OTLP: frozenset({"path", "start_at", "wrapper", "delimiter"}),
    _IDS: frozenset({"wrapper", "format", "mapping", "delimiter"}),
}
# The formats whose own rules name time and model.
_COMPLETE = {name for name, one in PRESETS.items() if "model" in one.RULES}


def _delimiter(value: object, _: Place) -> str:
    found = _DELIMITERS.get(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidValue('must be "," or ";" or "|" or tab')
    return found


def _source_type(value: object, place: Place) -> str:
    return str(choice("file", _STDIN, "push", OTLP, kafka.TYPE, _IDS)(value, place))


SOURCE: Mapping[str, Reader] = {
    "name": name,
    "type": _source_type,
    "path": text,
    "start_at": choice("beginning", "end"),
    "wrapper": choice(*NAMES),
    "format": choice(*CHOICES),
    "delimiter": _delimiter,
    "mapping": mapping,
    **kafka.FIELDS,
}


def _source(value: object, place: Place) -> Source | None:
    found = section(value, place, SOURCE)
    given: dict[str, object] = value if isinstance(value, dict) else {}
    require(given, place, ("name", "type"))
    if found.get("type") == "file":
        require(given, place, ("path",))
    for key in sorted(_INAPPLICABLE.get(found.get("type", ""), frozenset()) & found.keys()):
        place.at(key).fault(f"does not apply to a source of type {found['type']}")
    if found.get("type") == _IDS and "start_at" in found and "path" not in given:
        place.at("start_at").fault("does not apply without a path")
    if found.get("type") == OTLP:
        if found.get("format", OTLP) != OTLP:
            place.at("format").fault("must be otlp in a source of type otlp")
        found["format"] = OTLP
    kafka.take(found, given, place)
    _check_format(found, given, place)
    wrapper = WRAPPERS.get(found.get("format", AUTO))
    if wrapper is not None:
        found["wrapper"] = wrapper
    if not {"name", "type"} <= found.keys():
        return None
    return Source(**found) if found["type"] != kafka.TYPE or "kafka" in found else None


def _check_format(found: dict[str, Any], given: dict[str, object], place: Place) -> None:
    """Add a fault for each setting that a format needs, or that does not apply to it."""
    shape, fields = found.get("format", AUTO), given.get("mapping")
    if shape == _CSV and fields is None:
        place.at("mapping").fault("must be given: the columns' fields are never guessed")
    elif shape in EVENTS and fields is not None:
        place.at("mapping").fault(f"does not apply to the format {shape}")
    # Not needed if the format's own rules name them, nor for events.
    elif isinstance(fields, dict) and "event" not in fields and shape not in _COMPLETE:
        require(fields, place.at("mapping"), ("timestamp", "model"))
    if shape in WRAPPERS and found.get("wrapper", AUTO) not in {AUTO, LINES}:
        place.at("wrapper").fault(f"does not apply to the format {shape}")
    if found.get("delimiter", ",") != "," and shape not in WRAPPERS:
        place.at("delimiter").fault("applies to CSV formats only: " + ", ".join(WRAPPERS))


def sources(value: object, place: Place) -> tuple[Source, ...]:
    """Return the sources; no two may have the same name, and only one reads standard input."""
    found = tuple(source for _, source in listing(value, place, _source) if source)
    for _, index, first in _repeated(value, "name"):
        place.at(index).at("name").fault(f"must differ from sources[{first}].name")
    for type_, index, first in _repeated(value, "type"):
        if type_ == _STDIN:
            place.at(index).at("type").fault(f"sources[{first}] reads standard input already")
    return found


def _repeated(value: object, key: str) -> Iterator[tuple[str, int, int]]:
    """Yield the values that sources repeat in a setting: the text, the index, the first's index.

    Reads the document's values, since sources with other faults count, too.
    """
    seen: dict[str, int] = {}
    for index, given in enumerate(value if isinstance(value, list) else []):
        written = given.get(key) if isinstance(given, dict) else None
        text = str(written).strip() if isinstance(written, str | int | Decimal) else ""
        first = seen.setdefault(text, index) if text else index
        if first != index:
            yield text, index, first
