"""Usage in the words of each protocol becomes disjoint token types that add up to its total."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.rules.usage import NAMES_AT_TOP, Usage
from implementations import Implementation

UsageOf = Callable[[dict[str, Any], str | None], Usage]
MICRO = 10**6


@pytest.fixture(scope="session")
def usage_of(implementation: Implementation) -> UsageOf:
    """Return the function of both implementations."""
    found: UsageOf = implementation.module("rules.usage").usage_of
    return found


def tokens(usage: Usage) -> dict[str, Decimal]:
    """Return the quantities in tokens."""
    return {code: Decimal(number) / MICRO for code, number in usage.quantities.items()}


def chat(prompt: Any, completion: Any, total: Any = None, **parts: Any) -> dict[str, Any]:
    """Return usage of Chat Completions; `reasoning` aside, parts stand in the prompt's details."""
    reasoning = parts.pop("reasoning", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": total,
        "prompt_tokens_details": parts,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


READ = "input_cache_read"
WRITE = "input_cache_write"
SPLIT: dict[str, tuple[dict[str, Any], str | None, dict[str, float]]] = {
    "chat: inside without a total": (
        chat(100, 50, cached_tokens=80, cache_write_tokens=5, reasoning=20),
        None,
        {"prompt": 15, READ: 80, WRITE: 5, "completion": 30, "internal_reasoning": 20},
    ),
    "chat: the total confirms inside": (
        chat(100, 50, 150, cached_tokens=80, reasoning=20),
        "chat.completions",
        {"prompt": 20, READ: 80, "completion": 30, "internal_reasoning": 20},
    ),
    "chat: the total puts the cache beside, as the conversion from Messages leaves it": (
        chat(100, 50, 230, cached_tokens=75, cache_write_tokens=5),
        None,
        {"prompt": 100, READ: 75, WRITE: 5, "completion": 50},
    ),
    "chat: the total puts reasoning beside": (
        chat(100, 50, 170, cached_tokens=80, reasoning=20),
        None,
        {"prompt": 20, READ: 80, "completion": 50, "internal_reasoning": 20},
    ),
    "chat: the total puts both beside": (
        chat(100, 50, 250, cached_tokens=80, reasoning=20),
        None,
        {"prompt": 100, READ: 80, "completion": 50, "internal_reasoning": 20},
    ),
    "chat: cache before reasoning where either would do": (
        chat(100, 50, 170, cached_tokens=20, reasoning=20),
        None,
        {"prompt": 100, READ: 20, "completion": 30, "internal_reasoning": 20},
    ),
    "chat: beside for the Messages protocol": (
        chat(100, 50, cached_tokens=80),
        "messages",
        {"prompt": 100, READ: 80, "completion": 50},
    ),
    "chat: the total overrules the Messages protocol": (
        chat(100, 50, 150, cached_tokens=80),
        "messages",
        {"prompt": 20, READ: 80, "completion": 50},
    ),
    "chat: more cached than prompted can't be inside": (
        chat(100, 50, cached_tokens=350, reasoning=20),
        None,
        {"prompt": 100, READ: 350, "completion": 30, "internal_reasoning": 20},
    ),
    "chat: more reasoning than completion can't be inside": (
        chat(7, 5, reasoning=20),
        None,
        {"prompt": 7, "completion": 5, "internal_reasoning": 20},
    ),
    "chat: writes by their time, and their sum": (
        chat(
            100,
            0,
            cache_write_tokens=9,
            ephemeral_5m_input_tokens=4,
            ephemeral_1h_input_tokens=3,
        ),
        None,
        {"prompt": 91, WRITE: 2, f"{WRITE}_5_min": 4, f"{WRITE}_1_h": 3},
    ),
    "LiteLLM: two names of one part": (
        {
            **chat(100, 50, 150, cached_tokens=80),
            "cache_read_input_tokens": 80,
            "cache_creation_input_tokens": 5,
        },
        None,
        {"prompt": 15, READ: 80, WRITE: 5, "completion": 50},
    ),
    "a gateway adds another protocol's names as zeros": (
        {**chat(100, 50, cached_tokens=80), "input_tokens": 0, "output_tokens": 0},
        None,
        {"prompt": 20, READ: 80, "completion": 50},
    ),
    "names of two protocols, half each": (
        {"prompt_tokens": 100, "output_tokens": 50},
        None,
        {"prompt": 100, "completion": 50},
    ),
    "responses": (
        {
            "input_tokens": 1200,
            "output_tokens": 80,
            "input_tokens_details": {"cached_tokens": 700},
            "output_tokens_details": {"reasoning_tokens": 25},
        },
        "responses",
        {"prompt": 500, READ: 700, "completion": 55, "internal_reasoning": 25},
    ),
    "responses: the total puts the cache beside": (
        {
            "input_tokens": 1200,
            "output_tokens": 80,
            "total_tokens": 1980,
            "input_tokens_details": {"cached_tokens": 700},
        },
        None,
        {"prompt": 1200, READ: 700, "completion": 80},
    ),
    "messages: beside": (
        {
            "input_tokens": 90,
            "output_tokens": 40,
            "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 25,
        },
        None,
        {"prompt": 90, READ: 60, WRITE: 25, "completion": 40},
    ),
    "messages: what was written by its time": (
        {
            "input_tokens": 90,
            "output_tokens": 40,
            "cache_creation_input_tokens": 25,
            "cache_creation": {
                "ephemeral_5m_input_tokens": 20,
                "ephemeral_1h_input_tokens": 5,
            },
            "service_tier": "standard",
        },
        "messages",
        {"prompt": 90, f"{WRITE}_5_min": 20, f"{WRITE}_1_h": 5, "completion": 40},
    ),
    "messages: a total that a gateway added": (
        {
            "input_tokens": 90,
            "output_tokens": 40,
            "cache_read_input_tokens": 60,
            "total_tokens": 130,
        },
        None,
        {"prompt": 30, READ: 60, "completion": 40},
    ),
    "gemini": (
        {
            "promptTokenCount": 700,
            "candidatesTokenCount": 60,
            "thoughtsTokenCount": 45,
            "toolUsePromptTokenCount": 12,
            "cachedContentTokenCount": 200,
            "totalTokenCount": 817,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 700}],
            "trafficType": "ON_DEMAND",
        },
        "generateContent",
        {"prompt": 512, READ: 200, "completion": 60, "internal_reasoning": 45},
    ),
    "gemini: the total includes thoughts and tool use": (
        {
            "promptTokenCount": 700,
            "candidatesTokenCount": 60,
            "thoughtsTokenCount": 45,
            "toolUsePromptTokenCount": 12,
            "totalTokenCount": 760,
        },
        None,
        {"prompt": 700, "completion": 15, "internal_reasoning": 45},
    ),
    "gemini: nothing but thoughts": (
        {"promptTokenCount": 7, "thoughtsTokenCount": 45, "totalTokenCount": 52},
        None,
        {"prompt": 7, "internal_reasoning": 45},
    ),
    "interactions": (
        {
            "total_input_tokens": 11,
            "total_output_tokens": 90,
            "total_thought_tokens": 245,
            "total_cached_tokens": 4,
            "total_tool_use_tokens": 6,
            "total_tokens": 352,
            "input_tokens_by_modality": [{"modality": "text", "tokens": 11}],
        },
        None,
        {"prompt": 13, READ: 4, "completion": 90, "internal_reasoning": 245},
    ),
    "fractions, texts and whole floats": (
        chat("100.5", Decimal("50.0000005"), cached_tokens=Decimal("80.0")),
        None,
        {"prompt": 20.5, READ: 80, "completion": 50},
    ),
    "nothing": ({}, None, {}),
}


@pytest.mark.parametrize("case", SPLIT)
def test_split(usage_of: UsageOf, case: str) -> None:
    """Each token is in one type, and the total, or else the protocol, tells in which."""
    given_usage, api, expected = SPLIT[case]

    usage = usage_of(given_usage, api)

    assert tokens(usage) == expected
    assert (usage.unknown, usage.mismatch, usage.faults) == (False, False, ())


@pytest.mark.parametrize(
    ("given_usage", "expected"),
    [
        (
            chat(100, 20, 500, cached_tokens=30),
            {"prompt": 70, READ: 30, "completion": 20},
        ),
        (
            {"promptTokenCount": 9, "thoughtsTokenCount": 4, "totalTokenCount": 12},
            {"prompt": 9, "internal_reasoning": 4},
        ),
        (chat(100, 20, 0), {"prompt": 100, "completion": 20}),
        ({"total_tokens": 7}, {}),
    ],
)
def test_total_that_fits_nothing(
    usage_of: UsageOf, given_usage: dict[str, Any], expected: dict[str, int]
) -> None:
    """The protocol's rule holds, and the mismatch is told."""
    usage = usage_of(given_usage, None)

    assert tokens(usage) == expected
    assert usage.mismatch


@pytest.mark.parametrize(
    ("given_usage", "searches"),
    [
        (chat(1, 1, web_search=2), 2),
        (chat(1, 1, web_search=0), 0),
        ({"server_tool_use": {"web_search_requests": "3"}}, 3),
        ({**chat(1, 1, web_search=2), "server_tool_use": {"web_search_requests": 3}}, 2),
        ({"total_input_tokens": 1, "grounding_tool_count": 4}, 4),
        (
            {
                "grounding_tool_count": [
                    {"type": "google_search", "count": 2},
                    {"type": "google_maps", "count": 5},
                ]
            },
            2,
        ),
        (chat(1, 1), None),
    ],
)
def test_web_searches(usage_of: UsageOf, given_usage: dict[str, Any], searches: int | None) -> None:
    """Searches are told apart from tokens; the first name that is present holds."""
    usage = usage_of(given_usage, None)

    assert usage.web_searches == (None if searches is None else searches * MICRO)
    assert "web_search" not in usage.quantities


@pytest.mark.parametrize(
    ("extra", "unknown"),
    [
        ({"holographic_tokens": 12}, True),
        ({"prompt_tokens_details": {"holographic_tokens": 12}}, True),
        ({"prompt_tokens_details": {"prompt_tokens": 12}}, True),
        ({"completion_tokens_details": {"audio_tokens": 3, "text_tokens": 4}}, False),
        ({"holographic_tokens": None, "cost": 0.1, "cost_details": {"x": 1}}, False),
    ],
)
def test_unknown_names(usage_of: UsageOf, extra: dict[str, Any], unknown: bool) -> None:
    """A name that no rule lists is told, those that divide what is counted are not."""
    usage = usage_of({"prompt_tokens": 100, **extra}, None)

    assert usage.unknown is unknown
    assert tokens(usage) == {"prompt": 100}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (-1, "bad_number"),
        (10**12 + 1, "bad_number"),
        (Decimal("Infinity"), "bad_number"),
        (Decimal("NaN"), "bad_number"),
        ("1_000", "bad_number"),
        ("\uff11\uff12", "bad_number"),
        ("many", "bad_number"),
        ("", "bad_number"),
        ("1e-999999999999999999999", None),
        ("-1e-999999999999999999999", "bad_number"),
        (True, "bad_type"),
        ([], "bad_type"),
        ({}, "bad_type"),
        (None, None),
    ],
)
def test_faults(usage_of: UsageOf, value: Any, fault: str | None) -> None:
    """A value that is no quantity costs its own field only."""
    usage = usage_of(chat(value, 50, 150, cached_tokens=value), None)

    assert tokens(usage) == {"completion": 50}
    names = ("prompt_tokens", "prompt_tokens_details.cached_tokens")
    assert usage.faults == tuple((name, fault) for name in names if fault)


@pytest.mark.parametrize("value", [5, [], "x", True])
def test_container_of_another_type(usage_of: UsageOf, value: Any) -> None:
    """What should hold parts is a field, too."""
    usage = usage_of({"prompt_tokens": 1, "prompt_tokens_details": value}, None)

    assert usage.faults == (("prompt_tokens_details", "bad_type"),)
    assert tokens(usage) == {"prompt": 1}


def test_names_at_top() -> None:
    """Totals of any native record are no mark of usage; every other name of a quantity is."""
    assert not {"input_tokens", "output_tokens", "cost"} & set(NAMES_AT_TOP)
    assert {"prompt_tokens", "cache_read_input_tokens", "thoughtsTokenCount"} < set(NAMES_AT_TOP)


AMOUNT = st.one_of(
    st.integers(0, 1000),
    st.integers(0, 10**9),
    st.decimals(0, 1000, places=6),
)


def encoded(protocol: str, parts: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return disjoint parts in a protocol's words, with the total, and the `api` of the request."""
    prompt, completion = parts["prompt"], parts["completion"]
    read, write, thought, tool = (parts[name] for name in ("read", "write", "thought", "tool"))
    total = sum(parts.values())
    if protocol == "messages":
        usage = {
            "input_tokens": prompt + tool,
            "output_tokens": completion + thought,
            "cache_read_input_tokens": read,
            "cache_creation_input_tokens": write,
            "output_tokens_details": {"reasoning_tokens": thought},
        }
        return usage, None
    if protocol == "gemini":
        usage = {
            "promptTokenCount": prompt + read,
            "candidatesTokenCount": completion,
            "thoughtsTokenCount": thought,
            "toolUsePromptTokenCount": tool,
            "cachedContentTokenCount": read,
            "totalTokenCount": total - write,
        }
        return usage, "generateContent"
    if protocol == "interactions":
        usage = {
            "total_input_tokens": prompt + read,
            "total_output_tokens": completion,
            "total_thought_tokens": thought,
            "total_cached_tokens": read,
            "total_tool_use_tokens": tool,
            "total_tokens": total - write,
        }
        return usage, None
    ins, out = ("prompt", "completion") if protocol.startswith("chat") else ("input", "output")
    beside = protocol == "chat of messages"
    usage = {
        f"{ins}_tokens": prompt + tool + (0 if beside else read + write),
        f"{out}_tokens": completion + thought,
        "total_tokens": total,
        f"{ins}_tokens_details": {"cached_tokens": read, "cache_write_tokens": write},
        f"{out}_tokens_details": {"reasoning_tokens": thought},
    }
    return usage, None


@pytest.mark.parametrize(
    "protocol", ["chat", "chat of messages", "responses", "messages", "gemini", "interactions"]
)
@given(
    parts=st.fixed_dictionaries(
        dict.fromkeys(["prompt", "completion", "read", "write", "thought", "tool"], AMOUNT)
    )
)
def test_parts_come_back(usage_of: UsageOf, protocol: str, parts: dict[str, Any]) -> None:
    """Whatever the protocol, its consistent usage gives the parts that it was made of."""
    given_usage, api = encoded(protocol, parts)
    has_writes = protocol not in {"gemini", "interactions"}

    usage = usage_of(given_usage, api)

    expected = {
        "prompt": parts["prompt"] + parts["tool"],
        READ: parts["read"],
        WRITE: parts["write"] if has_writes else 0,
        "completion": parts["completion"],
        "internal_reasoning": parts["thought"],
    }
    assert tokens(usage) == {code: number for code, number in expected.items() if number}
    assert not usage.mismatch


SMALL = st.integers(0, 12)


@given(
    totals=st.lists(st.one_of(st.none(), SMALL), min_size=2, max_size=2),
    total=st.integers(0, 60),
    inner=st.dictionaries(
        st.sampled_from(
            [
                "cached_tokens",
                "cache_write_tokens",
                "ephemeral_5m_input_tokens",
                "ephemeral_1h_input_tokens",
                "reasoning_tokens",
                "cache_read_input_tokens",
                "toolUsePromptTokenCount",
            ]
        ),
        SMALL,
    ),
    names=st.sampled_from(
        [
            ("prompt_tokens", "completion_tokens", "total_tokens"),
            ("input_tokens", "output_tokens", "total_tokens"),
            ("promptTokenCount", "candidatesTokenCount", "totalTokenCount"),
            ("total_input_tokens", "total_output_tokens", "total_tokens"),
        ]
    ),
    api=st.sampled_from([None, "messages", "responses"]),
)
def test_types_add_up_to_the_total(
    usage_of: UsageOf,
    totals: list[int | None],
    total: int,
    inner: dict[str, int],
    names: tuple[str, str, str],
    api: str | None,
) -> None:
    """The types add up to the total, or the mismatch is told; nothing is negative."""
    usage = usage_of(dict(zip(names, (*totals, total), strict=True)) | inner, api)

    assert min(usage.quantities.values(), default=1) > 0
    assert (sum(usage.quantities.values()) == total * MICRO) is not usage.mismatch
