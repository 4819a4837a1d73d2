"""Billed quantities and native totals become disjoint token types, in millionths."""

from decimal import Decimal
from typing import Any

import pytest

from implementations import Implementation


@pytest.fixture
def rules(implementation: Implementation) -> Any:
    """Return the module of the implementation under test."""
    return implementation.module("rules.tokens")


@pytest.mark.parametrize(
    ("given", "expected", "unknown"),
    [
        ({"prompt": 7, "completion": 0, "image": None}, {"prompt": 7_000_000}, False),
        ({"second": 12.34, "image": "1.5"}, {"second": 12_340_000, "image": 1_500_000}, False),
        ({"second": Decimal("0.0000015"), "video": "0"}, {"second": 2}, False),
        ({"prompt": 1, " prompt ": 2.5}, {"prompt": 3_500_000}, False),
        ({"audio_input": 2, "audio_cache_read": 1}, {"audio_input": 2_000_000,
          "audio_cache_read": 1_000_000}, False),
        ({"later": 1}, {"later": 1_000_000}, True),
        ({"later": 0}, {}, False),
        ({"input_cache_write": 9, "input_cache_write_5_min": 4, "input_cache_write_1_h": "2.5"},
         {"input_cache_write": 2_500_000, "input_cache_write_5_min": 4_000_000,
          "input_cache_write_1_h": 2_500_000}, False),
        ({"input_cache_write": 4, "input_cache_write_5_min": 4},
         {"input_cache_write_5_min": 4_000_000}, False),
    ],
)  # fmt: skip
def test_fee_quantities(
    rules: Any, given: dict[str, Any], expected: dict[str, int], unknown: bool
) -> None:
    """Zeros are left out, and codes that are equal once cleaned are added."""
    assert rules.fee_quantities(given) == (expected, unknown)


@pytest.mark.parametrize("value", ["", " ", "1_0", "many", -0.5, "-1", float("nan")])
def test_inexact_quantity(rules: Any, value: Any) -> None:
    """Invalid or inexact values raise ValueError, for the strict path to handle."""
    with pytest.raises(ValueError):  # noqa: PT011
        rules.fee_quantities({"prompt": value})


@pytest.mark.parametrize(
    ("listed", "totals", "expected"),
    [
        ({}, (5, "2.5"), {"prompt": 5_000_000, "completion": 2_500_000}),
        (
            {"audio_input": 4_000_000, "input_cache_read": 1, "second": 9},
            (5, None),
            {"audio_input": 4_000_000, "input_cache_read": 1, "second": 9, "prompt": 999_999},
        ),
        ({"prompt": 6_000_000}, (5, 0), {"prompt": 6_000_000}),
        ({"audio": 3_000_000}, (None, 5), {"audio": 3_000_000, "completion": 2_000_000}),
    ],
)
def test_totals(
    rules: Any, listed: dict[str, int], totals: tuple[Any, Any], expected: dict[str, int]
) -> None:
    """The rest of a direction's total, beyond its listed types, is plain tokens."""
    rules.add_totals(listed, *totals)

    assert listed == expected


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("audio_input", "input"),
        ("audio_cache_read", "input"),
        ("audio", "output"),
        ("input_cache_later", "input"),
        ("video", "other"),
        ("later", "other"),
    ],
)
def test_direction(rules: Any, code: str, way: str) -> None:
    """The direction follows from the fee code; units and unknown codes are `other`."""
    assert rules.direction(code) == way


def test_output_tokens(rules: Any) -> None:
    """Output tokens include reasoning and audio, but neither input nor units."""
    quantities = {"completion": 1, "internal_reasoning": 2, "audio": 4, "audio_input": 8}

    assert rules.output_tokens(quantities | {"second": 16}) == 7
    assert "second" in rules.UNITS
