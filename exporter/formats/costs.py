"""The remainder of a request's cost if a program itemizes only parts of it."""

from decimal import Decimal
from typing import Any

from ..errors import FieldError
from ..rules.billing import UNITEMIZED
from ..values.fixed_point import MAX_USD, USD_PLACES, number_within, usd


def add_rest(native: dict[str, Any]) -> None:
    """Add the remainder as an item, so that only items above the cost are a mismatch."""
    items, cost = native.get("costs_usd"), native.get("cost_usd")
    if not isinstance(items, dict) or cost is None:
        return
    try:
        rest = _usd(cost) - sum(map(_usd, items.values()))
    except FieldError:
        return
    if rest > 0:
        items[UNITEMIZED] = Decimal(rest).scaleb(-USD_PLACES)


def _usd(value: Any) -> int:
    return usd(number_within(value, MAX_USD))
