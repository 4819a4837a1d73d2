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
    """Return the bill of a line, None if it has no bill field; `credits_`: what usage tells.

    The bill is the first present of the line's own, the rating's, the credits and the sum of the
    items.
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
    """Return the items of a bill without zeros, if any has an amount, if any is in no list."""
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

    Returns True if no list has its code.
    """
    # A text is read even if it is empty: it must be an amount.
    value = usd(amount) if amount or isinstance(amount, str) else 0
    if not value:
        return False
    is_known = code is not None and code in KNOWN_ITEMS
    name = code if code is not None and is_known else clean(code)
    items[name] = items.get(name, 0) + value
    return not is_known and name not in KNOWN_ITEMS


def _discount(own: Number | None, rated: Number | None) -> int:
    # How nearly every record says that there is none.
    if own == "0" and rated == 0:
        return 0
    return _first(own, rated, None) or 0


def _first(one: Number | None, two: Number | None, three: Number | None) -> int | None:
    """Return the first present amount; the others are read too, for each must be an amount."""
    first = None if one is None else usd(one)
    # The decoder has checked those that are no strings.
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
    """Make the items add up: a remainder is `unitemized`, an excess comes off the largest."""
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
