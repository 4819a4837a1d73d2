"""How a request ended: outcome, error type, finish reason and responsibility."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .fields import Fields
from .numbers import BadType, far_decimal
from .texts import digits, flag, label, text

_FINISH = {
    "stop": "stop end_turn stop_sequence",
    "length": "length max_tokens max_output_tokens",
    "tool_calls": "tool_calls function_call tool_use",
    "content_filter": "content_filter refusal safety recitation blocklist prohibited_content "
    "image_prohibited_content spii",
    "error": "error malformed_function_call",
}
_STATUSES = {
    "pending": "pending queued started running in_progress processing",
    "cancelled": "cancelled canceled aborted",
    "error": "error failed failure timeout timed_out expired",
    "success": "success succeeded ok completed complete done finished incomplete",
}
_RESPONSIBLE = {
    "client": "invalid_params access_denied safety_check_failed model_not_available invalid_model "
    "model_not_supported provider_unprocessable_entity_error 400 403 404 413 422",
    "quota": "insufficient_credit reject_no_credit quote_exceeded rate_limit 402 429",
    "platform": "internal_server_error no_provider_available 502",
    "provider": "provider_api_error provider_error provider_internal_server_error 520 524",
}
# A number alone, or followed by text after a separator.
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+$|(?![\w.]))", re.ASCII)


@dataclass(slots=True)
class Ending:
    """How a request ended; `is_told` is False if success is only assumed."""

    outcome: str = "success"
    is_told: bool = False
    is_unknown: bool = False
    error: str = "unknown"


def finish_reason(word: str | None) -> str:
    """Return one of seven reasons for a reason of any protocol."""
    if word is None:
        return "unknown"
    name = word.strip().lower().removeprefix("finish_reason_")
    return next((known for known, words in _FINISH.items() if name in words.split()), "other")


def responsible(error: str) -> str:
    """Return who is responsible for an error type or status."""
    owners = (owner for owner, words in _RESPONSIBLE.items() if error.lower() in words.split())
    return next(owners, "unknown")


def read_ending(f: Fields, finish: str, type_field: str, success: bool | None) -> Ending:
    """Read the outcome; `type_field` names the field of the error's type."""
    status = (f.get("status", text) or "").strip()
    kind = f.get(type_field, text)
    is_cancelled = f.get("cancelled", flag)
    has_error = f.get("error", _is_error)
    inner = f.raw.get("error") if isinstance(f.raw.get("error"), dict) else {}
    own = kind or _inner(f, inner, "type") or _inner(f, inner, "code")
    leading = _NUMBER.match(status)
    number = None if leading is None else far_decimal(leading[0])
    means = _meaning(status, number)
    ending = Ending(
        is_told=bool(status) or success is not None,
        is_unknown=bool(status) and not means,
        error=label(own or (status if number is None else digits(number))),
    )
    if means == "pending":
        ending.outcome = "pending"
    elif is_cancelled or means == "cancelled":
        ending.outcome = "cancelled"
    elif success is False or finish == "error" or means == "error" or kind or has_error:
        ending.outcome = "error"
    return ending


def _inner(f: Fields, error: Any, name: str) -> str | None:
    found: str | None = f.read(f"error.{name}", error.get(name), text)
    return found


def _is_error(value: Any) -> bool:
    """Return True for an object, a text or true, unless it is empty."""
    if isinstance(value, bool | dict):
        return bool(value)
    if isinstance(value, str):
        return bool(value.strip())
    raise BadType


def _meaning(status: str, number: Decimal | None) -> str:
    """Return the meaning of a status; empty if it is absent or in no rule."""
    if number is not None:
        failed_or_not = "error" if number >= 400 else "success"
        return "cancelled" if number == 499 else failed_or_not
    word = status.lower()
    return next((kind for kind, words in _STATUSES.items() if word in words.split()), "")
