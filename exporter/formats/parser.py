"""Parse the text of a record, or return why it is invalid.

The fast path decodes a text with the typed decoder of its format. A text that it can't read, or not
exactly, is read again by the strict path. Both recognise the format by the same marks.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from ..errors import Reason, Rejected
from ..records import Record
from ..rules.record import build_record
from .json_text import parse_text
from .mapping import FieldMapping
from .matches import Matches
from .registry import AUTO, EVENTS, MARKED, NATIVE, PRESETS, SCHEMAS, schema_of
from .schema import Schema
from .strict import read_line
from .transforms import Rule

# The marks to look for first, in quotes, with the decoder and the marks of their format.
_GUESSES: Final[list[tuple[bytes, Any, str, Any]]] = [
    (mark, schema.decode, schema.sure_mark, schema.mark_attributes)
    for schema in MARKED
    for mark in schema.quoted_marks
]
_decode_native: Final = NATIVE.decode
_BACKSLASH: Final = ord("\\")
_BLANK: Final = b" \t\r\n\v\f\xef\xbb\xbf"
_ENVELOPE: Final = "data"


class Parser:
    """A parser of one source's records, in any format, or foreign ones by a field mapping."""

    def __init__(self, mapping: FieldMapping | None = None, shape: str = AUTO) -> None:
        """Without a mapping the records' own field names are read.

        `shape`: the name of the format of all records; by default each one's is recognised.
        """
        self._mapping = mapping
        # An event of a stream may look like a record, but only the whole stream is one.
        self._is_fast = mapping is None and shape not in EVENTS
        self._schema: Schema | None = None if shape == AUTO else SCHEMAS.get(shape, NATIVE)

    @property
    def matches(self) -> Matches | None:
        """The fields of the mapping that have matched; None without a mapping."""
        return None if self._mapping is None else self._mapping.matches

    def parse_fast(self, text: bytes, time: str | None = None) -> Record | None:
        """Return the record of a text; None if there is none, or if only `parse` can read it."""
        if not self._is_fast:
            return None
        schema = self._schema
        try:
            line = decode_line(text) if schema is None else schema.decode(text)
            return build_record(line, time)
        except (ValueError, ArithmeticError, RecursionError):
            return None

    def parse(self, text: bytes, time: str | None = None) -> list[Record | Rejected]:
        """Return the records of a text, which is one JSON object, or why it has none.

        An envelope may hold several records; a blank text has none. `time`: the wrapper's, for
        native records without a time.
        """
        record = self.parse_fast(text, time)
        if record is not None:
            return [record]
        if not text.strip(_BLANK):
            return []
        try:
            value = parse_text(text)
        except Rejected as rejected:
            return [rejected]
        return [self._parse_value(one, time) for one in self._contents(value)]

    def _contents(self, value: Any) -> list[Any]:
        """Return the contents of an envelope, else the value itself."""
        if not isinstance(value, dict):
            return [value]
        inner = value.get(_ENVELOPE)
        if not isinstance(inner, dict | list) or not inner or self._is_record(value):
            return [value]
        return inner if isinstance(inner, list) else [inner]

    def _is_record(self, fields: dict[str, Any]) -> bool:
        """Return True if an object has the fields that every record has."""
        if self._mapping is not None:
            fields = self._mapping.apply(fields)
        schema = self._schema or schema_of(fields)
        return bool(schema.values(fields, "time") and schema.values(fields, "model"))

    def _parse_value(self, value: Any, time: str | None) -> Record | Rejected:
        if not isinstance(value, dict):
            return Rejected(Reason.not_object)
        if self._mapping is not None:
            value = self._mapping.apply(value)
        schema = self._schema or schema_of(value)
        try:
            line, faults = read_line(schema, value, time)
        except Rejected as rejected:
            return rejected
        return build_record(line, time, tuple(faults), is_strict=True)


def parser_of(
    shape: str,
    mapping: Mapping[str, str | Rule] | None = None,
    payout: Mapping[str, tuple[str, ...]] | None = None,
) -> Parser:
    """Return the parser of a format by its name; a mapping adds to the format's rules."""
    preset = PRESETS.get(shape)
    rules: dict[str, str | Rule] = dict(preset.RULES) if preset is not None else {}
    rules.update(mapping or {})
    if not (rules or payout):
        return Parser(None, shape)
    # Of a format's own fields, only these are in every record.
    watched = mapping or {name: rules[name] for name in ("timestamp", "model") if name in rules}
    refine = getattr(preset, "refine", None)
    return Parser(FieldMapping(rules, payout, refine, watched), shape)


def decode_line(line: bytes) -> Any:
    """Decode a line by the fast path; raises ValueError or similar if only the strict path can.

    A mark may also be in a text, or null, or written with escapes: the decoded line shows whether
    the guess was right.
    """
    for mark, decode, sure_mark, marks in _GUESSES:
        # Most lines begin with the mark; else `find` takes a third of the time of `in`.
        if line[1 : len(mark) + 1] == mark or line.find(mark) >= 0:
            found = decode(line)
            if getattr(found, sure_mark) is not None or _has_marks(found, marks):
                return found
    found = _decode_native(line)
    if _BACKSLASH not in line:
        return found
    for name, marks in found.other_marks:
        if _has_marks(found, marks):
            return SCHEMAS[name].decode(line)
    return found


def _has_marks(line: Any, marks: Any) -> bool:
    for groups in marks:
        for group in groups:
            if not _has_one(line, group):
                break
        else:
            return True
    return False


def _has_one(line: Any, attributes: Any) -> bool:
    for attribute in attributes:
        value = getattr(line, attribute)
        # Undecoded, null is text, too.
        if value is not None and not (isinstance(value, msgspec.Raw) and bytes(value) == b"null"):
            return True
    return False
