"""How requests end: statuses, errors, flags and finish reasons."""

from typing import Any

from hypothesis import strategies as st

from .json_text import Literal, line, without_absent

_WORDS = [
    "success", "succeeded", "ok", "completed", "complete", "done", "finished", "incomplete",
    "error", "failed", "failure", "timeout", "timed_out", "expired", "cancelled", "canceled",
    "aborted", "pending", "queued", "started", "running", "in_progress", "processing", "zigzag",
]  # fmt: skip
_CASES = st.sampled_from([str, str.upper, str.title, lambda word: f" {word} "])
_NUMBERS = (
    *("200", "399", "400", "402", "404", "422", "429", "499", "500", "502", "503", "520", "524"),
    *("402.0", '"429"', '"499"', '"200"', '"200 OK"', '"429 Too Many Requests"', '"500: broken"'),
    *('"499 Client Closed Request"', '"404\\tNot Found"', '"HTTP 500"'),
)
STATUSES = st.one_of(
    st.none(),
    st.builds(lambda word, case: case(word), st.sampled_from(_WORDS), _CASES),
    st.sampled_from([Literal(text) for text in _NUMBERS]),
    st.sampled_from(["", " ", True, [], {}]),
)
_TYPES = st.sampled_from(
    [None, None, "rate_limit", "Rate_Limit", "invalid_params", "provider_error", "quote_exceeded",
     "internal_server_error", "no_provider_available", "odd", " ", "", 429, 520]
)  # fmt: skip
_ERRORS = st.one_of(
    st.none(),
    st.sampled_from([{}, "", " ", False, True, "it broke", {"message": "no"}]),
    st.builds(
        lambda kind, code: without_absent({"type": kind, "code": code, "message": "no"}),
        _TYPES,
        st.sampled_from([None, "429", 402, "", "invalid_model"]),
    ),
)
_FLAGS = st.sampled_from([None, None, None, True, False, 1, "true"])
_FINISH = st.sampled_from(
    [None, None, "stop", "END_TURN", "FINISH_REASON_MAX_TOKENS", "tool_use", " length ", "refusal",
     "finish_reason_SPII", "IMAGE_PROHIBITED_CONTENT", "error", "MALFORMED_FUNCTION_CALL", "odd",
     "NO_IMAGE", "", " "]
)  # fmt: skip


def _native(fields: dict[str, Any], body: dict[str, Any]) -> bytes:
    return line({"timestamp": 1793491200, "model": "m", "latency_ms": 5,
                 **without_absent(fields), **body})  # fmt: skip


def _zenmux(fields: dict[str, Any], success: Any) -> bytes:
    ext = {} if success is None else {"ext": {"requestSuccess": success}}
    return line({"createdAt": 1793491200, "modelSlug": "m", "latency": 5, **ext,
                 **without_absent(fields)})  # fmt: skip


_COMMON = {"status": STATUSES, "error": _ERRORS, "cancelled": _FLAGS}
_BODIES = st.one_of(
    st.just({}),
    st.builds(lambda word: {"choices": [{"finish_reason": word}]}, _FINISH),
    st.builds(lambda word: {"stop_reason": word}, _FINISH),
    st.builds(lambda word: {"candidates": [{"finishReason": word}]}, _FINISH),
    st.builds(lambda word: {"incomplete_details": {"reason": word}}, _FINISH),
    st.sampled_from([{"choices": []}, {"candidates": None}, {"incomplete_details": None}]),
)
LINES = st.lists(
    st.one_of(
        st.builds(
            _native,
            st.fixed_dictionaries({**_COMMON, "error_type": _TYPES, "finish_reason": _FINISH}),
            _BODIES,
        ),
        st.builds(
            _zenmux,
            st.fixed_dictionaries(
                {**_COMMON, "errorType": _TYPES, "finishReason": _FINISH,
                 "nativeFinishReason": _FINISH}
            ),
            _FLAGS,
        ),
    ),
    min_size=1,
    max_size=4,
)  # fmt: skip
