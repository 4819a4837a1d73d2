"""The oracle against expected values: outcomes, errors, finish reasons, durations."""

from decimal import Decimal
from typing import Any

import pytest

from recounting import by, fed, histogram, native, sums, total, zenmux


@pytest.mark.parametrize(
    ("fields", "outcome", "error", "responsibility"),
    [
        ({}, "success", "", ""),
        ({"status": 399}, "success", "", ""),
        ({"status": -1}, "success", "", ""),
        ({"status": "4e2"}, "error", "400", "client"),
        ({"status": "200 OK"}, "success", "", ""),
        ({"status": " Succeeded "}, "success", "", ""),
        ({"status": "incomplete"}, "success", "", ""),
        ({"status": "zigzag"}, "success", "", ""),
        ({"error_type": " "}, "success", "", ""),
        ({"error": {}}, "success", "", ""),
        ({"error": " "}, "success", "", ""),
        ({"error": False}, "success", "", ""),
        ({"error": [1]}, "success", "", ""),
        ({"cancelled": True, "status": 500}, "cancelled", "", ""),
        ({"status": "Canceled", "error_type": "x"}, "cancelled", "", ""),
        ({"status": "cancelled"}, "cancelled", "", ""),
        ({"status": "ABORTED"}, "cancelled", "", ""),
        ({"status": 499}, "cancelled", "", ""),
        ({"status": "499 Client Closed Request"}, "cancelled", "", ""),
        ({"status": "Failed"}, "error", "Failed", "unknown"),
        ({"status": "timed_out"}, "error", "timed_out", "unknown"),
        ({"status": "expired"}, "error", "expired", "unknown"),
        ({"status": 429}, "error", "429", "quota"),
        ({"status": "429 Too Many Requests"}, "error", "429", "quota"),
        ({"status": "502"}, "error", "502", "platform"),
        ({"status": 402.0}, "error", "402", "quota"),
        ({"status": 500}, "error", "500", "unknown"),
        ({"status": 524}, "error", "524", "provider"),
        ({"status": 422}, "error", "422", "client"),
        ({"status": 429, "error_type": "provider_error"}, "error", "provider_error", "provider"),
        ({"error_type": "Invalid_Params"}, "error", "Invalid_Params", "client"),
        ({"error_type": "strange"}, "error", "strange", "unknown"),
        ({"error": {"type": "rate_limit", "code": "429"}}, "error", "rate_limit", "quota"),
        ({"error": {"code": 402}}, "error", "402", "quota"),
        ({"error": {"message": "no"}, "status": 502}, "error", "502", "platform"),
        ({"error": {"type": "a"}, "error_type": "rate_limit"}, "error", "rate_limit", "quota"),
        ({"error": "it broke"}, "error", "unknown", "unknown"),
        ({"error": True}, "error", "unknown", "unknown"),
        ({"finish_reason": "FINISH_REASON_MALFORMED_FUNCTION_CALL"}, "error", "unknown", "unknown"),
    ],
)  # fmt: skip
def test_outcomes(fields: dict[str, Any], outcome: str, error: str, responsibility: str) -> None:
    """Cancelled wins over error, error over success; errors have a type and a responsibility."""
    oracle = fed(native(**fields))

    expected = {"success": Decimal(0), "error": Decimal(0)} | {outcome: Decimal(1)}
    assert by(oracle, "requests", "outcome") == expected
    assert "".join(by(oracle, "request_errors", "error_type")) == error
    assert "".join(by(oracle, "request_errors", "responsibility")) == responsibility


def test_request_success() -> None:
    """ZenMux's success flag decides; an error without a type takes the status."""
    oracle = fed(zenmux(ext={"requestSuccess": False}, status="success"))

    assert by(oracle, "requests", "outcome") == {"success": 0, "error": 1}
    assert by(oracle, "request_errors", "error_type") == {"success": 1}


def test_unknown_statuses_are_told() -> None:
    """An unknown status is a success and counts as an unknown value."""
    lines = [native(status=status) for status in ("zigzag", "incomplete", 200, "", None, "ok")]
    again = [native(id="a", status="odd"), native(id="a", status="odd")]

    assert total(fed(*lines), "exporter_unknown_values") == 1
    assert total(fed(*again), "exporter_unknown_values") == 1
    assert total(fed(*again, native(id="a", status="odd", cost_usd=1)),
                 "exporter_unknown_values") == 2  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"choices": [{"finish_reason": "length"}, {"finish_reason": "stop"}]}, "length"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"candidates": [{"finishReason": "STOP"}]}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
         "content_filter"),
        ({"finish_reason": "stop", "stop_reason": "max_tokens"}, "stop"),
        ({"choices": []}, "unknown"), ({"choices": 5, "incomplete_details": None}, "unknown"),
    ],
)  # fmt: skip
def test_finish_reasons_of_bodies(fields: dict[str, Any], expected: str) -> None:
    """Finish reasons are read from each protocol's place in a response body."""
    assert by(fed(native(**fields)), "finish_reasons", "finish_reason") == {expected: 1}


@pytest.mark.parametrize(
    ("first", "other", "expected"),
    [
        ("stop", None, "stop"), (None, "end_turn", "stop"), (" ", "stop_sequence", "stop"),
        (" FINISH_REASON_MAX_TOKENS ", "stop", "length"), ("Length", None, "length"),
        ("function_call", None, "tool_calls"), ("tool_use", None, "tool_calls"),
        ("refusal", None, "content_filter"), ("finish_reason_SPII", None, "content_filter"),
        ("IMAGE_PROHIBITED_CONTENT", None, "content_filter"), ("error", None, "error"),
        ("NO_IMAGE", None, "other"), ("pause_turn", None, "other"), (None, None, "unknown"),
    ],
)  # fmt: skip
def test_finish_reasons(first: str | None, other: str | None, expected: str) -> None:
    """The protocols' finish reasons map to seven values."""
    oracle = fed(zenmux(finishReason=first, nativeFinishReason=other))

    assert by(oracle, "finish_reasons", "finish_reason") == {expected: 1}


def test_speed() -> None:
    """Durations are for successes, first tokens for streams, throughput for output."""
    full = {"latency_ms": 500, "generation_ms": 1500, "output_tokens": 10}
    computed = {"generation_ms": 3000, "throughput_tps": 0, "output_tokens": 10}

    assert sums(fed(native(**full, status="error"))) == {}
    assert set(sums(fed(native(**full, streamed=False)))) == {
        "generation_duration_seconds", "request_duration_seconds", "output_tokens_per_second",
    }  # fmt: skip
    assert sums(fed(native(**computed))) == {
        "generation_duration_seconds": (1, Decimal(3)),
        "output_tokens_per_second": (1, Decimal("3.333333")),
    }
    assert sums(fed(native(throughput_tps=20))) == {}
    assert sums(fed(native(latency_ms="0.0005"))) == {
        "time_to_first_token_seconds": (1, Decimal(0))
    }
    assert sums(fed(native(latency_ms="0.0015")))["time_to_first_token_seconds"] == (
        1, Decimal("0.000002"),
    )  # fmt: skip


def test_bounds_belong_to_their_bucket() -> None:
    """A value equal to a bound counts in that bucket."""
    found = histogram(fed(native(latency_ms=100)), "zenmux_time_to_first_token_seconds")

    assert found is not None
    assert found.cumulative[0] == (Decimal("0.1"), 1)
    assert len(found.cumulative) == 16
