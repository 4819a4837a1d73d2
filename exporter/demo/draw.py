"""Tables and a random source in, requests as they might happen out."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from .bill import price
from .customers import API_KEYS, USES, ApiKey, Use
from .identity import Identities
from .market import MODELS, PROVIDERS, Model, Provider
from .outcomes import FAILURES, FINISHES, SHARES, TOOL_FINISHES, Failure
from .request import Request
from .scenario import Scenario
from .shape import draw_sizes
from .trace import CODE

T = TypeVar("T")

_NATIVE_SHARE = 0.06
_CANCELLED_SHARE = 0.015
_STALLED_SHARE = 0.015
_PROVIDER_WEIGHTS = (6, 3, 2)
_OUTPUT_LIMIT = 32_000
_CACHE_BLOCK = 128


class Choice(Generic[T]):
    """A weighted choice from a table."""

    def __init__(self, weighted: Iterable[tuple[T, int]]) -> None:
        """Take pairs of a value and its weight."""
        pairs = tuple(weighted)
        self._values = tuple(value for value, _ in pairs)
        self._sums = tuple(accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        """One of the values."""
        return self._values[bisect_right(self._sums, rng.random() * self._sums[-1])]


_KEYS = Choice((key, key.weight) for key in API_KEYS)
_MODELS = {
    name: Choice((MODELS[slug], weight) for slug, weight in use.models)
    for name, use in USES.items()
}
_PROVIDERS = {
    slug: Choice(
        (PROVIDERS[name], weight)
        for name, weight in zip(model.providers, _PROVIDER_WEIGHTS, strict=False)
    )
    for slug, model in MODELS.items()
}
_FINISHES = {
    (protocol, tool): Choice(words)
    for tool, table in ((False, FINISHES), (True, TOOL_FINISHES))
    for protocol, words in table.items()
}
_FAILURES = {
    side: Choice((failure, failure.weight) for failure in failures)
    for side, failures in FAILURES.items()
}


class Draw:
    """A seeded source of requests that follow the tables."""

    def __init__(self, rng: Random, start_ms: int, scenario: Scenario) -> None:
        """Begin at a time that the scenario counts from."""
        self._rng = rng
        self._start_ms = start_ms
        self._scenario = scenario
        self._identities = Identities(rng)

    def request(self, at_ms: int) -> Request:
        """The request that somebody makes at this time."""
        rng = self._rng
        key = _KEYS.draw(rng)
        use = USES[key.use]
        model = _MODELS[key.use].draw(rng)
        provider = _PROVIDERS[model.slug].draw(rng)
        failure = self._failure(provider, at_ms)
        if failure is not None:
            return self._failed(at_ms, key, model, provider, failure)
        return self._answered(at_ms, key, use, model, provider)

    def _failure(self, provider: Provider, at_ms: int) -> Failure | None:
        level = self._rng.random()
        own = self._scenario.failing(provider.slug, at_ms - self._start_ms, provider.failing)
        for side, share in (("provider", own), *SHARES.items()):
            if level < share:
                return _FAILURES[side].draw(self._rng)
            level -= share
        return None

    def _failed(
        self, at_ms: int, key: ApiKey, model: Model, provider: Provider, failure: Failure
    ) -> Request:
        rng = self._rng
        latency = rng.randint(*failure.after_ms)
        return Request(
            *self._identities.next(at_ms),
            key,
            model,
            provider,
            at_ms,
            latency_ms=latency,
            generation_ms=0,
            moderation_ms=min(latency, 15),
            streamed=rng.random() < USES[key.use].streamed,
            cancelled=False,
            native=rng.random() < _NATIVE_SHARE,
            failure=failure,
            finish=failure.finish,
            items=(),
        )

    def _answered(
        self, at_ms: int, key: ApiKey, use: Use, model: Model, provider: Provider
    ) -> Request:
        rng = self._rng
        context, output = draw_sizes(CODE, rng)
        output = min(_OUTPUT_LIMIT, max(1, round(output * use.output * rng.uniform(0.6, 1.4))))
        streamed = rng.random() < use.streamed
        cancelled = streamed and rng.random() < _CANCELLED_SHARE
        latency, generation = self._times(at_ms, model, provider, context, output)
        if cancelled:
            kept = rng.random()
            output, generation = round(output * kept), round(generation * kept)
        quantities = self._inputs(use, model, context) | self._outputs(use, model, output)
        protocol = "image" if model.image_usd else model.protocol
        tool = rng.random() < use.tools
        return Request(
            *self._identities.next(at_ms),
            key,
            model,
            provider,
            at_ms,
            latency_ms=latency,
            generation_ms=generation,
            moderation_ms=min(latency, rng.randint(15, 120)),
            streamed=streamed,
            cancelled=cancelled,
            native=rng.random() < _NATIVE_SHARE,
            failure=None,
            finish=None if cancelled else _FINISHES[protocol, tool].draw(rng),
            items=price(model, provider, quantities),
        )

    def _times(
        self, at_ms: int, model: Model, provider: Provider, context: int, output: int
    ) -> tuple[int, int]:
        """Milliseconds to the first token, which grow with the context, and from there on."""
        rng = self._rng
        slowness = self._scenario.slowness(provider.slug, at_ms - self._start_ms)
        first = model.first_ms * provider.slowness * rng.lognormvariate(0.0, 0.35) * slowness
        if rng.random() < _STALLED_SHARE:
            first *= rng.uniform(4.0, 12.0)
        speed = model.speed * provider.speed * rng.lognormvariate(0.0, 0.25) / slowness
        return round(first * (0.7 + context / 10_000)), max(1, round(output * 1000 / speed))

    def _inputs(self, use: Use, model: Model, context: int) -> dict[str, int]:
        """The context as billed: read from the cache, written to it, or neither."""
        rng = self._rng
        read = five = hour = 0
        hit = model.cache != "none" and rng.random() < use.cached
        if hit:
            read = int(context * rng.uniform(0.4, 0.95)) // _CACHE_BLOCK * _CACHE_BLOCK
        if model.cache == "read":
            return {"prompt": context - read, "input_cache_read": read}
        if model.cache == "none":
            return {"prompt": context}
        written = int((context - read) * rng.uniform(0.5, 1.0)) if hit or rng.random() < 0.3 else 0
        if rng.random() < 0.2:
            hour = written
        else:
            five = written
        return {
            "prompt": context - read - written,
            "input_cache_read": read,
            "input_cache_write_5_min": five,
            "input_cache_write_1_h": hour,
        }

    def _outputs(self, use: Use, model: Model, output: int) -> dict[str, int]:
        rng = self._rng
        quantities = {"completion": output}
        if model.reasons:
            thought = int(output * rng.uniform(0.2, 0.8)) if rng.random() < model.reasons else 0
            quantities = {"completion": output - thought, "internal_reasoning": thought}
        if model.image_usd:
            quantities["image"] = 1
        if model.searches and rng.random() < use.searching:
            quantities["web_search"] = rng.randint(1, 4)
        return quantities
