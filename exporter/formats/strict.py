"""Read a JSON object with exact values: an invalid field is ignored and reported.

A record comes here if the fast path could not read it. Odd but valid spellings (`"120"` for a
number, `12.0`, a 20-digit amount) become lines of the same class with exact values.
"""

from typing import Any

from ..errors import FieldError, Reason, Rejected
from ..rules.record import EVENT
from .fields import TEXT, TIME
from .schema import Faults, Schema, read_strictly


def read_line(schema: Schema, fields: dict[str, Any], time: str | None) -> tuple[Any, Faults]:
    """Return the line of an object with exact values, and the faults of its fields.

    `time`: the wrapper's. Raises `Rejected` with the first rule that the object breaks.
    """
    is_event = EVENT in schema.values(fields, "event")
    has_other_time = time is not None and not schema.marks and not is_event
    _check_time(schema, fields, is_event, has_other_time)
    if not is_event and not _has_text(schema, fields, "model"):
        raise Rejected(Reason.missing_model)
    faults: Faults = []
    line = read_strictly(schema.root, fields, faults)
    if is_event and (line.compensation is None or line.compensation.payout is None):
        raise Rejected(Reason.missing_payout)
    return line, faults


def _check_time(
    schema: Schema, fields: dict[str, Any], is_event: bool, has_other_time: bool
) -> None:
    """Check the request's time; an event with an id needs none."""
    times = schema.values(fields, "time")
    if times:
        try:
            TIME.read(times[0])
        except FieldError:
            raise Rejected(Reason.bad_time) from None
    elif not has_other_time and not (is_event and _has_text(schema, fields, "id")):
        raise Rejected(Reason.missing_time)


def _has_text(schema: Schema, fields: dict[str, Any], name: str) -> bool:
    return any(map(_is_text, schema.values(fields, name)))


def _is_text(value: Any) -> bool:
    try:
        return bool(TEXT.read(value).strip())
    except FieldError:
        return False
