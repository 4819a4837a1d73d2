"""The oracle against sums done by hand: tokens, units and searches in every protocol."""

from decimal import Decimal
from typing import Any

import pytest

from recounting import by, faults, fed, native, total, zenmux

PROMPT, COMPLETION = "prompt_tokens_details", "completion_tokens_details"


def types(record: dict[str, Any]) -> dict[str, Decimal]:
    """Return tokens by type."""
    return by(fed(record), "tokens", "token_type")


@pytest.mark.parametrize(
    ("api", "used", "expected", "mismatch"),
    [
        # Chat Completions: without a total the details are included in the counts.
        (None, {"prompt_tokens": 100, "completion_tokens": 50, PROMPT: {"cached_tokens": 80},
                COMPLETION: {"reasoning_tokens": 20}},
         {"prompt": 20, "input_cache_read": 80, "completion": 30, "internal_reasoning": 20}, 0),
        # For Messages cached tokens are not included.
        ("messages", {"prompt_tokens": 100, "completion_tokens": 5, PROMPT: {"cached_tokens": 80}},
         {"prompt": 100, "input_cache_read": 80, "completion": 5}, 0),
        # Details larger than their count are not included in it.
        (None, {"prompt_tokens": 10, PROMPT: {"cached_tokens": 80}},
         {"prompt": 10, "input_cache_read": 80}, 0),
        # The total decides: all included, none, only the cache, only reasoning; or no sum matches.
        (None, {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
                PROMPT: {"cached_tokens": 80}, COMPLETION: {"reasoning_tokens": 20}},
         {"prompt": 20, "input_cache_read": 80, "completion": 30, "internal_reasoning": 20}, 0),
        (None, {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 250,
                PROMPT: {"cached_tokens": 80}, COMPLETION: {"reasoning_tokens": 20}},
         {"prompt": 100, "input_cache_read": 80, "completion": 50, "internal_reasoning": 20}, 0),
        ("messages", {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
                      PROMPT: {"cached_tokens": 80}},
         {"prompt": 20, "input_cache_read": 80, "completion": 50}, 0),
        (None, {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 230,
                PROMPT: {"cached_tokens": 80}, COMPLETION: {"reasoning_tokens": 20}},
         {"prompt": 100, "input_cache_read": 80, "completion": 30, "internal_reasoning": 20}, 0),
        (None, {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 151,
                PROMPT: {"cached_tokens": 80}},
         {"prompt": 20, "input_cache_read": 80, "completion": 50}, 1),
        # If several sums match: the protocol's way, then the one that changes only the cache.
        (None, {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 170,
                PROMPT: {"cached_tokens": 20}, COMPLETION: {"reasoning_tokens": 20}},
         {"prompt": 100, "input_cache_read": 20, "completion": 30, "internal_reasoning": 20}, 0),
        # The cache is one part, reads and writes; the write count excludes its tiers.
        (None, {"prompt_tokens": 100, "completion_tokens": 0, "total_tokens": 100, PROMPT: {
            "cached_tokens": 40, "cache_write_tokens": 30, "ephemeral_5m_input_tokens": 15,
            "ephemeral_1h_input_tokens": 5}},
         {"prompt": 30, "input_cache_read": 40, "input_cache_write": 10,
          "input_cache_write_5_min": 15, "input_cache_write_1_h": 5}, 0),
        # Several names of one quantity count once.
        (None, {"prompt_tokens": 100, "completion_tokens": 1, "cache_read_input_tokens": 80,
                PROMPT: {"cached_tokens": 80}},
         {"prompt": 20, "input_cache_read": 80, "completion": 1}, 0),
        # Responses.
        ("responses", {"input_tokens": 1200, "output_tokens": 80, "total_tokens": 1280,
                       "input_tokens_details": {"cached_tokens": 700},
                       "output_tokens_details": {"reasoning_tokens": 25}},
         {"prompt": 500, "input_cache_read": 700, "completion": 55, "internal_reasoning": 25}, 0),
        ("messages", {"input_tokens": 50, "output_tokens": 8,
                      "input_tokens_details": {"cached_tokens": 7}},
         {"prompt": 50, "input_cache_read": 7, "completion": 8}, 0),
        # Messages: without a total the cache is not included.
        (None, {"input_tokens": 90, "output_tokens": 40, "cache_read_input_tokens": 60,
                "cache_creation_input_tokens": 25, "cache_creation": {
                    "ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 5}},
         {"prompt": 90, "input_cache_read": 60, "input_cache_write_5_min": 20,
          "input_cache_write_1_h": 5, "completion": 40}, 0),
        # Gemini: the cache is included, thoughts and tool-use prompts are not.
        (None, {"promptTokenCount": 700, "candidatesTokenCount": 60, "thoughtsTokenCount": 45,
                "toolUsePromptTokenCount": 30, "cachedContentTokenCount": 200,
                "totalTokenCount": 835},
         {"prompt": 530, "input_cache_read": 200, "completion": 60, "internal_reasoning": 45}, 0),
        (None, {"promptTokenCount": 700, "candidatesTokenCount": 60, "thoughtsTokenCount": 45,
                "toolUsePromptTokenCount": 30, "cachedContentTokenCount": 200,
                "totalTokenCount": 760},
         {"prompt": 500, "input_cache_read": 200, "completion": 15, "internal_reasoning": 45}, 0),
        # Interactions: like Gemini.
        (None, {"total_input_tokens": 70, "total_output_tokens": 6, "total_cached_tokens": 20,
                "total_thought_tokens": 4, "total_tokens": 80},
         {"prompt": 50, "input_cache_read": 20, "completion": 6, "internal_reasoning": 4}, 0),
        # Fractions, and numbers as texts.
        (None, {"prompt_tokens": "10.5", "completion_tokens": 0.0000015, "total_tokens": 10.500002},
         {"prompt": Decimal("10.5"), "completion": Decimal("0.000002")}, 0),
    ],
)  # fmt: skip
def test_usage(
    api: str | None, used: dict[str, Any], expected: dict[str, Decimal], mismatch: int
) -> None:
    """Usage of every protocol counts the same from every place in a record."""
    records = (
        zenmux(nativeTokens=used, api=api),
        zenmux(usage=used, api=api),
        native(usage=used, api=api),
        native(**used, api=api),
        native(usageMetadata=used, api=api),
    )
    for record in records:
        oracle = fed(record)
        assert by(oracle, "tokens", "token_type") == expected
        assert total(oracle, "exporter_token_mismatch") == mismatch
        assert faults(record) == {}


def test_totals_at_the_top_of_a_native_line() -> None:
    """Top-level totals include listed types; with Messages' names they exclude the cache."""
    assert types(native(input_tokens=10, output_tokens=2)) == {"prompt": 10, "completion": 2}
    assert types(native(input_tokens=10, tokens={"input_cache_read": 4})) == {
        "prompt": 6, "input_cache_read": 4,
    }  # fmt: skip
    assert types(native(input_tokens=10, cache_read_input_tokens=4)) == {
        "prompt": 10, "input_cache_read": 4,
    }  # fmt: skip
    assert types(zenmux(input_tokens=10)) == {}


@pytest.mark.parametrize(
    ("used", "unknown"),
    [
        ({"prompt_tokens": 1, PROMPT: {"holographic_tokens": 12}}, True),
        ({"prompt_tokens": 1, "odd_tokens": 0}, True), ({"prompt_tokens": 1, "odd": None}, False),
        ({"prompt_tokens": 1, PROMPT: {"audio_tokens": 5, "image_tokens": 1}, "cost": 0.5,
          "cost_details": {"x": 1}, "service_tier": "standard", "is_byok": False}, False),
        ({"promptTokenCount": 1, "trafficType": "ON_DEMAND", "promptTokensDetails": [{}]}, False),
    ],
)  # fmt: skip
def test_unknown_names(used: dict[str, Any], unknown: bool) -> None:
    """Unknown names are counted; known names that are ignored are not."""
    oracle = fed(native(usage=used), zenmux(nativeTokens=used))

    assert total(oracle, "exporter_unknown_values") == (2 if unknown else 0)


def test_searches() -> None:
    """Calls are from their own field, else the unit, the prompt's details or server tool use."""
    chat = {"prompt_tokens": 7, "completion_tokens": 5, PROMPT: {"web_search": 2}}
    messages = {"input_tokens": 8, "server_tool_use": {"web_search_requests": 3}}
    gemini = {"total_input_tokens": 9, "grounding_tool_count": 4}
    both = {**chat, "server_tool_use": {"web_search_requests": 30}}

    def calls(record: dict[str, Any]) -> Decimal:
        return total(fed(record), "web_search_calls")

    assert [calls(native(usage=used)) for used in (chat, messages, gemini, both)] == [2, 3, 4, 2]
    assert calls(native(usage=chat, web_search_calls=0)) == 0
    assert calls(native(usage=chat, tokens={"prompt": 1, "web_search": 5})) == 5
    assert calls(zenmux(nativeTokens=chat, nativeFeeTokens={"prompt": 7})) == 2
    assert by(fed(native(usage=chat)), "web_search_tokens", "direction") == {
        "input": 7, "output": 5,
    }  # fmt: skip
    assert total(fed(native(usage=chat)), "billed_units") == 0


def test_units_and_directions() -> None:
    """Units are not tokens; `audio_input` is input, `audio` is output."""
    fees = {"second": "12.34", "image": 1.5, "audio": 9, "audio_input": 2, "audio_cache_read": 4}
    oracle = fed(zenmux(nativeFeeTokens=fees))

    assert by(oracle, "billed_units", "unit") == {
        "second": Decimal("12.34"), "image": Decimal("1.5"),
    }  # fmt: skip
    assert by(oracle, "tokens", "direction") == {"input": 6, "output": 9}


def test_fee_tokens_win() -> None:
    """Billed quantities take precedence over usage; an empty object is ignored."""
    used = {"prompt_tokens": 5}
    fees = {"prompt": 3, "input_cache_write": 10, "input_cache_write_5_min": 4, "request": 2,
            " prompt ": 1, "video": 8, "input_cache_new": 6, "": 1}  # fmt: skip
    oracle = fed(zenmux(nativeFeeTokens=fees, nativeTokens=used))

    assert by(oracle, "tokens", "token_type") == {
        "prompt": 4, "input_cache_write": 6, "input_cache_write_5_min": 4, "video": 8,
        "input_cache_new": 6, "unknown": 1,
    }  # fmt: skip
    assert by(oracle, "tokens", "direction") == {"input": 20, "other": 9}
    assert by(oracle, "billed_units", "unit") == {"request": 2}
    assert by(fed(zenmux(nativeFeeTokens={}, nativeTokens=used)), "tokens", "token_type") == {
        "prompt": 5
    }


def test_native_totals_fill_up() -> None:
    """A total's remainder is prompt or completion and never negative."""
    listed = {"input_cache_read": 30, "input_cache_write": 9, "input_cache_write_1_h": 9,
              "completion": 2, "audio": 1}  # fmt: skip
    oracle = fed(native(tokens=listed, input_tokens=100, output_tokens="2.0"))

    assert by(oracle, "tokens", "token_type") == {
        "prompt": 61, "input_cache_read": 30, "input_cache_write_1_h": 9, "completion": 2,
        "audio": 1,
    }  # fmt: skip


def test_web_search() -> None:
    """Searches are from their own field, else from the unit; their tokens count by direction."""
    tokens = {"prompt": 7, "completion": 5, "video": 1, "web_search": 2}
    oracle = fed(native(tokens=tokens), native(tokens=tokens, web_search_calls=0),
                  native(web_search_calls=3))  # fmt: skip

    assert by(oracle, "web_search_requests", "model") == {"m": 2}
    assert by(oracle, "web_search_calls", "model") == {"m": 5}
    assert by(oracle, "web_search_tokens", "direction") == {"input": 7, "output": 5, "other": 1}
    assert by(oracle, "billed_units", "unit") == {"web_search": 4}
