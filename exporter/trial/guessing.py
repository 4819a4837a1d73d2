"""Guess a mapping from the names of the fields that records have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from ..config import Config
from ..errors import FieldError, Rejected
from ..formats.fields import FLAG, TEXT, TIME
from ..formats.json_text import parse_text
from ..formats.registry import NATIVE
from ..formats.transforms import UNITS, Rule
from ..values.fixed_point import MAX_COUNT, number_within
from ..wrappers import AUTO, Unwrapper
from ..wrappers.rows import CSV, RowReader, header_of
from .first_blocks import first_blocks
from .names import DURATIONS, NAMES, UNIT_WORDS

_DELIMITERS = (",", ";", "\t", "|")
_MAX_RECORDS = 20
_MAX_DEPTH = 5
_MAX_FIELDS = 500
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_KINDS = {field.path: field.kind for field in NATIVE.fields}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of a file are read to objects: `wrapper` is `csv` or told by the lines."""

    wrapper: str
    delimiter: str = ","


def shape_of(begin: bytes) -> Shape:
    """Return whether a content that begins so looks like CSV, and its delimiter."""
    best = max(_DELIMITERS, key=lambda mark: len(header_of(begin, mark) or ()))
    header = header_of(begin, best) or []
    is_csv = len(header) > 1 and all(header) and not begin.lstrip().startswith((b"{", b"["))
    return Shape(CSV, best) if is_csv else Shape(AUTO)


def objects(config: Config, path: str, shape: Shape, head: bytes) -> list[Fields]:
    """Return the first objects in a file, whatever they are."""
    limit = config.storage.max_line_bytes
    make: Any = partial(RowReader, limit, _is_none, head, shape.delimiter)
    is_csv = shape.wrapper == CSV
    told = CSV if is_csv else ""
    unwrapper = Unwrapper(told, limit, _is_none, make if is_csv else None)
    found: list[Fields] = []
    for block in first_blocks("try", path, limit, shape.wrapper):
        for line, start in zip(block.lines, block.starts, strict=False):
            for one in unwrapper.feed(line, start):
                found += _records(one.text) if one.reason is None else []
            if len(found) >= _MAX_RECORDS:
                return found[:_MAX_RECORDS]
    return found


def _is_none(_text: bytes) -> bool:
    return False


def _records(text: bytes) -> list[Fields]:
    try:
        value = parse_text(text) if text.strip() else None
    except Rejected:
        return []
    inner = value.get("data") if isinstance(value, dict) else None
    if isinstance(inner, dict | list) and inner:
        value = inner
    given = value if isinstance(value, list) else [value]
    return [one for one in given if isinstance(one, dict)]


def guess(records: Sequence[Fields]) -> dict[str, str | Rule]:
    """Return a mapping for these records; without what no field's name tells."""
    samples: Fields = {}
    for record in records:
        for place, value in _leaves(record, "", 1):
            if len(samples) < _MAX_FIELDS:
                samples.setdefault(place, value)
    found: dict[str, str | Rule] = {}
    for name, usual in NAMES.items():
        if (path := _choose(samples, usual, name)) is not None:
            found[name] = _rule(name, path)
    if not {"latency_ms", "generation_ms"} & found.keys():
        whole = _choose(samples, DURATIONS, "generation_ms")
        if whole is not None:
            found |= {
                "generation_ms": _rule("generation_ms", whole),
                "latency_ms": Rule(constant=0),
                "streamed": Rule(constant=False),
            }
    return found


def _choose(samples: Fields, usual: Sequence[str], name: str) -> str | None:
    """Return the path of the most usual name whose value can be the field's."""
    by_name: dict[str, str] = {}
    for path, value in samples.items():
        if _can_be(name, value):
            steps = [_SEPARATORS.sub("", step.lower()) for step in path.split(".")]
            by_name.setdefault(steps[-1], path)
            by_name.setdefault("".join(steps[-2:]), path)
    return next((by_name[one] for one in usual if one in by_name), None)


def _can_be(name: str, value: Any) -> bool:
    kind = _KINDS[name]
    try:
        if kind is TIME:
            TIME.read(value)
        elif kind is FLAG:
            return str(value).lower() in {"true", "false", "yes", "no", "0", "1"}
        elif name not in {"status", "id"} and kind is not TEXT:
            number_within(value, MAX_COUNT)
        else:
            TEXT.read(value)
    except FieldError:
        return False
    return True


def _rule(name: str, path: str) -> str | Rule:
    """Return how a value is read, by the unit that its name tells."""
    words = [word.lower() for word in _WORDS.findall(path)]
    if name == "cost_usd" and "cents" in words:
        return Rule((path,), factor=Decimal("0.01"))
    unit = UNIT_WORDS.get(words[-1]) if name.endswith("_ms") and words else None
    return path if unit is None else Rule((path,), factor=UNITS[unit])


def _leaves(record: Mapping[str, Any], outer: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        path = f"{outer}{key}"
        inner = value
        if isinstance(value, str) and value.startswith("{"):
            inner = next(iter(_records(value.encode(errors="replace"))), value)
        if isinstance(inner, dict) and depth < _MAX_DEPTH:
            yield from _leaves(inner, f"{path}.", depth + 1)
        elif value is not None and value != "":
            yield path, value
