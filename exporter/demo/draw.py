"""Draw random requests."""

import dataclasses
import math
from random import Random

from .chance import Choice
from .customers import API_KEYS, USES, ApiKey, Use
from .facts import Request, Usage
from .market import MODELS, PROVIDERS, Model, Provider
from .outcomes import FAILURE_TYPES, FAILURES, FINISHES, SHARES, TOOL_FINISHES, Failure
from .scenario import Incident, Job, Scenario
from .usage import NOTHING, cut, draw_usage

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_CANCELLED = 0.012
_STALLED = 0.012
_LONGEST_MS = 300_000

_KEYS = Choice((key, key.weight) for key in API_KEYS)
_MODELS = {
    name: Choice((MODELS[slug], weight) for slug, weight in use.models)
    for name, use in USES.items()
}
# The first provider of a model serves most of its requests.
_PROVIDERS = {
    model.slug: Choice(
        zip((PROVIDERS[slug] for slug in model.family.providers), (6, 3, 2), strict=False)
    )
    for model in MODELS.values()
}
_FAILURES = {
    owner: Choice((failure, failure.weight) for failure in failures)
    for owner, failures in FAILURES.items()
}
_FINISHES = {name: Choice(words) for name, words in FINISHES.items()}
_TOOL_FINISHES = {name: Choice(words) for name, words in TOOL_FINISHES.items()}


class Requests:
    """A generator of random requests."""

    def __init__(self, rng: Random, scenario: Scenario) -> None:
        """Draw all random numbers from `rng`."""
        self._rng = rng
        self._scenario = scenario
        self._count = 0

    def draw(self, created_ms: int, elapsed_s: float) -> tuple[Request, tuple[Incident, ...]]:
        """Return the next request and the incidents that affect it."""
        rng = self._rng
        key = _KEYS.draw(rng)
        model = _MODELS[key.use].draw(rng)
        provider = _PROVIDERS[model.slug].draw(rng)
        incidents = self._scenario.hitting(elapsed_s, provider.slug, model.slug)
        failure = _draw_failure(provider, incidents, rng)
        if failure is not None:
            return self._failed(created_ms, key, model, provider, failure), incidents
        use = USES[key.use]
        return self._answered(created_ms, key, use, model, provider, incidents), incidents

    def scheduled(self, job: Job, created_ms: int) -> tuple[Request, tuple[Incident, ...]]:
        """Return a job's request, and the incident that pays the job's share of them."""
        model = MODELS[job.model]
        provider = _PROVIDERS[job.model].draw(self._rng)
        incidents = (Incident(0, math.inf, paid=job.paid),)
        use = dataclasses.replace(USES[job.key.use], searching=1.0)
        request = self._answered(created_ms, job.key, use, model, provider, incidents, job.finish)
        return request, incidents

    def _failed(
        self, created_ms: int, key: ApiKey, model: Model, provider: Provider, failure: Failure
    ) -> Request:
        finish = failure.finish
        if finish is not None and model.family.protocol != "vertex":
            finish = "error"
        identity, trace = self._ids()
        return Request(
            identity,
            trace,
            created_ms,
            key,
            model,
            provider,
            NOTHING,
            latency_ms=self._rng.randint(*failure.after_ms),
            generation_ms=0,
            streamed=self._rng.random() < USES[key.use].streamed,
            cancelled=False,
            failure=failure,
            finish=finish,
        )

    def _answered(
        self,
        created_ms: int,
        key: ApiKey,
        use: Use,
        model: Model,
        provider: Provider,
        incidents: tuple[Incident, ...],
        finish: str | None = None,
    ) -> Request:
        """Return an answered or cancelled request; one with a given finish reason is answered."""
        rng = self._rng
        usage = draw_usage(model, use, rng)
        cancelled = finish is None and rng.random() < _CANCELLED
        if cancelled:
            usage = cut(usage, rng.random())
        slower = math.prod(incident.slower for incident in incidents)
        latency_ms, generation_ms = _draw_times(model, provider, usage, slower, rng)
        identity, trace = self._ids()
        return Request(
            identity,
            trace,
            created_ms,
            key,
            model,
            provider,
            usage,
            latency_ms,
            generation_ms,
            streamed=rng.random() < use.streamed,
            cancelled=cancelled,
            failure=None,
            finish=finish or (None if cancelled else _draw_finish(model, use, rng)),
        )

    def _ids(self) -> tuple[str, str]:
        """Return a unique request id and a trace id."""
        self._count += 1
        bits = self._rng.getrandbits(104)
        letters = "".join(_PAIRS[bits >> shift & 1023] for shift in (0, 10, 20, 30))
        return f"25{letters}{self._count:010d}", f"{bits >> 40:016x}{self._count:016x}"


def _draw_failure(
    provider: Provider, incidents: tuple[Incident, ...], rng: Random
) -> Failure | None:
    for incident in incidents:
        if incident.failing and rng.random() < incident.failing:
            return FAILURE_TYPES[incident.failure]
    level = rng.random()
    for owner, share in (("provider", provider.failing), *SHARES.items()):
        if level < share:
            return _FAILURES[owner].draw(rng)
        level -= share
    return None


def _draw_times(
    model: Model, provider: Provider, usage: Usage, slower: float, rng: Random
) -> tuple[int, int]:
    """Return the milliseconds to the first token, and from the first to the last."""
    usual_ms, usual_speed = model.pace
    first = usual_ms * provider.slowness * math.exp(rng.gauss(0.0, 0.4))
    first += usage.prompt * 0.04 + 1500 * usage.fees.get("web_search", 0)
    if rng.random() < _STALLED:
        first *= rng.uniform(4, 12)
    speed = usual_speed * provider.speed * math.exp(rng.gauss(0.0, 0.25))
    generation = usage.completion * 1000 * slower / speed
    return min(_LONGEST_MS, int(first * slower) + 1), min(_LONGEST_MS, int(generation) + 1)


def _draw_finish(model: Model, use: Use, rng: Random) -> str:
    protocol = "image" if model.image_usd else model.family.protocol
    words = _TOOL_FINISHES if rng.random() < use.tools else _FINISHES
    return words[protocol].draw(rng)
