"""Make the class of a format's lines, its typed decoder and its strict reader from its table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..errors import Fault, FieldError
from .fields import Field, Kind

ELEMENTS, FIRST, VALUES = "[]", "[0]", "*"
# A format's marks: an object with one key of each group of any line has this format.
Marks = tuple[tuple[tuple[str, ...], ...], ...]

Faults = list[tuple[str, str]]


@dataclass(slots=True)
class Place:
    """The value under one key, or an object with places of its own.

    `container`: `[]` for an array of them, `[0]` if only the first element is read, `*` for an
    object of them under any keys. `path`: its path in a line.
    """

    attribute: str
    path: str = ""
    kind: Kind | None = None
    container: str = ""
    places: dict[str, "Place"] = field(default_factory=dict)
    struct: type[msgspec.Struct] | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A format, ready to read: see `formats.fields` for its table.

    `marks`: the keys by which its objects are recognised. `mark_attributes`: the attributes of a
    line that hold them; `sure_mark` is the one that suffices alone. `quoted_marks`: the marks to
    look for first, as written in a line without escapes.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    root: Place
    decode: Callable[[bytes], Any]
    marks: Marks
    mark_attributes: Marks
    sure_mark: str
    quoted_marks: tuple[bytes, ...]

    def values(self, given: dict[str, Any], name: str) -> list[Any]:
        """Return a JSON object's values of a canonical name, in order; null counts as absent."""
        found = []
        for one in self.fields:
            if one.name == name:
                value: Any = given
                for step in one.path.split("."):
                    value = value.get(step) if isinstance(value, dict) else None
                if value is not None:
                    found.append(value)
        return found

    def has_marks(self, given: Mapping[str, Any]) -> bool:
        """Return True if a JSON object has this format's marks."""
        return any(
            all(any(given.get(key) is not None for key in group) for group in groups)
            for groups in self.marks
        )


def make_schema(
    name: str,
    title: str,
    fields: tuple[Field, ...],
    names: Iterable[str],
    marks: Marks,
    all_marks: Mapping[str, Marks],
) -> Schema:
    """Make the schema of a table.

    `title`: the format's name in the documentation.
    `names`: the canonical names of all formats; those that this one lacks are None in its lines.
    `marks`: the keys that identify this format; `all_marks`: those of all formats. A line keeps the
    others undecoded, so that a wrong guess is detected: `other_marks` of a line has the formats
    with the attributes of their marks.
    """
    root, alternatives = _tree(fields)
    found = {name: tuple(places) for name, places in alternatives.items()}
    attributes = {key: place.attribute for key, place in root.places.items()}
    keys = dict.fromkeys(key for other in all_marks.values() for key in _keys(other))
    extra: list[tuple[str, Any, Any]] = []
    for key in keys:
        if key not in attributes:
            attributes[key] = f"mark_{len(extra)}"
            extra.append((attributes[key], msgspec.Raw, _named(key)))
    parts = [key for key, place in root.places.items() if place.attribute.startswith(PART_PREFIX)]
    namespace: dict[str, Any] = {n: None for n in names if n not in found}
    namespace["alternatives"] = {name: rest[1:] for name, rest in found.items() if rest[1:]}
    namespace["paths"] = {place.attribute: key for key, place in root.places.items()}
    namespace["parts"] = tuple((key, PART_PREFIX + key) for key in parts)
    namespace["takes_wrapper_time"] = not marks
    namespace["other_marks"] = tuple(
        (other, _attributes(theirs, attributes))
        for other, theirs in all_marks.items()
        if theirs and other != name
    )
    root.struct = _struct(name.title(), root, extra, namespace)
    return Schema(
        name,
        title,
        fields,
        root,
        msgspec.json.Decoder(root.struct).decode,
        marks,
        _attributes(marks, attributes),
        next((attributes[groups[0][0]] for groups in marks if _keys((groups,))[1:] == []), ""),
        tuple(f'"{key}"'.encode() for groups in marks for key in groups[0]),
    )


# Prefix of the canonical names of parts of usage at the top of a line.
PART_PREFIX = "part_"


def _keys(marks: Marks) -> list[str]:
    return [key for groups in marks for group in groups for key in group]


def _attributes(marks: Marks, attributes: Mapping[str, str]) -> Marks:
    return tuple(
        tuple(tuple(attributes[key] for key in group) for group in groups) for groups in marks
    )


def _tree(fields: Iterable[Field]) -> tuple[Place, dict[str, list[str]]]:
    """Return the places below a line, and the attributes by canonical name."""
    root = Place("")
    alternatives: dict[str, list[str]] = {}
    for one in fields:
        place = root
        for step, attribute in zip(one.path.split("."), one.name.split("."), strict=True):
            if step == VALUES:
                place.container = VALUES
                break
            key = step.removesuffix(ELEMENTS).removesuffix(FIRST)
            wanted = attribute.removesuffix(ELEMENTS).removesuffix(FIRST)
            if key not in place.places:
                if place is root:
                    taken = alternatives.setdefault(wanted, [])
                    wanted = f"{wanted}_{len(taken) + 1}" if taken else wanted
                    taken.append(wanted)
                path = f"{place.path}.{key}" if place.path else key
                place.places[key] = Place(wanted, path)
            place = place.places[key]
            for container in (ELEMENTS, FIRST):
                if step.endswith(container):
                    place.container = container
        place.kind = one.kind
    return root, alternatives


def _named(key: str, default: Any = None) -> Any:
    return msgspec.field(default=default, name=key)


def _struct(
    name: str, place: Place, extra: list[tuple[str, Any, Any]], namespace: dict[str, Any]
) -> type[msgspec.Struct]:
    members = [
        (inner.attribute, _annotation(f"{name}{inner.attribute.title()}", inner), _named(key))
        for key, inner in place.places.items()
    ]
    # Lines have no cycles, so the garbage collector can skip them.
    return msgspec.defstruct(name, [*members, *extra], namespace=namespace, gc=False)


def _annotation(name: str, place: Place) -> Any:
    if place.places:
        place.struct = _struct(name, place, [], {})
        inner: Any = place.struct
    else:
        assert place.kind is not None  # a leaf of the table
        inner = place.kind.annotation
    if place.container in {ELEMENTS, FIRST}:
        return list[inner | None] | None
    if place.container == VALUES:
        return dict[str, inner | None] | None
    # Undecoded, null is text, too.
    return inner if inner is msgspec.Raw else inner | None


def read_strictly(place: Place, value: Any, faults: Faults) -> Any:
    """Return the line (or the value of a place) of a JSON value, and collect its faults.

    Numbers are exact: int or Decimal. A field with a fault is None; its path and fault are added to
    `faults`.
    """
    if value is None:
        return None
    try:
        if place.container == ELEMENTS:
            return [_one(place, item, faults) for item in _container(value, list)]
        if place.container == FIRST:
            return [_one(place, item, faults) for item in _container(value, list)[:1]]
        if place.container == VALUES:
            items = _container(value, dict).items()
            return {key: _one(place, item, faults) for key, item in items}
        return _one(place, value, faults)
    except FieldError as error:
        faults.append((place.path, error.fault.value))
        return None


def _one(place: Place, value: Any, faults: Faults) -> Any:
    if value is None:
        return None
    try:
        if place.struct is None:
            assert place.kind is not None  # a leaf of the table
            return place.kind.read(value)
        given = _container(value, dict)
        values = {
            inner.attribute: read_strictly(inner, given[key], faults)
            for key, inner in place.places.items()
            if given.get(key) is not None
        }
        return place.struct(**values)
    except FieldError as error:
        faults.append((place.path, error.fault.value))
        return None


def _container(value: Any, wanted: type) -> Any:
    if isinstance(value, wanted):
        return value
    raise FieldError(Fault.bad_type)
