"""Each protocol's usage becomes disjoint token types that add up to its total."""

from decimal import Decimal
from typing import Any

import pytest

from usage_words import READ, WRITE, UsageOf, chat, tokens

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
    """Each token has one type, which the total decides, otherwise the protocol."""
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
    """A total that fits no interpretation is a mismatch; the protocol's rule is used."""
    usage = usage_of(given_usage, None)

    assert tokens(usage) == expected
    assert usage.mismatch
