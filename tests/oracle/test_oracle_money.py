"""The oracle against sums done by hand: bills and their items."""

from decimal import Decimal

import pytest

from recounting import by, fed, native, usd, zenmux


@pytest.mark.parametrize(
    ("bill", "items", "expected"),
    [
        ("1", {}, usd(unitemized="1")),
        (None, {"a": "1", "b": "2"}, usd(a="1", b="2")),
        ("3.5", {"a": "1", "b": "2"}, usd(a="1", b="2", unitemized="0.5")),
        ("2.5", {"a": "1", "b": "2"}, usd(a="1", b="1.5")),
        ("0.5", {"a": "1", "b": "2"}, usd(a="0.5")),
        ("1.5", {"b": "1", "a": "1"}, usd(a="0.5", b="1")),
        ("0", {"a": "1", "b": "2"}, {}),
        ("1e-12", {"a": "0.0000000000005"}, usd(unitemized="1e-12")),
        (None, {"a": "0.0000000000015", "b": "0.0000000000025"}, usd(a="2e-12", b="2e-12")),
        (None, {"a": "0.00000000000050000000000000000000001"}, usd(a="1e-12")),
        (None, {"a": None, "b": None}, {}),
    ],
)  # fmt: skip
def test_items_add_up_to_the_bill(
    bill: str | None, items: dict[str, str], expected: dict[str, Decimal]
) -> None:
    """A remainder is unitemized, an excess reduces the largest; rounding is half-even to 1e-12."""
    oracle = fed(native(cost_usd=bill, costs_usd=items))

    assert by(oracle, "cost_usd", "item") == expected


def test_bill_precedence() -> None:
    """The bill is billAmount, else the rating's, else usage, else the sum of the details."""
    details = [{"feeItemCode": "prompt", "billAmount": 1}, {"billAmount": 0.5}]
    record = zenmux(billAmount="8", usage=2,
                    ratingResponses={"billAmount": 4, "ratingDetails": details})  # fmt: skip
    bills = []
    for drop in ("billAmount", "rating", "usage", ""):
        bills.append(sum(by(fed(record), "cost_usd", "item").values()))
        if drop == "rating":
            record["ratingResponses"]["billAmount"] = None
        record[drop] = None

    assert bills == [8, 4, 2, Decimal("1.5")]


def test_exact_sums() -> None:
    """Sums of large and small amounts are exact; a discount without a bill is ignored."""
    lines = [native(cost_usd="1000000", discount_usd="0.1") for _ in range(1000)]
    oracle = fed(*lines, native(cost_usd="0.000000000001"), native(discount_usd=1))

    assert by(oracle, "cost_usd", "item") == {"unitemized": Decimal("1000000000.000000000001")}
    assert by(oracle, "discount_usd", "plan") == {"payg": Decimal(100)}


@pytest.mark.slow
def test_many_items_take_linear_time() -> None:
    """A bill with thousands of items is not quadratic."""
    costs = {f"item {number}": 1 for number in range(20_000)}

    assert by(fed(native(cost_usd=0, costs_usd=costs)), "cost_usd", "item") == {}
