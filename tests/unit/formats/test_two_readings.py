"""The fast path and the strict path give the same record, or the same reason."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from implementations import Implementation
from loggen import generate
from record_facts import beside_nan, facts

Read = Callable[[bytes], tuple[list[object], list[object]]]


@pytest.fixture
def read(implementation: Implementation) -> Read:
    """Return a function that reads a line with the fast path and with the strict path."""
    parser = implementation.module("formats.parser").Parser()
    rejected: Any = implementation.module("errors").Rejected

    def parse(line: bytes) -> list[object]:
        found = parser.parse(line)
        return [str(one.reason) if isinstance(one, rejected) else facts(one) for one in found]

    return lambda line: (parse(line), parse(beside_nan(line)))


# The fixture has no state, so all examples can share it.
same_fixture = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.slow
def test_same_record(read: Read, seed: int) -> None:
    """Both paths agree on generated logs with every kind of fault."""
    readings = [read(line) for line in generate(2000 + seed, 300)]

    assert [fast for fast, _ in readings] == [strict for _, strict in readings]
    assert sum(isinstance(one, dict) for fast, _ in readings for one in fast) > 100


@pytest.mark.parametrize(
    "amount",
    [
        "0.0000000000005",
        "0.0000000000015",
        "0.00000000000050000000000000000001",
        "0.12345678901250000001",
        "999.9999999999995",
        "999.99999999999949999",
        "0.30000000000000004",
        "123456.789012345678",
    ],
)
def test_ties_round_as_the_literal(read: Read, amount: str) -> None:
    """An amount is rounded from its decimal text, not from its binary float."""
    line = f'{{"timestamp": 1793491200, "model": "m", "cost_usd": {amount}}}'.encode()

    fast, strict = read(line)

    assert fast == strict


WHOLE = st.integers(946_684_790, 4_133_980_810)
LITERALS = st.builds(
    lambda whole, digits, power: f"{whole}.{digits}{power}",
    WHOLE,
    st.one_of(
        st.text("0123456789", min_size=1, max_size=22),
        st.sampled_from(["313", "9999999", "3129999999999", "3130000000000000001", "0", "5"]),
    ),
    st.sampled_from(["", "", "", "e0", "E+1"]),
)


@same_fixture
@given(time=LITERALS, space=st.sampled_from(["", " ", "\t"]), more=st.sampled_from(["", "nested"]))
def test_a_time_is_cut_where_its_literal_is(read: Read, time: str, space: str, more: str) -> None:
    """Fractional seconds are truncated to milliseconds by their digits."""
    rest = f', "x": {{"timestamp": {time}9}}' if more else ""
    line = f'{{"model": "m", "timestamp":{space}{time}{rest}}}'.encode()

    fast, strict = read(line)

    assert fast == strict


@same_fixture
@given(
    time=st.one_of(WHOLE, st.integers(-(10**20), 10**20), st.integers(946_684_799_990, 10**13)),
    plan=st.sampled_from([None, "payg", "subscription", "", " ", "PAYG", "other"]),
    status=st.sampled_from(
        [
            None,
            "success",
            "ok",
            "Success",
            "failed",
            "error",
            "canceled",
            " ok",
            "",
            "429",
            200,
            500,
        ]
    ),
    finish=st.sampled_from([None, "stop", "error", "odd"]),
    kind=st.sampled_from([None, "", "rate_limit"]),
    cancelled=st.sampled_from([None, True, False]),
    tokens=st.sampled_from([None, 0, 7]),
    listed=st.sampled_from([None, {}, {"prompt": 5}, {"image": 1}, {"odd": 2}]),
    cost=st.sampled_from([None, 0, "0.5", 2]),
    items=st.sampled_from([None, {}, {"prompt": "0.5"}, {"prompt": 1, "odd": "0.25"}]),
)
def test_any_native_line(read: Read, time: int, items: object, **fields: object) -> None:
    """Both paths agree on native lines with missing fields and other spellings."""
    names = {
        "finish": "finish_reason",
        "kind": "error_type",
        "listed": "tokens",
        "cost": "cost_usd",
    }
    names["tokens"] = "output_tokens"
    record = {"id": "g", "timestamp": time, "model": "m", "costs_usd": items}
    record |= {names.get(name, name): value for name, value in fields.items()}
    line = json.dumps({name: value for name, value in record.items() if value is not None}).encode()

    fast, strict = read(line)

    assert fast == strict


@same_fixture
@given(
    amount=st.one_of(
        st.from_regex(r"[0-9]{0,8}\.?[0-9]{0,16}", fullmatch=True),
        st.decimals(0, 10**6, allow_nan=False, places=13).map(str),
        st.sampled_from(["-0", "-1", "1e-3", "1_0", " 1", "1 ", "+1", "1.", ".5", "", "\u0661"]),
    )
)
def test_any_text_of_an_amount(read: Read, amount: str) -> None:
    """Both paths agree on quoted amounts, valid or not."""
    record = {"id": "g", "timestamp": 1793491200, "model": "m", "cost_usd": amount}
    line = json.dumps(record).encode()

    fast, strict = read(line)

    assert fast == strict
