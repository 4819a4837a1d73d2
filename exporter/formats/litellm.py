"""LiteLLM's logs: its standard payload, and the rows of its spend table as JSON.

Source: LiteLLM's documentation, proxy/logging_spec, and the samples of its tests. Costs are
LiteLLM's own, from its table of prices.
"""

from collections.abc import Mapping
from typing import Any

from .costs import add_rest
from .transforms import Rule

TITLE = "LiteLLM"
NOTE = """
LiteLLM's standard logging payload, and rows of its spend table as JSON, with `metadata` as an
object or a string. LiteLLM computes the costs from its own price table. A response that was not
streamed has only a generation time. Responses from LiteLLM's cache count as requests, too.
"""
_ERRORS = ("error_information", "metadata.error_information")
# LiteLLM's exceptions by ZenMux's names for the same errors.
_CLASSES = {
    "RateLimitError": "rate_limit",
    "BadRequestError": "invalid_params",
    "ContextWindowExceededError": "invalid_params",
    "UnprocessableEntityError": "provider_unprocessable_entity_error",
    "PermissionDeniedError": "access_denied",
    "ContentPolicyViolationError": "safety_check_failed",
    "BudgetExceededError": "insufficient_credit",
}
RULES: Mapping[str, Rule] = {
    "id": Rule(("id", "request_id")),
    "timestamp": Rule(("startTime", "start_time")),
    "model": Rule(("model", "model_group")),
    "provider": Rule(("custom_llm_provider",)),
    "api_key": Rule(
        ("metadata.user_api_key_alias", "metadata.user_api_key_hash", "api_key"),
    ),
    "usage": Rule(("metadata.usage_object", "response.usage")),
    "prompt_tokens": Rule(("prompt_tokens",)),
    "completion_tokens": Rule(("completion_tokens",)),
    "total_tokens": Rule(("total_tokens",)),
    "cost_usd": Rule(("response_cost", "spend")),
    "costs_usd.prompt": Rule(("cost_breakdown.input_cost",)),
    "costs_usd.completion": Rule(("cost_breakdown.output_cost",)),
    "latency_ms": Rule(
        ("completionStartTime", "completion_start_time"), ("startTime", "start_time")
    ),
    "generation_ms": Rule(
        ("endTime", "end_time"),
        ("completionStartTime", "completion_start_time", "startTime", "start_time"),
    ),
    "streamed": Rule(("stream",)),
    "finish_reason": Rule(("response.choices[0].finish_reason",)),
    "status": Rule(("status", "metadata.status")),
    "error_type": Rule(
        (*(f"{one}.error_class" for one in _ERRORS), *(f"{one}.error_code" for one in _ERRORS)),
        values=_CLASSES,
    ),
}


def refine(native: dict[str, Any]) -> None:
    """Count the whole duration as generation time if the answer was not streamed."""
    add_rest(native)
    first, rest = native.get("latency_ms"), native.get("generation_ms")
    try:
        is_at_once = native.get("streamed") is False or not rest
        if is_at_once and first is not None and rest is not None:
            native["latency_ms"], native["generation_ms"] = 0, first + rest
            native["streamed"] = False
    except TypeError:
        return
