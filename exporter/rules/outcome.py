"""Determine how a request ended: its outcome, error type and finish reason.

Sources: ZenMux's documentation of finish reasons and errors; docs/counting.md, "Outcome".
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ..errors import Fault
from ..values.fixed_point import Inexact, Number, literal
from ..values.labels import UNKNOWN

SUCCESS: Final = "success"
ERROR: Final = "error"
CANCELLED: Final = "cancelled"
# The request has not ended: its line is not counted.
PENDING: Final = "pending"

_FIRST_ERROR_STATUS: Final = 400
_MAX_DIGITS: Final = 12
_MAX_TYPE_DIGITS: Final = 64
_CLIENT_WENT_AWAY: Final = 499
# A status line: `429 Too Many Requests`, `503: overloaded`; not `5xx`.
_STATUS_LINE: Final = re.compile(r"(\d+(?:\.\d+)?)(?:[^\w.].*)?|(\d{3})\D.*", re.ASCII | re.DOTALL)
_FINISH: Final = {
    "stop": ("stop", "end_turn", "stop_sequence"),
    "length": ("length", "max_tokens", "max_output_tokens"),
    "tool_calls": ("tool_calls", "function_call", "tool_use"),
    "content_filter": (
        "content_filter",
        "refusal",
        "safety",
        "recitation",
        "blocklist",
        "prohibited_content",
        "image_prohibited_content",
        "spii",
    ),
    "error": ("error", "malformed_function_call"),
}
# The usual spellings, found by one look-up; `finish_reason` handles all others.
FINISH_REASONS: Final[dict[str | None, str]] = {
    spelling: reason
    for reason, words in _FINISH.items()
    for word in words
    for spelling in (word, word.upper(), f"FINISH_REASON_{word.upper()}")
}
FINISH_REASONS[None] = UNKNOWN

_STATUSES: Final = {
    PENDING: ("pending", "queued", "started", "running", "in_progress", "processing"),
    CANCELLED: ("cancelled", "canceled", "aborted"),
    ERROR: ("error", "failed", "failure", "timeout", "timed_out", "expired"),
    SUCCESS: (
        "success",
        "succeeded",
        "ok",
        "completed",
        "complete",
        "done",
        "finished",
        "incomplete",
        "",
    ),
}
_OUTCOME_OF: Final = {word: outcome for outcome, words in _STATUSES.items() for word in words}


def finish_reason(text: str | None) -> str:
    """Return one of seven words for a provider's finish reason; `other` for an unlisted one."""
    found = FINISH_REASONS.get(text)
    if found is not None or text is None:
        return found or UNKNOWN
    word = text.strip().lower().removeprefix("finish_reason_")
    return FINISH_REASONS.get(word, "other") if word else UNKNOWN


def outcome_of(
    cancelled: bool | None,
    succeeded: bool | None,
    has_error: bool,
    status: Number | None,
    error_type: str | None,
    finish: str,
) -> tuple[str, str | None]:
    """Return the outcome of a request, and the error type of a failed one.

    `has_error`: the record's `error` reports one, by `error_of`.
    """
    if error_type is not None and not error_type.strip():
        error_type = None
    told = None if status is None else status_outcome(status)
    if told == PENDING:
        return PENDING, None
    if cancelled or told == CANCELLED:
        return CANCELLED, None
    failed = succeeded is False or has_error or error_type is not None
    if failed or ERROR in {finish, told}:
        if error_type is None and status is not None:
            error_type = _status_text(status)
        return ERROR, error_type or UNKNOWN
    return SUCCESS, None


def error_of(value: Any) -> tuple[bool, str | None]:
    """Return True if a record's `error` reports one, and its type if it has one.

    `value`: any decoded JSON. An empty value counts as absent, and text is a message, not a type.
    """
    if isinstance(value, bool):
        return value, None
    if isinstance(value, str):
        return bool(value.strip()), None
    if not isinstance(value, dict):
        return False, None
    given: dict[str, Any] = {name: one for name, one in value.items() if one is not None}
    return bool(given), _type_text(given.get("type")) or _type_text(given.get("code"))


def faults_of_error(error: dict[str, Any]) -> list[tuple[str, Fault]]:
    """Return the faults of the fields that may hold an error's type."""
    faults: list[tuple[str, Fault]] = []
    for name in ("type", "code"):
        value = error.get(name)
        if _type_text(value) is not None:
            break
        if value is not None and not isinstance(value, str):
            faults.append((name, Fault.bad_number if _is_number(value) else Fault.bad_type))
    return faults


def _type_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if not _is_number(value):
        return None
    number = Decimal(value)
    if not number.is_finite() or number.adjusted() >= _MAX_TYPE_DIGITS:
        return None
    return _digits(number)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def status_outcome(status: Number) -> str | None:
    """Return the outcome of a status: a listed word or an HTTP status, else None."""
    if isinstance(status, str):
        found = _OUTCOME_OF.get(status.strip().lower())
        if found is not None:
            return found
    number = _leading_number(status)
    if number is None or number.is_nan():
        return None
    if number == _CLIENT_WENT_AWAY:
        return CANCELLED
    return ERROR if number >= _FIRST_ERROR_STATUS else SUCCESS


def _leading_number(status: Number) -> Decimal | None:
    """Return the number that a status is or begins with."""
    if not isinstance(status, str):
        if isinstance(status, float):
            raise Inexact
        return Decimal(status)
    word = status.strip()
    try:
        return literal(word)
    except InvalidOperation:
        line = _STATUS_LINE.fullmatch(word)
        return None if line is None else Decimal(line[1] or line[2])


def _status_text(status: Number) -> str:
    """Return a status as an error type: only its number (`429`), else its word (`failed`)."""
    number = _leading_number(status)
    return str(status).strip() if number is None else _digits(number)


def _digits(number: Decimal) -> str:
    """Return a number as text, `12.0` as `12`."""
    # Some exponents are too large for arithmetic.
    if number.is_finite() and number.adjusted() < _MAX_DIGITS:
        whole = number.to_integral_value()
        if number == whole:
            return str(int(whole))
    return str(number)
