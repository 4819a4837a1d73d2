"""Timestamps in the formats of loggers become Unix milliseconds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implementations import Implementation

Parse = Callable[[Any], int]
NOON = 1793620800_000  # 2026-11-02T12:00:00Z

# The fixture has no state, so all examples can share it.
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def parse(implementation: Implementation) -> Parse:
    """Return the parser of the implementation under test."""
    found: Parse = implementation.module("values.timestamps").parse
    return found


@pytest.mark.parametrize(
    ("value", "after_noon"),
    [
        ("2026-11-02T12:00:00Z", 0),
        ("2026-11-02t12:00:00z", 0),
        ("2026-11-02 12:00:00", 0),
        ("2026-11-02T12:00", 0),
        ("2026-11-02 12:01Z", 60_000),
        ("2026-11-02T13:30+01:30", 0),
        ("2026-11-02T11:59:60Z", 0),
        ("2026-11-02T11:59:60.5Z", 500),
        ("2026-11-02T12:00:00,5Z", 500),
        ("2026-11-02 12:00:00,123", 123),
        ("2026-11-02T12:00:00.1239999Z", 123),
        ("2026-11-02T12:00:00.999999999+00", 999),
        ("2026-11-02T12:00:00-00:00", 0),
        ("2026-11-02T14:00:00+0200", 0),
        ("2026-11-02T14:00:00+02", 0),
        ("2026-11-02 14:00:00 +0200", 0),
        ("2026-11-02 14:00:00.5 +02:00", 500),
        ("2026-11-02 12:00 Z", 0),
        ("2026-11-02T06:30:00-05:30", 0),
        (" 2026-11-02T12:00:00Z\n", 0),
        (1793620800, 0),
        (1793620800_123, 123),
        (1793620800_123_999, 123),
        (1793620800_123_999_999, 123),
        (1793620800.5, 500),
        (Decimal("1793620800.1239999"), 123),
        (Decimal("1793620800123.9"), 123),
        (Decimal("1793620800123456.7"), 123),
        ("1793620800", 0),
        ("1793620800.123", 123),
        ("1793620800123456789", 123),
        ("1.7936208e9", 0),
        (" 1793620800 ", 0),
    ],
)
def test_spellings(parse: Parse, value: Any, after_noon: int) -> None:
    """Each spelling is parsed to the millisecond, with and without cached parts."""
    assert [parse(value) - NOON for _ in range(2)] == [after_noon] * 2


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "noon",
        "2026-11-02",
        "2026-11-02T12",
        "2026-11-02T12:00:",
        "2026-11-02T12:00.5Z",
        "2026-11-02T12:00:00.Z",
        "2026-11-02T12:00:00.123.456Z",
        "2026-11-02T12:00:00.123,456Z",
        "2026-11-02T12:00:61Z",
        "2026-11-02T12:60:00Z",
        "2026-11-02T24:00:00Z",
        "2026-11-02T24:00Z",
        "2026-02-30T12:00:00Z",
        "2026-11-02T12:00:00+24:00",
        "2026-11-02T12:00:00+00:60",
        "2026-11-02T12:00:00+1",
        "2026-11-02T12:00:00+1:00",
        "2026-11-02T12:00:00  +0100",
        "\uff12\uff10\uff12\uff16-11-02T12:00:00Z",
        "2026-11-02T12:00:0\uff11Z",
        "1_793_620_800",
        "\uff11\uff17\uff19\uff13\uff16\uff12\uff10\uff18\uff10\uff10",
        "1999-12-31T23:59:59.999Z",
        "2101-01-01T00:00:00Z",
        "2100-12-31T23:59:60Z",
        "nan",
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "-1793620800",
        0,
        -1,
        99_999_999_999,
        10**11,
        10**14,
        10**17,
        10**30,
        Decimal("NaN"),
        Decimal("Infinity"),
    ],
)
def test_no_time(parse: Parse, value: Any) -> None:
    """Invalid times are refused, even if cached parts share their beginning or end."""
    for like in ("2026-11-02T12:00:00.456Z", "2026-11-02T12:00:00,456Z", "2026-11-02T12:00:01Z"):
        parse(like)

    with pytest.raises(ValueError):  # noqa: PT011
        parse(value)


@same_fixture
@given(
    moment=st.datetimes(datetime(2000, 1, 2), datetime(2100, 12, 30)),  # noqa: DTZ001
    minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
    between=st.sampled_from("Tt "),
    mark=st.sampled_from(".,"),
    digits=st.text("0123456789", max_size=9),
    short=st.booleans(),
)
def test_any_moment(
    parse: Parse,
    moment: datetime,
    minutes: int,
    between: str,
    mark: str,
    digits: str,
    short: bool,
) -> None:
    """The result agrees with Python's `datetime`."""
    local = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    zone = f"{sign}{hours:02d}" + ("" if short and not rest else f":{rest:02d}")
    fraction = mark + digits if digits else ""

    found = parse(f"{local:%Y-%m-%d}{between}{local:%H:%M:%S}{fraction}{zone}")

    whole = (local - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert found == whole + int((digits + "000")[:3])
