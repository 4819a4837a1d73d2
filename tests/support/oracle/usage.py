"""Token counts in the names of the protocols, as disjoint types (docs/counting.md, "Tokens")."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

from .fields import Fields
from .numbers import quantity

ZERO = Decimal(0)
# By protocol: input, output, total. The first protocol with one of its names present applies.
_TOTALS = {
    "chat": ("prompt_tokens", "completion_tokens", "total_tokens"),
    "messages": ("input_tokens", "output_tokens", "total_tokens"),
    "responses": ("input_tokens", "output_tokens", "total_tokens"),
    "gemini": ("promptTokenCount", "candidatesTokenCount", "totalTokenCount"),
    "interactions": ("total_input_tokens", "total_output_tokens", "total_tokens"),
}
_CACHE_OF_MESSAGES = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
# The names of each part, wherever they are: they are the same quantity.
_PARTS = {
    "read": (
        "prompt_tokens_details.cached_tokens",
        "input_tokens_details.cached_tokens",
        "cache_read_input_tokens",
        "cachedContentTokenCount",
        "total_cached_tokens",
    ),
    "write": (
        "prompt_tokens_details.cache_write_tokens",
        "prompt_tokens_details.cache_creation_tokens",
        "cache_creation_input_tokens",
    ),
    "5m": (
        "prompt_tokens_details.ephemeral_5m_input_tokens",
        "cache_creation.ephemeral_5m_input_tokens",
    ),
    "1h": (
        "prompt_tokens_details.ephemeral_1h_input_tokens",
        "cache_creation.ephemeral_1h_input_tokens",
    ),
    "reasoning": (
        "completion_tokens_details.reasoning_tokens",
        "output_tokens_details.reasoning_tokens",
        "thoughtsTokenCount",
        "total_thought_tokens",
    ),
    "tool_use": ("toolUsePromptTokenCount",),
}
SEARCHES = (
    "prompt_tokens_details.web_search",
    "server_tool_use.web_search_requests",
    "grounding_tool_count",
)
# They subdivide what is already counted, or are no quantities.
_IGNORED = {
    "audio_tokens", "text_tokens", "image_tokens", "accepted_prediction_tokens",
    "rejected_prediction_tokens", "promptTokensDetails", "candidatesTokensDetails",
    "cacheTokensDetails", "toolUsePromptTokensDetails", "trafficType", "service_tier",
    "inference_geo", "cost", "cost_details", "is_byok",
}  # fmt: skip
_KNOWN = frozenset(
    [name for names in _TOTALS.values() for name in names]
    + [name for names in _PARTS.values() for name in names]
    + list(SEARCHES)
)
_OBJECTS = frozenset(name.partition(".")[0] for name in _KNOWN if "." in name)
TOP = frozenset(name.partition(".")[0] for name in _KNOWN)


@dataclass(slots=True)
class Usage:
    """The content of a usage object."""

    tokens: dict[str, Decimal] = field(default_factory=dict)
    searches: Decimal | None = None
    is_unknown: bool = False
    is_mismatch: bool = False


def read_usage(f: Fields, prefix: str, given: dict[str, Any], api: str | None) -> Usage:
    """Read the usage object at a path of a record."""
    inner = Fields(given)
    parts = {name: inner.first(quantity, *paths) or ZERO for name, paths in _PARTS.items()}
    protocol = _protocol(given)
    names = _TOTALS[protocol]
    total = inner.get(names[2], quantity)
    parent = [inner.get(name, quantity) or ZERO for name in names[:2]]
    usage = Usage(searches=inner.first(quantity, *SEARCHES), is_unknown=_has_unknown(given))
    usage.is_mismatch = _split(usage, parent, total, parts, _rule(protocol, api))
    f.faults.update({prefix + path: reason for path, reason in inner.faults.items()})
    return usage


def _protocol(given: dict[str, Any]) -> str:
    there = {name for name, value in given.items() if value is not None}
    for protocol, names in _TOTALS.items():
        own = there & (set(names) - {"total_tokens"})
        if own and (protocol != "messages" or there & set(_CACHE_OF_MESSAGES)):
            return protocol
    return "messages" if there & set(_CACHE_OF_MESSAGES) else "chat"


def _rule(protocol: str, api: str | None) -> tuple[bool, bool, bool]:
    """Return whether cache, reasoning and tool-use prompts are counted outside their parents."""
    if protocol in ("gemini", "interactions"):
        return False, True, True
    return protocol == "messages" or api == "messages", False, False


def _split(
    usage: Usage,
    parent: list[Decimal],
    total: Decimal | None,
    parts: dict[str, Decimal],
    rule: tuple[bool, bool, bool],
) -> bool:
    """Fill in the types; return True if no way to count the parts matches the total."""
    tiers = parts["5m"] + parts["1h"]
    write = max(parts["write"], tiers)
    cache, reasoning, tool_use = parts["read"] + write, parts["reasoning"], parts["tool_use"]

    sizes = (cache, reasoning, tool_use)

    def rests(beside: tuple[bool, ...]) -> tuple[Decimal, Decimal]:
        inside = [ZERO if apart else size for apart, size in zip(beside, sizes, strict=True)]
        return parent[0] - inside[0] - inside[2], parent[1] - inside[1]

    # A tool-use prompt may be read from the cache, so these two are checked independently.
    room = (parent[0], parent[1], parent[0])
    fitting = [
        way
        for way in product((False, True), repeat=3)
        if all(apart or size <= n for apart, size, n in zip(way, sizes, room, strict=True))
    ]
    adding_up = [way for way in fitting if sum(rests(way)) + sum(sizes) == total]
    ways = fitting if total is None or not adding_up else adding_up
    way = min(ways, key=lambda way: _changes(way, rule))
    prompt, completion = rests(way)
    usage.tokens = {
        "prompt": prompt + tool_use,
        "input_cache_read": parts["read"],
        "input_cache_write": write - tiers,
        "input_cache_write_5_min": parts["5m"],
        "input_cache_write_1_h": parts["1h"],
        "completion": completion,
        "internal_reasoning": reasoning,
    }
    return total is not None and not adding_up


def _changes(way: tuple[bool, ...], rule: tuple[bool, ...]) -> tuple[int, list[bool]]:
    """Order ways by the number of changes from a rule, then by the first change."""
    changed = [one != other for one, other in zip(way, rule, strict=True)]
    return sum(changed), [not one for one in changed]


def _has_unknown(given: dict[str, Any]) -> bool:
    names = [name for name, value in given.items() if value is not None and name not in _OBJECTS]
    for name in _OBJECTS:
        inside = given.get(name)
        if isinstance(inside, dict):
            names += [f"{name}.{key}" for key, value in inside.items() if value is not None]
    return any(name not in _KNOWN and name.rpartition(".")[2] not in _IGNORED for name in names)


def has_names_at_top(raw: dict[str, Any]) -> bool:
    """Return True if a native line has token counts at its top level."""
    return any(raw.get(name) is not None for name in TOP)
