"""Strings and floats become exact scaled integers, or are refused."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from implementations import Implementation

NAMES = ("usd", "microseconds", "micro_rate", "quantity")
LIMITS = {"usd": 10**6, "microseconds": 604_800_000, "micro_rate": 10**12, "quantity": 10**12}
PLACES = {"usd": 12, "microseconds": 3, "micro_rate": 6, "quantity": 6}

# The fixture has no state, so all examples can share it.
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def fixed_point(implementation: Implementation) -> Any:
    """Return the module of the implementation under test."""
    return implementation.module("values.fixed_point")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "text",
    ["1_000", "_1", "1_", "1_0.5", "1e1_0", "\uff11\uff12", "1.\uff15", "٣", "1\u00a0",
     "", " ", "nan", "inf", "-inf", "Infinity", "0x10", "1e", "e5", "1e+-5",
     "0e+-99999999999999999999", "1 2", "infe99999999999999999999", ".", "--1", "one"],
)  # fmt: skip
def test_no_number(fixed_point: Any, name: str, text: str) -> None:
    """Both the fast converters and exact decimals refuse malformed numbers."""
    convert: Callable[[str], int] = getattr(fixed_point, name)

    with pytest.raises(ValueError):  # noqa: PT011
        convert(text)
    with pytest.raises(InvalidOperation):
        fixed_point.literal(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", Decimal(12)),
        (" 12\t", Decimal(12)),
        ("+1.", Decimal(1)),
        (".5", Decimal("0.5")),
        ("-0", Decimal(0)),
        ("1E3", Decimal(1000)),
        ("0e99999999999999999999", Decimal(0)),
        ("1e99999999999999999999", Decimal("Infinity")),
        ("-1e99999999999999999999", Decimal("-Infinity")),
    ],
)
def test_literal(fixed_point: Any, text: str, expected: Decimal) -> None:
    """White space around a number is ignored, and any exponent is accepted."""
    assert fixed_point.literal(text) == expected


@pytest.mark.parametrize("sign", ["", "-"])
def test_tiny_literal_keeps_its_sign(fixed_point: Any, sign: str) -> None:
    """A number too small to represent keeps its sign and isn't 0."""
    number = fixed_point.literal(f"{sign}1e-99999999999999999999")

    assert abs(number) < Decimal("1e-1000")
    assert (number < 0) is bool(sign)
    assert number != 0


TEXTS = st.one_of(
    st.from_regex(r"\s?[+-]?[0-9]{0,14}\.?[0-9]{0,20}([eE][+-]?[0-9]{1,3})?\s?", fullmatch=True),
    st.from_regex(r"-?[0-9]{1,3}[eE][+-]?[0-9]{18,22}", fullmatch=True),
    st.text("0123456789.eE+-_ \uff11", max_size=8),
)


@same_fixture
@pytest.mark.parametrize("name", NAMES)
@given(text=TEXTS)
@example(text="-1e-400")
@example(text="0.0000000000005")
@example(text="0.0000015")
@example(text="999999999.9999995")
def test_fast_is_exact(fixed_point: Any, name: str, text: str) -> None:
    """The fast converters agree with exact decimals, for strings and floats."""
    convert: Callable[[Any], int] = getattr(fixed_point, name)
    try:
        exact = fixed_point.literal(text)
    except InvalidOperation:
        exact = None
    values: list[Any] = [text]
    if exact is not None and exact.is_finite():
        values.append(float(exact))

    for value in values:
        try:
            found = convert(value)
        except ValueError:
            continue
        assert exact is not None
        assert 0 <= exact <= LIMITS[name]
        assert found == fixed_point.to_integer(exact, PLACES[name])


@pytest.mark.parametrize(
    ("value", "millionths"),
    [
        (0, 0),
        (95, 95_000_000),
        (10**12, 10**18),
        (12.34, 12_340_000),
        ("0.000001", 1),
        ("12.0", 12_000_000),
        (Decimal("0.0000005"), 0),
        (Decimal("0.0000015"), 2),
        (Decimal("999999999999.999999"), 999_999_999_999_999_999),
    ],
)
def test_quantity(fixed_point: Any, value: Any, millionths: int) -> None:
    """Tokens and units count in millionths, rounded half-even."""
    assert fixed_point.quantity(value) == millionths
