"""How requests of the demo end: failures by responsibility, finish reasons by protocol."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of failure: the record's fields, its weight, and the time until it occurs."""

    type: str | None
    status: int | None
    weight: int
    after_ms: tuple[int, int]
    finish: str | None = None


_AT_ONCE = (20, 180)
_SOON = (150, 1500)
_LATE = (2_000, 15_000)
_TIMEOUT = (30_000, 60_000)

# The share of all requests that fail by responsibility; providers have failure rates of their own.
SHARES = {"client": 0.011, "quota": 0.008, "platform": 0.003, "unknown": 0.002}

FAILURES = {
    "client": (
        Failure("invalid_params", 400, 40, _AT_ONCE),
        Failure("model_not_available", 404, 12, _AT_ONCE),
        Failure("model_not_supported", 404, 6, _AT_ONCE),
        Failure("access_denied", 403, 8, _AT_ONCE),
        Failure("safety_check_failed", 403, 6, _SOON),
        Failure("provider_unprocessable_entity_error", 422, 10, _SOON),
        Failure(None, 413, 4, _AT_ONCE),
    ),
    "quota": (
        Failure("rate_limit", 429, 70, _AT_ONCE),
        Failure("insufficient_credit", 402, 12, _AT_ONCE),
        Failure("quote_exceeded", 402, 8, _AT_ONCE),
        Failure(None, 429, 6, _AT_ONCE),
    ),
    "platform": (
        Failure("internal_server_error", 500, 30, _SOON),
        Failure("no_provider_available", 502, 50, _SOON),
    ),
    "provider": (
        Failure("provider_api_error", 500, 50, _LATE),
        Failure("provider_error", 500, 20, _LATE),
        Failure("provider_internal_server_error", 520, 15, _LATE),
        Failure("provider_internal_server_error", 524, 10, _TIMEOUT),
        Failure(None, 524, 3, _TIMEOUT),
    ),
    "unknown": (
        Failure(None, 500, 30, _SOON),
        Failure("stream_interrupted", None, 20, _LATE, "error"),
        Failure(None, None, 10, _LATE, "error"),
        Failure(None, None, 5, _LATE, "MALFORMED_FUNCTION_CALL"),
    ),
}
FAILURE_TYPES = {
    failure.type: failure
    for failures in FAILURES.values()
    for failure in reversed(failures)
    if failure.type is not None
}

# Finish reasons by protocol, with weights, for answers without and with a tool call. Vertex writes
# its words with and without a prefix.
FINISHES = {
    "openai": (("stop", 930), ("length", 40), ("content_filter", 8)),
    "anthropic": (
        *(("end_turn", 900), ("max_tokens", 45), ("stop_sequence", 40)),
        *(("pause_turn", 8), ("refusal", 8)),
    ),
    "vertex": (
        *(("FINISH_REASON_STOP", 500), ("STOP", 400), ("FINISH_REASON_MAX_TOKENS", 30)),
        *(("MAX_TOKENS", 25), ("FINISH_REASON_SAFETY", 8), ("SAFETY", 6), ("RECITATION", 4)),
        *(("FINISH_REASON_BLOCKLIST", 2), ("PROHIBITED_CONTENT", 2), ("SPII", 2), ("OTHER", 3)),
        *(("FINISH_REASON_UNSPECIFIED", 2),),
    ),
    "image": (
        *(("STOP", 900), ("FINISH_REASON_NO_IMAGE", 20)),
        *(("IMAGE_PROHIBITED_CONTENT", 20),),
    ),
}
TOOL_FINISHES = {
    "openai": (("tool_calls", 970), ("function_call", 30)),
    "anthropic": (("tool_use", 1),),
    "vertex": (("STOP", 1),),
    "image": (("STOP", 1),),
}

CUT_SHORT = frozenset({"length", "max_tokens", "MAX_TOKENS", "FINISH_REASON_MAX_TOKENS"})
"""Finish reasons of answers that reached their length limit: often compensated."""
