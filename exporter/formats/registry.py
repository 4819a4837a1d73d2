"""The registry of formats, each a file with a table of fields.

A format with marks is recognised by them; an object without any marks has the last format.
"""

from collections.abc import Mapping
from typing import Any

from ..wrappers.events import ReadEvent
from . import anthropic, columns, gemini, litellm, native, openai, openrouter, otlp, zenmux
from .schema import PART_PREFIX, Schema, make_schema

_FORMATS = {"zenmux": zenmux, "native": native}
AUTO = "auto"
OTLP = "otlp"
# The formats of other programs: rules like those of a mapping turn them into the native one.
PRESETS: Mapping[str, Any] = {
    "litellm": litellm,
    "openrouter": openrouter,
    "openai": openai,
    "anthropic": anthropic,
    "gemini": gemini,
    OTLP: otlp,
    "csv": columns,
}
# The values of a source's `format`.
CHOICES = (AUTO, *_FORMATS, *PRESETS)
# The formats of streamed answers, with the functions that read their events.
EVENTS: Mapping[str, ReadEvent] = {
    name: module.read_event for name, module in PRESETS.items() if hasattr(module, "read_event")
}
# The formats that have a wrapper of their own.
WRAPPERS: Mapping[str, str] = {
    name: module.WRAPPER for name, module in PRESETS.items() if hasattr(module, "WRAPPER")
}
# The canonical names of all formats. A line has every one of them, None if it is absent.
NAMES = sorted(
    {
        one.name.split(".")[0].removesuffix("[0]")
        for module in _FORMATS.values()
        for one in module.FIELDS
        if not one.name.startswith(PART_PREFIX)
    }
)
_MARKS = {name: module.MARKS for name, module in _FORMATS.items()}

SCHEMAS: Mapping[str, Schema] = {
    name: make_schema(name, module.TITLE, module.FIELDS, NAMES, module.MARKS, _MARKS)
    for name, module in _FORMATS.items()
}
MARKED = tuple(schema for schema in SCHEMAS.values() if schema.marks)
NATIVE = SCHEMAS["native"]
# The fields that a mapping can set.
MAPPABLE = frozenset(one.path for one in native.FIELDS if not one.is_alias)


def schema_of(fields: Mapping[str, Any]) -> Schema:
    """Return the format of a JSON object by its marks that are not null."""
    return next((schema for schema in MARKED if schema.has_marks(fields)), NATIVE)


def paths(name: str) -> tuple[str, ...]:
    """Return the paths of a canonical field in all formats, without repeats."""
    rows = (one for module in _FORMATS.values() for one in module.FIELDS)
    return tuple(dict.fromkeys(one.path for one in rows if one.name == name))
