"""Tell how a request ended: its outcome, its error type, its finish reason.

Sources: ZenMux's documentation of finish reasons and errors; docs/counting.md, "Outcome".
"""

from decimal import Decimal, InvalidOperation
from typing import Final

from ..values.fixed_point import MAX_COUNT, Number
from ..values.labels import UNKNOWN

SUCCESS: Final = "success"
ERROR: Final = "error"
CANCELLED: Final = "cancelled"
PENDING: Final = "pending"

_FIRST_ERROR_STATUS: Final = 400
_FINISH: Final = {
    "stop": ("stop", "end_turn", "stop_sequence"),
    "length": ("length", "max_tokens"),
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
# The usual spellings, found in one step; `finish_reason` knows every other.
FINISH_REASONS: Final[dict[str | None, str]] = {
    spelling: reason
    for reason, words in _FINISH.items()
    for word in words
    for spelling in (word, word.upper(), f"FINISH_REASON_{word.upper()}")
}
FINISH_REASONS[None] = UNKNOWN

_STATUSES: Final = {
    SUCCESS: ("success", "succeeded", "ok", "completed"),
    ERROR: ("error", "failed", "failure"),
    CANCELLED: ("cancelled", "canceled"),
}
_OUTCOME_OF: Final = {word: outcome for outcome, words in _STATUSES.items() for word in words}


def finish_reason(text: str | None) -> str:
    """Return one of seven words for a provider's finish reason; `other` if nobody listed it."""
    found = FINISH_REASONS.get(text)
    if found is not None or text is None:
        return found or UNKNOWN
    word = text.strip().lower().removeprefix("finish_reason_")
    return FINISH_REASONS.get(word, "other") if word else UNKNOWN


def outcome_of(
    cancelled: bool | None,
    succeeded: bool | None,
    status: Number | None,
    error_type: str | None,
    finish: str,
) -> tuple[str, str | None]:
    """Return the outcome of a request, and the error type of a failed one."""
    if error_type is not None and not error_type.strip():
        error_type = None
    told = None if status is None else status_outcome(status)
    if cancelled or told == CANCELLED:
        return CANCELLED, None
    if succeeded is False or finish == ERROR or error_type is not None or told == ERROR:
        if error_type is None and status is not None:
            error_type = _status_text(status).strip()
        return ERROR, error_type or UNKNOWN
    return SUCCESS, None


def status_outcome(status: Number) -> str | None:
    """Return the outcome that a status tells: a listed word or an HTTP status, else None."""
    if isinstance(status, str):
        word = status.strip().lower()
        found = _OUTCOME_OF.get(word)
        if found is not None or not word:
            return found or SUCCESS
    try:
        number = Decimal(status)
    except InvalidOperation:
        return None
    if number.is_nan():
        return None
    return ERROR if number >= _FIRST_ERROR_STATUS else SUCCESS


def _status_text(status: Number) -> str:
    """Return a status as text: `failed`, `429`."""
    if isinstance(status, str):
        return status
    number = Decimal(status)
    whole = -MAX_COUNT < number < MAX_COUNT and number % 1 == 0
    return str(int(number)) if whole else str(status)
