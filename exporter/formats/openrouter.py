"""OpenRouter's export of its activity, a CSV file.

Source: the header of such exports. Times have no zone: they are UTC. Columns that are not listed
are ignored.
"""

from collections.abc import Mapping
from typing import Any

from ..wrappers.rows import CSV
from .costs import add_rest
from .transforms import Rule

TITLE = "OpenRouter"
WRAPPER = CSV
NOTE = """
The CSV export of OpenRouter's activity page. Its times are UTC. Other columns are not read.
`cost_cache` is not added to `cost_total`.
"""
RULES: Mapping[str, Rule] = {
    "id": Rule(("generation_id",)),
    "timestamp": Rule(("created_at",)),
    "model": Rule(("model_permaslug",)),
    "provider": Rule(("provider_name",)),
    "api_key": Rule(("api_key_name",)),
    "usage.prompt_tokens": Rule(("tokens_prompt",)),
    "usage.completion_tokens": Rule(("tokens_completion",)),
    "usage.prompt_tokens_details.cached_tokens": Rule(("tokens_cached",)),
    "usage.completion_tokens_details.reasoning_tokens": Rule(("tokens_reasoning",)),
    "cost_usd": Rule(("cost_total",)),
    "costs_usd.web_search": Rule(("cost_web_search",)),
    "costs_usd.file_processing": Rule(("cost_file_processing",)),
    "latency_ms": Rule(("time_to_first_token_ms",)),
    "generation_ms": Rule(("generation_time_ms",)),
    "streamed": Rule(("streamed",)),
    "cancelled": Rule(("cancelled",)),
    "finish_reason": Rule(("finish_reason_normalized", "finish_reason_raw")),
}


def refine(native: dict[str, Any]) -> None:
    """Add the rest of the cost as an item: the costs of tokens have no column."""
    add_rest(native)
