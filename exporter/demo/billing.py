"""Compute a request's bill in whole pico-USD; its items add up to the total."""

from collections.abc import Mapping
from functools import cache

import msgspec

from .facts import Request
from .market import MODELS, PROVIDERS

_MICRO = 10**6
_PICO = 10**12
_SEARCH = _PICO // 100
_BY_COUNT = frozenset({"image", "web_search"})
_PERCENT_OF_INPUT = {
    "prompt": 100,
    "input_cache_read": 10,
    "input_cache_write_5_min": 125,
    "input_cache_write_1_h": 200,
}


class Item(msgspec.Struct, frozen=True, gc=False):
    """An item of a bill; `rate` is USD per million tokens, or per unit."""

    code: str
    rate: float
    amount: int
    discount: int


class Bill(msgspec.Struct, frozen=True, gc=False):
    """A bill; `total` is the amount before the discount."""

    items: tuple[Item, ...]
    total: int
    discount: int


def make_bill(request: Request) -> Bill:
    """Return a request's bill at its provider's prices, also if a subscription covers it."""
    prices = _prices(request.model.slug, request.provider.slug)
    percent = request.model.discount_percent
    items = []
    total = discount = 0
    for code, quantity in request.usage.fees.items():
        price, rate = prices[code]
        amount = price * quantity
        less = amount * percent // 100
        items.append(Item(code, rate, amount, less))
        total += amount
        discount += less
    return Bill(tuple(items), total, discount)


def usd_text(pico: int) -> str:
    """Return an amount as ZenMux writes it: plain decimals without trailing zeros."""
    whole, part = divmod(pico, _PICO)
    return f"{whole}.{part:012d}".rstrip("0") if part else str(whole)


def usd_number(pico: int) -> float | int:
    """Return an amount as a JSON number; it is exact, as amounts have fewer than 15 digits."""
    return pico / _PICO if pico % _PICO else pico // _PICO


@cache
def _prices(model_slug: str, provider_slug: str) -> Mapping[str, tuple[int, float]]:
    """Return the unit price in pico-USD and the rate shown on a bill, by fee item."""
    model, provider = MODELS[model_slug], PROVIDERS[provider_slug]
    output = _price(model.usd[1], provider.price_percent)
    entry = _price(model.usd[0], provider.price_percent)
    prices = {code: entry * percent // 100 for code, percent in _PERCENT_OF_INPUT.items()}
    prices |= {"completion": output, "internal_reasoning": output}
    prices |= {"image": round(model.image_usd * _PICO), "web_search": _SEARCH}
    return {code: (price, _rate(code, price)) for code, price in prices.items()}


def _price(usd_per_million: float, percent: int) -> int:
    return round(usd_per_million * _MICRO) * percent // 100


def _rate(code: str, price: int) -> float:
    rate = price / (_PICO if code in _BY_COUNT else _MICRO)
    return int(rate) if rate.is_integer() else rate
