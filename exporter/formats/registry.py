"""The formats: each is a file with a table of fields, registered here.

A format with marks is recognised by them; a line without any mark is of the last format.
"""

from collections.abc import Mapping
from typing import Any

from . import native, zenmux
from .schema import Schema, make_schema

_FORMATS = {"zenmux": zenmux, "native": native}
# The canonical names of all formats. A line has every one of them, None if it is absent.
NAMES = sorted({one.name.split(".")[0] for module in _FORMATS.values() for one in module.FIELDS})
_MARKS = {mark: name for name, module in _FORMATS.items() for mark in module.MARKS}

SCHEMAS: Mapping[str, Schema] = {
    name: make_schema(name, module.TITLE, module.FIELDS, NAMES, module.MARKS, _MARKS)
    for name, module in _FORMATS.items()
}
MARKED = tuple(schema for schema in SCHEMAS.values() if schema.marks)
NATIVE = SCHEMAS["native"]


def schema_of(fields: Mapping[str, Any]) -> Schema:
    """Return the format of a JSON object: of the first of its marks that is not null."""
    for schema in MARKED:
        if any(fields.get(mark) is not None for mark in schema.marks):
            return schema
    return NATIVE


def paths(name: str) -> tuple[str, ...]:
    """Return the paths of a canonical field in all formats, without repeats."""
    rows = (one for module in _FORMATS.values() for one in module.FIELDS)
    return tuple(dict.fromkeys(one.path for one in rows if one.name == name))
