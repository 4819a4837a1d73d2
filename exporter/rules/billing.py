"""Turn the amounts of a record into a bill whose items add up.

Source: ZenMux's documentation of billing; docs/counting.md, "Money".
"""

from typing import Any, Final

from ..records import Bill
from ..values.fixed_point import Number, usd
from ..values.labels import clean
from .tokens import KNOWN_TYPES

UNITEMIZED: Final = "unitemized"
KNOWN_ITEMS: Final = KNOWN_TYPES | {UNITEMIZED}


def bill_of(line: Any, credits_: Number | None) -> Bill | None:
    """Return the bill of a line, None if it has no bill field; `credits_`: the amount in `usage`.

    The total is the first that is present: the line's own, the rating's, the credits, the sum of
    the items.
    """
    rated: Number | None = None
    rated_discount: Number | None = None
    rating = line.rating
    if rating is not None:
        rated, rated_discount = rating.bill, rating.discount
    items, itemized, has_unknown = _items(rating, line.item_costs)
    total = _first(line.bill, rated, credits_)
    discount = _discount(line.discount, rated_discount)
    listed = 0
    for value in items.values():
        listed += value
    if total is None:
        return Bill(listed, items, discount, False, has_unknown) if itemized else None
    if total == listed:
        return Bill(total, items, discount, False, has_unknown)
    _balance(items, total - listed)
    return Bill(total, items, discount, itemized, has_unknown)


def _items(
    rating: Any, costs: dict[str, Number | None] | None
) -> tuple[dict[str, int], bool, bool]:
    """Return a bill's items without zeros, if any has an amount, and if any is unknown."""
    items: dict[str, int] = {}
    itemized, has_unknown = False, False
    if rating is not None:
        listed: list[Any] = rating.items or []
        for item in listed:
            amount = None if item is None else item.amount
            if amount is not None:
                itemized = True
                has_unknown |= _add(items, item.code, amount)
    if costs is not None:
        for code, cost in costs.items():
            if cost is not None:
                itemized = True
                has_unknown |= _add(items, code, cost)
    return items, itemized, has_unknown


def _add(items: dict[str, int], code: str | None, amount: Number) -> bool:
    """Add an item; each literal is rounded to 10^-12 USD before it is added.

    Returns True if its code is unknown.
    """
    # Even an empty text is read: it must be an amount.
    value = usd(amount) if amount or isinstance(amount, str) else 0
    if not value:
        return False
    is_known = code is not None and code in KNOWN_ITEMS
    name = code if code is not None and is_known else clean(code)
    items[name] = items.get(name, 0) + value
    return not is_known and name not in KNOWN_ITEMS


def _discount(own: Number | None, rated: Number | None) -> int:
    # Nearly every record states no discount like this.
    if own == "0" and rated == 0:
        return 0
    return _first(own, rated, None) or 0


def _first(one: Number | None, two: Number | None, three: Number | None) -> int | None:
    """Return the first present amount; the others are read too, since each must be valid."""
    first = None if one is None else usd(one)
    # The decoder has checked all but strings.
    if two is not None and (first is None or isinstance(two, str)):
        value = usd(two)
        if first is None:
            first = value
    if three is not None and (first is None or isinstance(three, str)):
        value = usd(three)
        if first is None:
            first = value
    return first


def _balance(items: dict[str, int], difference: int) -> None:
    """Make the items add up: a remainder is `unitemized`, an excess reduces the largest."""
    if difference > 0:
        items[UNITEMIZED] = items.get(UNITEMIZED, 0) + difference
        return
    excess = -difference
    for name in sorted(items, key=lambda item: (-items[item], item)):
        taken = min(items[name], excess)
        items[name] -= taken
        excess -= taken
        if not items[name]:
            del items[name]
        if not excess:
            return
