"""The bill of a record, and its items, which always add up to it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .fields import Fields, array, object_
from .numbers import money
from .texts import label, text

ZERO = Decimal(0)


@dataclass(slots=True)
class Bill:
    """The money in a record; `total` is None without a valid bill."""

    total: Decimal | None = None
    items: dict[str, Decimal] = field(default_factory=dict)
    discount: Decimal = ZERO
    is_mismatch: bool = False


def zenmux_bill(f: Fields) -> Bill:
    """Read the bill of a ZenMux record; a number under `usage` is also a bill."""
    totals = [f.get("billAmount", money), f.get("ratingResponses.billAmount", money)]
    if not isinstance(f.raw.get("usage"), dict):
        totals.append(f.get("usage", money))
    discount = f.first(money, "discountAmount", "ratingResponses.discountAmount")
    return _bill(totals, _details(f), discount)


def native_bill(f: Fields) -> Bill:
    """Read the bill of a native record."""
    details = [(label(name), amount) for name, amount in f.entries("costs_usd", money)]
    return _bill([f.get("cost_usd", money)], details, f.get("discount_usd", money))


def _details(f: Fields) -> list[tuple[str, Decimal]]:
    path = "ratingResponses.ratingDetails"
    pairs = []
    for index, row in enumerate(f.get(path, array) or []):
        place = f"{path}[{index}]"
        item: dict[str, Any] = f.read(place, row, object_) or {}
        code = f.read(f"{place}.feeItemCode", item.get("feeItemCode"), text)
        amount = f.read(f"{place}.billAmount", item.get("billAmount"), money)
        if amount is not None:
            pairs.append((label(code), amount))
    return pairs


def _bill(
    totals: list[Decimal | None], details: list[tuple[str, Decimal]], discount: Decimal | None
) -> Bill:
    items: dict[str, Decimal] = {}
    for code, amount in details:
        if amount:
            items[code] = items.get(code, ZERO) + amount
    listed = sum(items.values(), ZERO)
    total = next((t for t in totals if t is not None), listed if details else None)
    if total is None:
        return Bill()
    if total > listed:
        items["unitemized"] = items.get("unitemized", ZERO) + total - listed
    excess = max(listed - total, ZERO)
    for code in sorted(items, key=lambda code: (-items[code], code)):
        taken = min(excess, items[code])
        items[code] -= taken
        excess -= taken
    return Bill(total, items, discount or ZERO, bool(details) and total != listed)
