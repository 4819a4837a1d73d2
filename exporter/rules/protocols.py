"""The names that protocols use for usage, and whether their totals include the parts.

Sources: the usage objects of Chat Completions, Responses, Messages, Gemini and Interactions, and
what gateways make of them; docs/counting.md, "Tokens".
"""

from typing import Final, NamedTuple

# Whether the cache as a whole, reasoning and tool-use prompts are beside their parent total.
Placement = tuple[bool, bool, bool]


class Protocol(NamedTuple):
    """The names of a protocol's totals, and the placement of its parts."""

    prompt: str
    completion: str
    total: str
    beside: Placement


CACHE_BESIDE: Final = (True, False, False)
CHAT: Final = Protocol("prompt_tokens", "completion_tokens", "total_tokens", (False, False, False))
RESPONSES: Final = Protocol("input_tokens", "output_tokens", "total_tokens", (False, False, False))
MESSAGES: Final = Protocol("input_tokens", "output_tokens", "total_tokens", CACHE_BESIDE)
GEMINI: Final = Protocol(
    "promptTokenCount", "candidatesTokenCount", "totalTokenCount", (False, True, True)
)
INTERACTIONS: Final = Protocol(
    "total_input_tokens", "total_output_tokens", "total_tokens", (False, True, True)
)
PROTOCOLS: Final = (CHAT, RESPONSES, GEMINI, INTERACTIONS)
# These identify Messages; the totals of Responses have the same names.
MARKS_OF_MESSAGES: Final = (
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "cache_creation",
)
MESSAGES_API: Final = "messages"

TOOL_USE: Final = "tool_use_prompt"
# Several names of one part are the same quantity: gateways write it twice.
PARTS: Final = {
    "cached_tokens": "input_cache_read",
    "cache_read_input_tokens": "input_cache_read",
    "cachedContentTokenCount": "input_cache_read",
    "total_cached_tokens": "input_cache_read",
    "cache_write_tokens": "input_cache_write",
    "cache_creation_tokens": "input_cache_write",
    "cache_creation_input_tokens": "input_cache_write",
    "ephemeral_5m_input_tokens": "input_cache_write_5_min",
    "ephemeral_1h_input_tokens": "input_cache_write_1_h",
    "reasoning_tokens": "internal_reasoning",
    "thoughtsTokenCount": "internal_reasoning",
    "total_thought_tokens": "internal_reasoning",
    "toolUsePromptTokenCount": TOOL_USE,
    "total_tool_use_tokens": TOOL_USE,
}
CACHE: Final = (
    "input_cache_read",
    "input_cache_write",
    "input_cache_write_5_min",
    "input_cache_write_1_h",
)
# A number of calls, or a list of them by tool.
GROUNDING: Final = "grounding_tool_count"
# The first that is present wins.
SEARCHES: Final = ("web_search", "web_search_requests", GROUNDING)
WEB_SEARCH_TOOL: Final = "google_search"
TOTALS: Final = frozenset(
    name for one in PROTOCOLS for name in (one.prompt, one.completion, one.total)
)
CONTAINERS: Final = frozenset(
    {
        "prompt_tokens_details",
        "completion_tokens_details",
        "input_tokens_details",
        "output_tokens_details",
        "cache_creation",
        "server_tool_use",
    }
)
# These break down quantities that are counted already, or are not quantities.
IGNORED: Final = frozenset(
    {
        "audio_tokens",
        "text_tokens",
        "image_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
        "promptTokensDetails",
        "candidatesTokensDetails",
        "cacheTokensDetails",
        "toolUsePromptTokensDetails",
        "input_tokens_by_modality",
        "output_tokens_by_modality",
        "cached_tokens_by_modality",
        "tool_use_tokens_by_modality",
        "trafficType",
        "service_tier",
        "inference_geo",
        "cost",
        "cost_details",
        "is_byok",
    }
)
