"""Bills: amounts as they stand in a record in, items that add up to the bill out."""

from collections.abc import Iterable

from ..exact import Number, usd
from ..labels import clean
from ..records import Bill
from .rules import KNOWN_ITEMS

UNITEMIZED = "unitemized"


def make_bill(
    totals: Iterable[Number | None],
    details: Iterable[tuple[str | None, Number | None]],
    discounts: Iterable[Number | None],
) -> Bill | None:
    """The bill of a record, or None where it has no bill field.

    `totals` and `discounts` are candidates, the first present one counts; without a total the sum
    of the details is the bill. Each literal is rounded to 10^-12 USD before it is added.
    """
    items: dict[str, int] = {}
    itemized = False
    for code, amount in details:
        if amount is None:
            continue
        itemized = True
        value = 0 if amount == 0 else usd(amount)
        if value:
            name = code if code is not None and code in KNOWN_ITEMS else clean(code)
            items[name] = items.get(name, 0) + value
    total = _first(totals)
    discount = _first(discounts) or 0
    listed = sum(items.values())
    if total is None:
        if not itemized:
            return None
        total = listed
    if total != listed:
        _balance(items, total - listed)
    return Bill(total, items, discount, itemized and total != listed)


def _first(amounts: Iterable[Number | None]) -> int | None:
    """The first present amount; the others are read too, for each must be an amount."""
    first = None
    for amount in amounts:
        # The decoder has checked those that are no strings.
        if amount is not None and (first is None or amount.__class__ is str):
            value = usd(amount)
            first = value if first is None else first
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
