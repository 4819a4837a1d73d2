"""Make from a format's table the class of its lines, the typed decoder, and the strict reading."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..errors import Reason
from .fields import Field, FieldError, Kind

ELEMENTS, VALUES = "[]", "*"


@dataclass(slots=True)
class Place:
    """What stands under one key: a value, or an object with places of its own.

    `container`: `[]` if it is an array of them, `*` if an object of them under any keys.
    """

    attribute: str
    kind: Kind | None = None
    container: str = ""
    places: dict[str, "Place"] = field(default_factory=dict)
    struct: type[msgspec.Struct] | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    """A format, ready to read: see `formats.fields` for its table."""

    name: str
    title: str
    fields: tuple[Field, ...]
    root: Place
    decode: Callable[[bytes], Any]
    # The keys by which a line is recognised, the attributes that hold them, and how they stand in
    # a line without escapes.
    marks: tuple[str, ...]
    mark_attributes: tuple[str, ...]
    quoted_marks: tuple[bytes, ...]

    def values(self, given: dict[str, Any], name: str) -> list[Any]:
        """Return what a JSON object has under a canonical name, in order; null is absent."""
        found = []
        for one in self.fields:
            if one.name == name:
                value: Any = given
                for step in one.path.split("."):
                    value = value.get(step) if isinstance(value, dict) else None
                if value is not None:
                    found.append(value)
        return found


def make_schema(
    name: str,
    title: str,
    fields: tuple[Field, ...],
    names: Iterable[str],
    marks: tuple[str, ...],
    all_marks: Mapping[str, str],
) -> Schema:
    """Make the schema of a table.

    `title`: the format's name in the documentation.
    `names`: the canonical names of all formats; those that this one lacks are None in its lines.
    `marks`: the keys that tell this format, which are fields of it; `all_marks`: those of all
    formats with their names. The others' are kept undecoded in a line, so that a wrong guess shows:
    `other_marks` of a line gives their attributes and formats.
    """
    root, alternatives = _tree(fields)
    found = {name: tuple(places) for name, places in alternatives.items()}
    namespace: dict[str, Any] = {n: None for n in names if n not in found}
    others = [mark for mark in all_marks if mark not in root.places]
    extra = [
        (f"mark_{n}", msgspec.Raw, _named(mark, msgspec.Raw())) for n, mark in enumerate(others)
    ]
    namespace["other_marks"] = tuple(
        (f"mark_{n}", all_marks[mark]) for n, mark in enumerate(others)
    )
    namespace["alternatives"] = {name: rest[1:] for name, rest in found.items() if rest[1:]}
    root.struct = _struct(name.title(), root, extra, namespace)
    return Schema(
        name,
        title,
        fields,
        root,
        msgspec.json.Decoder(root.struct).decode,
        marks,
        tuple(root.places[mark].attribute for mark in marks),
        tuple(f'"{mark}"'.encode() for mark in marks),
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
            key = step.removesuffix(ELEMENTS)
            wanted = attribute.removesuffix(ELEMENTS)
            if key not in place.places:
                if place is root:
                    taken = alternatives.setdefault(wanted, [])
                    wanted = f"{wanted}_{len(taken) + 1}" if taken else wanted
                    taken.append(wanted)
                place.places[key] = Place(wanted)
            place = place.places[key]
            if step.endswith(ELEMENTS):
                place.container = ELEMENTS
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
    # No cycles: the collector need not look at lines.
    return msgspec.defstruct(name, [*members, *extra], namespace=namespace, gc=False)


def _annotation(name: str, place: Place) -> Any:
    if place.places:
        place.struct = _struct(name, place, [], {})
        inner: Any = place.struct
    else:
        assert place.kind is not None  # a leaf of the table
        inner = place.kind.annotation
    if place.container == ELEMENTS:
        return list[inner | None] | None
    if place.container == VALUES:
        return dict[str, inner | None] | None
    return inner | None


def read_strictly(place: Place, value: Any, faults: set[Reason]) -> Any:
    """Return the line (or what stands at a place) of a JSON value, collecting what is wrong.

    Numbers are exact: int or Decimal. A field with a fault is None.
    """
    if value is None:
        return None
    try:
        if place.container == ELEMENTS:
            return [_one(place, item, faults) for item in _container(value, list)]
        if place.container == VALUES:
            items = _container(value, dict).items()
            return {key: _one(place, item, faults) for key, item in items}
        return _one(place, value, faults)
    except FieldError as error:
        faults.add(error.reason)
        return None


def _one(place: Place, value: Any, faults: set[Reason]) -> Any:
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
        faults.add(error.reason)
        return None


def _container(value: Any, wanted: type) -> Any:
    if isinstance(value, wanted):
        return value
    raise FieldError(Reason.bad_type)
