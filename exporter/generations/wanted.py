"""Parse lines of ids, and complete answers from the user's own log."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ..api.responses import Json
from ..counting.deduplication import BILL, FIRST_TOKEN, GENERATION, REQUEST, outcome_of
from ..formats.parser import Parser
from ..records import Record
from ..rules.outcome import PENDING, SUCCESS, error_of, status_outcome
from ..values.fixed_point import literal

# An id alone on a line; ids are never searched for inside other text.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{3,127}")
_ID_NAMES = ("generationId", "generation_id", "id", "responseId")
# Names in the user's own log, and in the stored record. The first that is present wins.
_OWN = (
    ("apiKeyId", "apiKeyId"),
    ("api_key", "apiKeyId"),
    ("providerSlug", "providerSlug"),
    ("provider", "providerSlug"),
    ("plan", "plan"),
    ("latency", "latency"),
    ("latency_ms", "latency"),
    ("generationTime", "generationTime"),
    ("generation_ms", "generationTime"),
    ("cancelled", "cancelled"),
    ("errorType", "errorType"),
    ("error_type", "errorType"),
    ("compensation", "compensation"),
)
_TIMES = ("createdAt", "createAt", "timestamp", "created_at", "created", "createTime")
_ANSWER_TIMES = ("createdAt", "createAt")
_SPEED = (("latency", FIRST_TOKEN), ("generationTime", GENERATION))
_MOST_DEPTH = 20
_PARSER = Parser(shape="zenmux")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An id, and fields of its request from the user's own log, under the record's names."""

    id: str
    own: Mapping[str, Any] = field(default_factory=dict)


def wanted(line: bytes) -> Wanted | None:
    """Parse a line that is an id alone or a record with an id; return None for any other."""
    text = line.decode(errors="replace").strip()
    if _ID.fullmatch(text):
        return Wanted(text)
    try:
        record = json.loads(text, parse_float=literal)
    except (ValueError, RecursionError):
        return None
    found = _ids(record) if isinstance(record, dict) else [record]
    identity = next((one for one in found if isinstance(one, str) and _ID.fullmatch(one)), None)
    if identity is None:
        return None
    return Wanted(identity, _own(record) if isinstance(record, dict) else {})


def _ids(record: dict[str, Any]) -> list[Any]:
    """Return the candidates for a record's id; a number becomes its digits."""
    found = [record.get(name) for name in _ID_NAMES]
    return [str(one) if type(one) is int else one for one in found]


def _own(record: dict[str, Any]) -> dict[str, Any]:
    """Return only the fields that an answer lacks or the user's own log knows better."""
    own: dict[str, Any] = {}
    for name, known in _OWN:
        if record.get(name) is not None and _is_shallow(record[name]):
            own.setdefault(known, record[name])
    own.update(_ending(record))
    times = (record[name] for name in _TIMES if record.get(name) is not None)
    time = next(filter(_is_shallow, times), None)
    return own if time is None else {**own, "createdAt": time}


def _is_shallow(value: object, most: int = _MOST_DEPTH) -> bool:
    """Return True if a value is not too deep to be written as JSON again."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return most > 0 and all(_is_shallow(one, most - 1) for one in inner)


def _ending(record: dict[str, Any]) -> dict[str, Any]:
    """Return how a request ended, without error messages, which may quote a prompt."""
    ending: dict[str, Any] = {}
    status, extra = record.get("status"), record.get("ext")
    # A pending status is out of date: since there is an answer, the request has ended.
    if isinstance(status, int | str | Decimal) and status_outcome(status) != PENDING:
        ending["status"] = status
    if isinstance(extra, dict) and isinstance(extra.get("requestSuccess"), bool | int | str):
        ending["ext"] = {"requestSuccess": extra["requestSuccess"]}
    is_error, kind = error_of(record.get("error"))
    if is_error:
        ending["error"] = {"type": kind} if kind else True
    return ending


def parsed(record: bytes) -> Record | None:
    """Return the record that the pipeline will parse from a line, None if it will reject it."""
    found = _PARSER.parse(record)
    return next((one for one in found if isinstance(one, Record)), None)


def completed(answer: Json, one: Wanted) -> bytes:
    """Return an answer as a line; fields of the user's own log win, except for the time."""
    own = dict(one.own)
    if any(answer.get(name) is not None for name in _ANSWER_TIMES):
        own.pop("createdAt", None)
    record = {**answer, "generationId": one.id, **own}
    return json.dumps(record, default=_number).encode() + b"\n"


def line_of(one: Wanted) -> bytes:
    """Return the line for an id and its fields, which `wanted` parses back."""
    return json.dumps({"generationId": one.id, **one.own}, default=_number).encode() + b"\n"


def merged(known: Wanted, later: Wanted) -> Wanted:
    """Merge two lines of an id: the first wins, as with records; the later one fills in."""
    return Wanted(known.id, {**later.own, **known.own})


def is_counted(one: Wanted, flags: int) -> bool:
    """Return True if a request's bill, and all else that this line could add, is counted.

    `flags`: what is counted of its id. Key, provider and outcome come from its first record only.
    """
    if not (flags & REQUEST and flags & BILL) or "compensation" in one.own:
        return False
    has_speed = outcome_of(flags) == SUCCESS
    return all(flags & part for name, part in _SPEED if has_speed and name in one.own)


def _number(value: object) -> object:
    """Return an exact number as text, which records accept as a number."""
    return str(value)
