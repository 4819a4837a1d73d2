"""Fields of usage: web searches, unknown names and faults; and properties of all usage."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.rules.usage import NAMES_AT_TOP
from usage_words import MICRO, READ, WRITE, UsageOf, chat, tokens


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
    """Web searches aren't tokens; if several names are present, the first wins."""
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
    """Unknown names are reported; known breakdowns of counted tokens aren't."""
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
    """An invalid value loses only its own field."""
    usage = usage_of(chat(value, 50, 150, cached_tokens=value), None)

    assert tokens(usage) == {"completion": 50}
    names = ("prompt_tokens", "prompt_tokens_details.cached_tokens")
    assert usage.faults == tuple((name, fault) for name in names if fault)


@pytest.mark.parametrize("value", [5, [], "x", True])
def test_container_of_another_type(usage_of: UsageOf, value: Any) -> None:
    """Details that aren't an object are a field fault."""
    usage = usage_of({"prompt_tokens": 1, "prompt_tokens_details": value}, None)

    assert usage.faults == (("prompt_tokens_details", "bad_type"),)
    assert tokens(usage) == {"prompt": 1}


def test_names_at_top() -> None:
    """Names of native totals don't indicate usage at the top level; all others do."""
    assert not {"input_tokens", "output_tokens", "cost"} & set(NAMES_AT_TOP)
    assert {"prompt_tokens", "cache_read_input_tokens", "thoughtsTokenCount"} < set(NAMES_AT_TOP)


AMOUNT = st.one_of(
    st.integers(0, 1000),
    st.integers(0, 10**9),
    st.decimals(0, 1000, places=6),
)


def encoded(protocol: str, parts: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return disjoint parts as a protocol's usage with its total, and the request's `api`."""
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
    """Consistent usage of every protocol is split into the parts it was made from."""
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
    """Types add up to the total, or there is a mismatch; none is negative."""
    usage = usage_of(dict(zip(names, (*totals, total), strict=True)) | inner, api)

    assert min(usage.quantities.values(), default=1) > 0
    assert (sum(usage.quantities.values()) == total * MICRO) is not usage.mismatch
