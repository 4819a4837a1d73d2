"""The oracle against sums done by hand: deduplication by id, and late records."""

from decimal import Decimal
from typing import Any

import pytest

from oracle import Settings
from recounting import (
    TIME,
    by,
    fed,
    histogram,
    native,
    paid,
    results,
    sums,
    total,
    usd,
    zenmux,
)


def test_once_per_id() -> None:
    """The first record of an id counts; a missing bill is added once, under its labels."""
    lines = [
        native(id="a", output_tokens=1),
        native(id="a", output_tokens=9, model="else", cost_usd="0.25", costs_usd={"x": "0.25"}),
        native(id="a", cost_usd="0.5"),
        zenmux(generationId="a", billAmount=1),
        native(id=" ", output_tokens=1),
        native(id=" ", output_tokens=1),
    ]

    assert results(*lines) == [
        "accepted", "amended", "duplicate", "duplicate", "accepted", "accepted",
    ]  # fmt: skip
    assert by(fed(*lines), "cost_usd", "item") == usd(x="0.25")
    assert by(fed(*lines), "cost_usd", "model") == usd(m="0.25")
    assert by(fed(*lines), "tokens", "token_type") == {"completion": 3}


def test_pending_counts_nothing() -> None:
    """A pending record counts nothing and does not fix the request's labels."""
    lines = [
        native(id="a", status="started", model="else", cost_usd=1, input_tokens=5),
        native(id="a", status="In_Progress", compensation={"payout_usd": 1}),
        native(id="a", status="ok", cost_usd=2), native(id="a", status="queued"),
        native(status="running"), paid(1, id="b", status="pending"),
        native(id="b", status="pending"),
    ]  # fmt: skip
    oracle = fed(*lines)

    assert results(*lines) == ["pending", "pending", "accepted", "duplicate", "pending",
                               "accepted", "pending"]  # fmt: skip
    assert by(oracle, "requests", "model") == {"m": 1}
    assert by(oracle, "cost_usd", "item") == usd(unitemized="2")
    assert by(oracle, "insurance_payout_usd", "model") == usd(unknown="1")
    assert total(oracle, "exporter_conflicts") == 0


def test_what_was_missing_is_added() -> None:
    """Missing tokens, bill and durations are added once, under the request's labels."""
    tokens = {"input_tokens": 100, "output_tokens": 20}
    lines = [
        native(id="a"), native(id="a", model="else", **tokens),
        native(id="a", latency_ms=500, generation_ms=2000), native(id="a", cost_usd="0.01"),
        native(id="a", latency_ms=7, generation_ms=8, cost_usd=9, input_tokens=1),
        native(id="a", throughput_tps=5, output_tokens=1),
    ]  # fmt: skip
    oracle = fed(*lines)

    assert results(*lines) == ["accepted", "amended", "amended", "amended", "duplicate", "amended"]
    assert by(oracle, "tokens", "token_type") == {"prompt": 100, "completion": 20}
    assert by(oracle, "tokens", "model") == {"m": 120}
    assert by(oracle, "cost_usd", "item") == usd(unitemized="0.01")
    assert sums(oracle) == {
        "time_to_first_token_seconds": (1, Decimal("0.5")),
        "generation_duration_seconds": (1, Decimal(2)),
        "request_duration_seconds": (1, Decimal("2.5")),
        "output_tokens_per_second": (1, Decimal(5)),
    }


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([{"latency_ms": 1000}, {"generation_ms": 2000}], {"first": 1, "generation": 2}),
        ([{"latency_ms": 1000}, {"generation_ms": 2000},
          {"latency_ms": 3000, "generation_ms": 4000}],
         {"first": 1, "generation": 2, "request": 7}),
        ([{"generation_ms": 2000}, {"generation_ms": 2000, "output_tokens": 8}], {"generation": 2}),
        ([{"output_tokens": 8}, {"generation_ms": 2000}], {"generation": 2}),
        ([{"output_tokens": 8}, {"generation_ms": 2000, "output_tokens": 8}],
         {"generation": 2, "rate": 4}),
        ([{"generation_ms": 0, "output_tokens": 8}, {"generation_ms": 2000, "output_tokens": 8}],
         {"generation": 0}),
        ([{"status": "error"}, {"status": "ok", "latency_ms": 1000, "generation_ms": 2000}], {}),
        ([{"latency_ms": 1000, "streamed": False}, {"latency_ms": 2000}], {"first": 2}),
    ],
)  # fmt: skip
def test_durations_that_come_late(lines: list[dict[str, Any]], expected: dict[str, int]) -> None:
    """Each duration counts when first present, computed from a single line, for successes only."""
    names = {
        "time_to_first_token_seconds": "first", "generation_duration_seconds": "generation",
        "request_duration_seconds": "request", "output_tokens_per_second": "rate",
    }  # fmt: skip
    oracle = fed(*(native(id="a", **line) for line in lines))

    assert {names[name]: total for name, (_, total) in sums(oracle).items()} == expected


def test_quantities_that_come_late() -> None:
    """Late tokens, units and searches count once, and only if none was above 0 before."""
    late = native(id="a", tokens={"image": 2, "prompt": 1}, web_search_calls=3)
    zero = native(id="a", tokens={"prompt": 0}, input_tokens=0)

    assert results(zero, late, late) == ["accepted", "amended", "duplicate"]
    assert total(fed(zero, late, late), "web_search_calls") == 3
    assert results(native(id="a", tokens={"image": 1}), late) == ["accepted", "duplicate"]


def test_conflicts() -> None:
    """A contradicting later record changes nothing and counts as a conflict by field."""
    first = native(id="a", provider="p", api_key="k", plan="payg", status="ok")
    lines = [
        first, native(id="a", provider=" p "), native(id="a", model="n", provider="q"),
        native(id="a", api_key="l", plan="gold", status="failed"),
        native(id="a", status="pending", model="z"), paid(1, id="a", model="z"),
        native(id="b", status="failed"), native(id="b"), native(id="b", status="ok"),
        paid(1, id="c", model="z"), native(id="c"),
        native(id="d"), native(id="d", provider="p", api_key="k"),
        native(id="e", model="other"), native(id="e"), native(id="e", model="unknown"),
    ]  # fmt: skip

    assert by(fed(*lines), "exporter_conflicts", "field") == {
        "model": 1, "provider": 1, "api_key": 1, "plan": 1, "outcome": 2,
    }  # fmt: skip
    assert by(fed(*lines), "requests", "model") == {"m": 4, "other": 1}


def test_id_window() -> None:
    """The oldest id is evicted first, also a payout's; a duplicate does not refresh it."""
    settings = Settings(id_window=2)
    ids = ["a", "b", "a", "c", "a", "c"]

    assert results(*(native(id=i) for i in ids), settings=settings) == [
        "accepted", "accepted", "duplicate", "accepted", "accepted", "duplicate",
    ]  # fmt: skip
    assert results(paid(1, id="x"), native(id="b"), native(id="c"), paid(1, id="x"),
                   settings=settings)[-1] == "accepted"  # fmt: skip


def test_payout_after_its_request() -> None:
    """A payout counts once per id and type, under the request's labels; raises add to the sum."""
    lines = [
        native(id="a", api_key="k"), paid("0.10", id="a", model="else", timestamp=1793491300),
        paid("0.10", id="a"), paid("0.05", id="a"), paid("0.15", id="a"), paid(0, id="b"),
        native(id="a", compensation={"type": "Other Type!", "payout_usd": 1}),
    ]  # fmt: skip
    oracle = fed(*lines)

    assert results(*lines) == ["accepted", "amended", "duplicate", "duplicate", "amended",
                               "duplicate", "amended"]  # fmt: skip
    assert by(oracle, "insurance_compensations", "compensation_type") == {
        "high_latency": 1, "other_type": 1,
    }  # fmt: skip
    assert by(oracle, "insurance_payout_usd", "api_key") == {"k": Decimal("1.15")}
    assert sum(h.total for h in oracle.totals().histograms.values()) == Decimal("1.1")


def test_payout_before_its_request() -> None:
    """A payout before its request counts under its own labels and only once."""
    late = native(id="a", model="r", compensation={"type": "highLatency", "payout_usd": "0.3"})
    lines = [paid("0.1", id="a", model="own"), paid("0.2", id="a"), late, late]
    oracle = fed(*lines)

    assert results(*lines) == ["accepted", "amended", "accepted", "duplicate"]
    assert by(oracle, "insurance_compensations", "model") == {"own": 1}
    assert by(oracle, "insurance_payout_usd", "model") == usd(own="0.2", r="0.1")
    assert by(oracle, "requests", "model") == {"r": 1}


def test_payout_delay() -> None:
    """The delay is from the request's first time to the payout, if both are known and ordered."""

    def delay(*lines: dict[str, Any]) -> Decimal | None:
        found = histogram(fed(*lines), "zenmux_insurance_payout_delay_seconds")
        return None if found is None else found.total

    def told(at: Any, **fields: Any) -> dict[str, Any]:
        return paid(1, **fields) | {"compensation": {"payout_usd": 1, "paid_at": at}}

    day = "2026-11-02T00:00:00.5Z"
    assert delay(native(id="a"), told(day, id="a")) == Decimal("86400.5")
    assert delay(native(id="a"), told(day, id="a", timestamp="2026-11-02T00:00:00Z")) == Decimal(
        "86400.5"
    )
    assert delay(told(day, id="a", timestamp=TIME)) == Decimal("86400.5")
    assert delay(told(day, id="a")) is None
    assert delay(native(id="a"), told("2026-10-01T00:00:00Z", id="a")) is None


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("HighLatency", "high_latency"), ("Unsatisfactory Content", "unsatisfactory_content"),
        ("--A--b__c!", "a_b_c"), ("HTTPError", "httperror"), ("a1B", "a1_b"),
        ("高 延迟", "高_延迟"),
        ("", "unknown"), ("!", "unknown"), (None, "unknown"),
    ],
)  # fmt: skip
def test_compensation_types(told: str | None, shown: str) -> None:
    """Types become snake case, in any script."""
    oracle = fed(native(compensation={"type": told, "payout_usd": 1}))

    assert by(oracle, "insurance_compensations", "compensation_type") == {shown: 1}
