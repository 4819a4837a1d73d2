"""Billed quantities and prices in, the items of an exact bill out."""

from collections.abc import Mapping
from functools import lru_cache

from .market import MODELS, PROVIDERS, Model, Provider
from .request import Item

INPUT_CODES = (
    "prompt",
    "input_cache_read",
    "input_cache_write_5_min",
    "input_cache_write_1_h",
)
OUTPUT_CODES = ("completion", "internal_reasoning")

_MILLION = 10**6
# In parts of the price of a plain input token.
_CACHE_PRICES = {
    "input_cache_read": 0.1,
    "input_cache_write_5_min": 1.25,
    "input_cache_write_1_h": 2.0,
}
_SEARCH_USD = 0.01


@lru_cache(maxsize=1024)
def _rate(model_slug: str, provider_slug: str, code: str) -> tuple[float, int]:
    """USD per million units, and pico-USD per unit."""
    model, provider = MODELS[model_slug], PROVIDERS[provider_slug]
    usd = {
        "completion": model.output_usd,
        "internal_reasoning": model.output_usd,
        "image": model.image_usd * _MILLION,
        "web_search": _SEARCH_USD * _MILLION,
    }.get(code, model.input_usd * _CACHE_PRICES.get(code, 1.0))
    pico = round(usd * _MILLION * provider.price_percent / 100)
    return pico / _MILLION, pico


def price(model: Model, provider: Provider, quantities: Mapping[str, int]) -> tuple[Item, ...]:
    """The items of a request; an amount is quantity times rate to the last digit."""
    return tuple(
        _item(code, quantity, *_rate(model.slug, provider.slug, code), model.discount_percent)
        for code, quantity in quantities.items()
    )


def _item(code: str, quantity: int, usd: float, pico: int, discount_percent: int) -> Item:
    amount = quantity * pico
    return Item(code, quantity, usd, amount, amount * discount_percent // 100)
