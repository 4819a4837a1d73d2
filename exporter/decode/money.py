"""Bills: amounts as they stand in a record in, items that add up to the bill out."""

from ..exact import Number, usd
from ..labels import clean
from ..records import Bill
from .rules import KNOWN_ITEMS
from .wire import NativeLine, ZenmuxLine

UNITEMIZED = "unitemized"


def zenmux_bill(line: ZenmuxLine) -> Bill | None:
    """The bill of a ZenMux-shaped line, None where it has no bill field."""
    items: dict[str, int] = {}
    itemized = False
    rating = line.ratingResponses
    if rating is None:
        total = _first(line.billAmount, None, line.usage)
        return _bill(items, itemized, total, line.discountAmount, None)
    for detail in rating.ratingDetails or ():
        if detail is not None and detail.billAmount is not None:
            itemized = True
            _add(items, detail.feeItemCode, detail.billAmount)
    total = _first(line.billAmount, rating.billAmount, line.usage)
    return _bill(items, itemized, total, line.discountAmount, rating.discountAmount)


def native_bill(line: NativeLine) -> Bill | None:
    """The bill of a native line, None where it has no bill field."""
    items: dict[str, int] = {}
    itemized = False
    for code, amount in (line.costs_usd or {}).items():
        if amount is not None:
            itemized = True
            _add(items, code, amount)
    return _bill(items, itemized, _first(line.cost_usd), line.discount_usd, None)


def _add(items: dict[str, int], code: str | None, amount: Number) -> None:
    """Add an item; each literal is rounded to 10^-12 USD before it is added."""
    value = 0 if amount == 0 else usd(amount)
    if value:
        name = code if code is not None and code in KNOWN_ITEMS else clean(code)
        items[name] = items.get(name, 0) + value


def _bill(
    items: dict[str, int],
    itemized: bool,
    total: int | None,
    discount: Number | None,
    rated_discount: Number | None,
) -> Bill | None:
    """The bill; without a total the sum of the items."""
    off = 0 if discount == "0" and rated_discount == 0 else _first(discount, rated_discount) or 0
    listed = sum(items.values())
    if total is None:
        if not itemized:
            return None
        total = listed
    if total == listed:
        return Bill(total, items, off, False)
    _balance(items, total - listed)
    return Bill(total, items, off, itemized)


def _first(
    amount: Number | None, second: Number | None = None, third: Number | None = None
) -> int | None:
    """The first present amount; the others are read too, for each must be an amount."""
    first = None if amount is None else usd(amount)
    # The decoder has checked those that are no strings.
    if second is not None and (first is None or second.__class__ is str):
        value = usd(second)
        first = value if first is None else first
    if third is not None and (first is None or third.__class__ is str):
        value = usd(third)
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
