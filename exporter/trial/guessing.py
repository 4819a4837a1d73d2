"""Guess a mapping from the names of the fields that records have."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from ..config import Config
from ..errors import FieldError, Rejected
from ..formats.fields import FLAG, STATUS, TEXT, TIME
from ..formats.json_text import parse_text
from ..formats.registry import NATIVE
from ..formats.transforms import UNITS, Rule, with_point
from ..values.fixed_point import MAX_COUNT, number_within
from ..wrappers import AUTO, Unwrapper
from ..wrappers.rows import CSV, RowReader, header_of
from .first_blocks import first_blocks
from .names import DURATIONS, NAMES, OTHER, SUCCESS, UNIT_WORDS

_DELIMITERS = (",", ";", "\t", "|")
_MAX_RECORDS = 20
_MAX_DEPTH = 5
_MAX_FIELDS = 500
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_WORDS = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LEAST_ENDING = 4
# A number with a decimal comma, which can't separate thousands; one with points for thousands.
_COMMA = re.compile(r"0,[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+|[0-9]+,(?![0-9]{3}\Z)[0-9]+")
_THOUSANDS = re.compile(r"[1-9][0-9]{,2}(?:\.[0-9]{3})+")
# A duration like this is in seconds: no request is so short in milliseconds.
_FRACTION = re.compile(r"[0-9]{1,2}[.,][0-9]+")
_KINDS = {field.path: field.kind for field in NATIVE.fields}

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """How to read objects from the lines of a file: `wrapper` is `csv` or found by the lines."""

    wrapper: str
    delimiter: str = ","


def shape_of(begin: bytes) -> Shape:
    """Return the shape of content by its beginning: CSV with its delimiter, or anything else."""
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
    """Return a mapping for these records, without fields for which no name fits."""
    samples: Fields = {}
    for record in records:
        for place, value in _leaves(record, "", 1):
            if len(samples) < _MAX_FIELDS:
                samples.setdefault(place, value)
    found: dict[str, str | Rule] = {}
    for name, usual in NAMES.items():
        if (path := _choose(samples, usual, name)) is not None:
            found[name] = _rule(name, path, samples)
    if not {"latency_ms", "generation_ms"} & found.keys():
        found |= _whole_duration(samples)
    success = _choose(samples, SUCCESS, "cancelled")
    if "status" not in found and success is not None:
        found["status"] = Rule((success,), values={"true": "success", "false": "error"})
    return found


def _whole_duration(samples: Fields) -> dict[str, str | Rule]:
    """Return the rules for a whole duration, if no time to first token is known."""
    path = _choose(samples, DURATIONS, "generation_ms")
    if path is None:
        return {}
    return {
        "generation_ms": _rule("generation_ms", path, samples),
        "latency_ms": Rule(constant=0),
        "streamed": Rule(constant=False),
    }


def _choose(samples: Fields, usual: Sequence[str], name: str) -> str | None:
    """Return the path with the most usual name whose value suits the field."""
    whole: dict[str, str] = {}
    endings: dict[str, str] = {}
    for path, value in samples.items():
        if _can_be(name, value):
            steps = [_SEPARATORS.sub("", step.lower()) for step in path.split(".")]
            whole.setdefault(steps[-1], path)
            whole.setdefault("".join(steps[-2:]), path)
            if name != "status" or _is_http_status(value):
                for ending in _endings(path):
                    endings.setdefault(ending, path)
    found = next((whole[one] for one in usual if one in whole), None)
    return found or next((endings[one] for one in usual if one in endings), None)


def _endings(path: str) -> Iterator[str]:
    """Yield the last words of a name, joined; none if the words before them change its meaning."""
    words = [word.lower() for word in _WORDS.findall(path.rpartition(".")[2])]
    for at in range(1, len(words)):
        ending = "".join(words[at:])
        if len(ending) >= _LEAST_ENDING and not OTHER & set(words[:at]):
            yield ending


def _with_point(value: Any) -> Any:
    return with_point(value) if _COMMA.fullmatch(str(value)) else value


def _is_http_status(value: Any) -> bool:
    return len(text := str(value)) == len("200") and text.isdecimal()


def _can_be(name: str, value: Any) -> bool:
    kind = _KINDS[name]
    try:
        if kind is TIME:
            TIME.read(value)
        elif kind is FLAG:
            return str(value).lower() in {"true", "false", "yes", "no", "0", "1"}
        elif name not in {"status", "id"} and kind is not TEXT:
            number_within(_with_point(value), MAX_COUNT)
        else:
            TEXT.read(value)
    except FieldError:
        return False
    return True


def _rule(name: str, path: str, samples: Fields) -> str | Rule:
    """Return the rule for a value, with the unit by its name, else by its form."""
    value = samples[path]
    words = [word.lower() for word in _WORDS.findall(path)]
    comma = "," if _has_comma(name, value, samples) else ""
    if name == "cost_usd" and "cents" in words:
        return Rule((path,), factor=Decimal("0.01"), decimal=comma)
    unit = UNIT_WORDS.get(words[-1]) if name.endswith("_ms") and words else None
    if unit is None and name.endswith("_ms") and not {"ms", "millis"} & set(words):
        unit = "s" if _FRACTION.fullmatch(str(value)) else None
    if unit is None and not comma:
        return path
    return Rule((path,), factor=None if unit is None else UNITS[unit], decimal=comma)


def _has_comma(name: str, value: Any, samples: Fields) -> bool:
    """Return True if a number has a decimal comma."""
    if _KINDS[name] in {TEXT, TIME, FLAG, STATUS}:
        return False
    if _COMMA.fullmatch(str(value)):
        return True
    return bool(_THOUSANDS.fullmatch(str(value))) and any(
        isinstance(one, str) and _COMMA.fullmatch(one) for one in samples.values()
    )


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
