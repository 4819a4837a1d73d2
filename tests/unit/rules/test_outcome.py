"""Outcomes from a request's status, error and finish reason."""

from decimal import Decimal
from typing import Any

import pytest

from implementations import Implementation


@pytest.fixture
def rules(implementation: Implementation) -> Any:
    """Return the module of the implementation under test."""
    return implementation.module("rules.outcome")


OUTCOMES: dict[str, list[Any]] = {
    "pending": ["pending", "Queued", " started ", "RUNNING", "in_progress", "processing"],
    "cancelled": [
        "cancelled",
        "Canceled",
        "aborted",
        499,
        Decimal("499.0"),
        "499",
        "499 Client Closed Request",
    ],
    "error": [
        "error",
        "FAILED",
        "failure",
        " timeout\n",
        "timed_out",
        "expired",
        400,
        "429",
        "429 Too Many Requests",
        "503: overloaded",
        "500-internal",
        "503ServiceUnavailable",
        "429_too_many_requests",
        "400.5: odd",
        "4e2",
        Decimal("1e999"),
        "1e99999999999999999999",
        10**40,
    ],
    "success": [
        "success",
        "Succeeded",
        "ok",
        "completed",
        "complete",
        "done",
        "finished",
        "incomplete",
        "",
        " ",
        200,
        399,
        "399.9",
        "200 OK",
        -1,
    ],
}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(word, outcome) for outcome, words in OUTCOMES.items() for word in words],
)
def test_status(rules: Any, status: Any, outcome: str) -> None:
    """A status ignores case and spaces; a number may be followed by text."""
    assert rules.status_outcome(status) == outcome


@pytest.mark.parametrize(
    "status",
    [
        "zigzag",
        "5xx",
        "HTTP 500",
        "\uff14\uff12\uff19",
        "4_29",
        "42x",
        "nan",
        "inf",
        "1.2.3",
        "0x1ff",
    ],
)
def test_unknown_status(rules: Any, status: str) -> None:
    """An unknown status gives no outcome, so the request counts as a success."""
    assert rules.status_outcome(status) is None
    assert rules.outcome_of(None, None, False, status, None, "stop") == ("success", None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"status": "pending", "cancelled": True, "error_type": "x"}, ("pending", None)),
        ({"status": "pending", "finish": "error"}, ("pending", None)),
        ({"status": 500, "cancelled": True}, ("cancelled", None)),
        ({"status": "aborted", "error_type": "x"}, ("cancelled", None)),
        ({"status": "incomplete", "finish": "length"}, ("success", None)),
        ({"succeeded": False}, ("error", "unknown")),
        ({"succeeded": True, "status": 503}, ("error", "503")),
        ({"finish": "error"}, ("error", "unknown")),
        ({"has_error": True}, ("error", "unknown")),
        ({"has_error": True, "status": 200, "error_type": "x"}, ("error", "x")),
        ({"error_type": " "}, ("success", None)),
        ({"error_type": "rate_limit", "status": "success"}, ("error", "rate_limit")),
        ({"error_type": "invalid_model", "status": 500}, ("error", "invalid_model")),
        ({"status": "429 Too Many Requests"}, ("error", "429")),
        ({"status": " 503.0 "}, ("error", "503")),
        ({"status": Decimal("402.0")}, ("error", "402")),
        ({"status": "Timeout"}, ("error", "Timeout")),
    ],
)
def test_outcome(rules: Any, given: dict[str, Any], expected: tuple[str, str | None]) -> None:
    """Pending wins over cancelled, cancelled over error, and the error type over the status."""
    outcome = rules.outcome_of(
        given.get("cancelled"),
        given.get("succeeded"),
        given.get("has_error", False),
        given.get("status"),
        given.get("error_type"),
        given.get("finish", "stop"),
    )

    assert outcome == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, (False, None)),
        (False, (False, None)),
        (True, (True, None)),
        ("", (False, None)),
        (" ", (False, None)),
        ("the prompt was too long", (True, None)),
        ({}, (False, None)),
        ({"type": None, "message": None}, (False, None)),
        ({"message": "slow down"}, (True, None)),
        ({"code": "429", "type": "rate_limit"}, (True, "rate_limit")),
        ({"code": "429", "type": " "}, (True, "429")),
        ({"code": 429}, (True, "429")),
        ({"code": Decimal("429.0")}, (True, "429")),
        ({"code": Decimal("4.5")}, (True, "4.5")),
        ({"code": True, "type": ["x"]}, (True, None)),
        ({"code": 10**64}, (True, None)),
        ({"code": Decimal("NaN"), "type": 10**63}, (True, "1" + 63 * "0")),
        (0, (False, None)),
        ([1], (False, None)),
    ],
)
def test_error(rules: Any, value: Any, expected: tuple[bool, str | None]) -> None:
    """An error is an object, a string or true; only an object has a type."""
    assert rules.error_of(value) == expected


def test_float_status(rules: Any) -> None:
    """Floats are refused as inexact, because a value near 400 may have been rounded."""
    with pytest.raises(ValueError):  # noqa: PT011
        rules.status_outcome(399.99999999999997)


REASONS: dict[str, list[str | None]] = {
    "stop": ["stop", "end_turn", "STOP", "FINISH_REASON_STOP", " Stop_Sequence "],
    "length": ["length", "max_tokens", "finish_reason_max_tokens"],
    "tool_calls": ["tool_calls", "function_call", "Tool_Use"],
    "content_filter": ["refusal", "SAFETY", "IMAGE_PROHIBITED_CONTENT", "spii", "blocklist"],
    "error": ["error", "MALFORMED_FUNCTION_CALL"],
    "other": ["pause_turn", "NO_IMAGE", "later"],
    "unknown": [None, "", " "],
}


@pytest.mark.parametrize(
    ("word", "reason"), [(word, reason) for reason, words in REASONS.items() for word in words]
)
def test_finish_reason(rules: Any, word: str | None, reason: str) -> None:
    """Each protocol's finish reason is mapped to one of seven."""
    assert rules.finish_reason(word) == reason
