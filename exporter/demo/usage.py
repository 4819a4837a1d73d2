"""Draw the tokens and units that a request uses."""

import math
from random import Random

from .customers import Use
from .facts import Usage, make_usage
from .market import Model
from .shape import draw_sizes
from .trace import CODE

_CACHEABLE = 1024
_LONGEST_REASONING = 16_000
_TOKENS_OF_A_SEARCH = 1400

NOTHING = make_usage({})


def draw_usage(model: Model, use: Use, rng: Random) -> Usage:
    """Draw sizes from the trace, split as the model bills them."""
    context, generated = draw_sizes(CODE, rng)
    fees = {"completion": max(1, round(generated * use.output))}
    if model.reasons:
        fees["internal_reasoning"] = _reasoning(model, rng)
    if model.searches and rng.random() < use.searching:
        fees["web_search"] = rng.choice((1, 1, 1, 2, 2, 3))
        context += fees["web_search"] * _TOKENS_OF_A_SEARCH
    if model.image_usd:
        fees["image"] = 1
    if model.family.cache != "none":
        context -= _cache(model, use, context, fees, rng)
    fees["prompt"] = context
    return make_usage(fees)


def cut(usage: Usage, share: float) -> Usage:
    """Return the usage of a request cancelled after a share of the answer, without an image."""
    fees = {code: amount for code, amount in usage.fees.items() if code != "image"}
    fees["completion"] = int(fees["completion"] * share)
    return make_usage(fees)


def _reasoning(model: Model, rng: Random) -> int:
    if rng.random() >= model.reasons:
        return 0
    return min(_LONGEST_REASONING, int(math.exp(rng.gauss(5.6, 0.9))))


def _cache(model: Model, use: Use, context: int, fees: dict[str, int], rng: Random) -> int:
    """Add the tokens read from and written to the cache to `fees`; return their number."""
    warm = context >= _CACHEABLE and rng.random() < use.cached
    read = int(context * rng.uniform(0.3, 0.95)) if warm and rng.random() < 0.85 else 0
    fees["input_cache_read"] = read
    if model.family.cache == "read":
        return read
    written = int((context - read) * rng.uniform(0.4, 0.95)) if warm else 0
    for_an_hour = rng.random() < 0.15
    fees["input_cache_write_5_min"] = 0 if for_an_hour else written
    fees["input_cache_write_1_h"] = written if for_an_hour else 0
    return read + written
