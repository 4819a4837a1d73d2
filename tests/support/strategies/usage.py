"""Token counts: in the names of every protocol, as billed, and as totals."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .json_text import Literal, line, without_absent

# Few values, so that several ways to count the parts match the total.
_FEW = st.sampled_from([None, 0, 1, 2, 2, 3, 4, 10, 0.5])
_SOME = st.sampled_from([5, 6, 7, 10, 20, 0, 2, 10.5])
_CODES = ("prompt", "completion", "input_cache_read", "input_cache_write",
          "input_cache_write_5_min", "input_cache_write_1_h", "internal_reasoning", "audio",
          "audio_input", "audio_cache_read", "image", "request", "web_search", "second", "video",
          " prompt ", "", "brand_new")  # fmt: skip
_QUANTITIES = st.sampled_from(
    [0, 1, 7, 120, 10**12, 0.5, "12.34", "0.000001", "0.0000005", "0.0000015", Literal("1e-7"),
     Literal("2.50"), Literal("1E2"), None]
)  # fmt: skip
_IGNORED: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {}, {"service_tier": "x"}, {"cost": 0.5, "is_byok": False}, {"trafficType": "x"},
     {"cost_details": {"odd": 1}}, {"promptTokensDetails": [{"modality": "TEXT"}]},
     {"unheard_of": 3}, {"audio_tokens": 4}, {"unheard_of": None}]
)  # fmt: skip


def _chat(p: Any, c: Any, parts: dict[str, Any]) -> dict[str, Any]:
    prompt = {"cached_tokens": parts["read"], "cache_write_tokens": parts["write"],
              "ephemeral_5m_input_tokens": parts["5m"], "ephemeral_1h_input_tokens": parts["1h"],
              "web_search": parts["search"], "audio_tokens": 1}  # fmt: skip
    return {
        "prompt_tokens": p,
        "completion_tokens": c,
        "prompt_tokens_details": without_absent(prompt),
        "completion_tokens_details": without_absent({"reasoning_tokens": parts["reasoning"]}),
    }


def _responses(p: Any, c: Any, parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "input_tokens": p,
        "output_tokens": c,
        "input_tokens_details": without_absent({"cached_tokens": parts["read"]}),
        "output_tokens_details": without_absent({"reasoning_tokens": parts["reasoning"]}),
    }


def _messages(p: Any, c: Any, parts: dict[str, Any]) -> dict[str, Any]:
    tiers = without_absent(
        {"ephemeral_5m_input_tokens": parts["5m"], "ephemeral_1h_input_tokens": parts["1h"]}
    )
    searches = without_absent({"web_search_requests": parts["search"]})
    return {
        "input_tokens": p,
        "output_tokens": c,
        "cache_read_input_tokens": parts["read"] or 0,
        "cache_creation_input_tokens": parts["write"],
        "cache_creation": tiers or None,
        "server_tool_use": searches or None,
    }


def _gemini(p: Any, c: Any, parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "promptTokenCount": p,
        "candidatesTokenCount": c,
        "cachedContentTokenCount": parts["read"],
        "thoughtsTokenCount": parts["reasoning"],
        "toolUsePromptTokenCount": parts["tool_use"],
    }


def _interactions(p: Any, c: Any, parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "total_input_tokens": p,
        "total_output_tokens": c,
        "total_cached_tokens": parts["read"],
        "total_thought_tokens": parts["reasoning"],
        "grounding_tool_count": parts["search"],
    }


_Words = Callable[[Any, Any, dict[str, Any]], dict[str, Any]]
_WORDS: tuple[tuple[_Words, str, tuple[str, ...], tuple[str, ...]], ...] = (
    (_chat, "total_tokens", ("read", "write", "5m", "1h"), ()),
    (_responses, "total_tokens", ("read",), ()),
    (_messages, "total_tokens", ("read", "write", "5m", "1h"), ()),
    (_gemini, "totalTokenCount", ("read",), ("tool_use",)),
    (_interactions, "total_tokens", ("read",), ()),
)
_NAMES = ("read", "write", "5m", "1h", "reasoning", "tool_use", "search")


@st.composite
def usages(draw: st.DrawFn) -> dict[str, Any]:
    """Return a usage object whose total includes parts, excludes them, or neither, or is absent."""
    words, total, cache, tools = draw(st.sampled_from(_WORDS))
    parts = {name: draw(_FEW) for name in _NAMES}
    p, c = draw(_SOME), draw(_SOME)
    used = without_absent(words(p, c, parts))
    if words is not _messages or draw(st.booleans()):
        size = {name: parts[name] or 0 for name in _NAMES}
        tiers = size["5m"] + size["1h"]
        written = max(size["write"], tiers) if "write" in cache else 0
        beside = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
        more = (
            size["read"] + written,
            0 if words is _messages else size["reasoning"],
            size["tool_use"] if tools else 0,
        )
        whole = p + c + sum(n for n, apart in zip(more, beside, strict=True) if apart)
        used[total] = whole + draw(st.sampled_from([0, 0, 0, 0, 1]))
        if draw(st.integers(0, 4)) == 0:
            del used[total]
    return used | draw(_IGNORED)


_APIS = st.sampled_from(
    [None, None, "messages", "chat.completions", "responses", "generateContent"]
)


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Return a record with a usage object in any of its places."""
    used, api = draw(usages()), draw(_APIS)
    place = draw(st.sampled_from(["nativeTokens", "zenmux usage", "usage", "usageMetadata", "top"]))
    speed = {"generation_ms": 2000, "generationTime": 2000}
    if place in ("nativeTokens", "zenmux usage"):
        shape = {"createAt": 1793491200, "model": "m", "generationId": None, "apiKeyId": "k"}
    else:
        shape = {"timestamp": 1793491200, "model": "m"}
    held = used if place == "top" else {place.split(" ")[-1]: used}
    return line(without_absent({**shape, **speed, "api": api, **held}))


_LISTED = st.dictionaries(st.sampled_from(_CODES), _QUANTITIES, max_size=6)
_BILLED = st.one_of(
    st.builds(
        lambda fees, used: line(
            {"createdAt": 1793491200, "modelSlug": "m", "nativeFeeTokens": fees,
             "nativeTokens": used, "generationTime": 1000}
        ),
        _LISTED,
        st.one_of(st.none(), st.just({"prompt_tokens": 5, "completion_tokens": 3})),
    ),
    st.builds(
        lambda listed, fields: line(
            {"timestamp": 1793491200, "model": "m", "tokens": listed, "generation_ms": 1000,
             **without_absent(fields)}
        ),
        st.one_of(st.none(), _LISTED),
        st.fixed_dictionaries(
            {"input_tokens": _QUANTITIES, "output_tokens": _QUANTITIES,
             "web_search_calls": st.sampled_from([None, None, 0, 2, 0.5])}
        ),
    ),
)  # fmt: skip
LINES = st.lists(records(), min_size=1, max_size=3)
BILLED = st.lists(_BILLED, min_size=1, max_size=3)
