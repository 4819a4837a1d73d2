"""Generate the series that the rules would have recorded for an account, as OpenMetrics text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from exporter.catalogue import HISTOGRAMS, METRICS, Metric, Scope
from exporter.catalogue.levels import PROVIDER, RecordedSum, recorded_sums

TARGET = {"job": "zenmux", "instance": "127.0.0.1:10464"}
READY = "instance:zenmux_exporter_ready:timestamp_seconds"
MINUTE, HOUR, DAY = 60, 3600, 86_400
# Evaluations are not aligned to whole minutes.
_AFTER = 7.321
_PROVIDERS = (0.7, 0.2, 0.1)
_BOUNDS = (*(f"{2**power / 10}" for power in range(15)), "+Inf")
_RARE = 0.02

Labels = dict[str, str]
# The additional labels of the series that a request increases, by metric.
_ALWAYS: dict[str, tuple[Labels, ...]] = {
    "zenmux_requests_total": ({"outcome": "success"}, {"outcome": "error"}),
    "zenmux_tokens_total": (
        {"direction": "input", "token_type": "prompt"},
        {"direction": "input", "token_type": "input_cache_read"},
        {"direction": "output", "token_type": "completion"},
    ),
    "zenmux_cost_usd_total": tuple(
        {"item": item} for item in ("prompt", "input_cache_read", "completion")
    ),
    "zenmux_finish_reasons_total": ({"finish_reason": "stop"},),
    **{metric.name: ({},) for metric in HISTOGRAMS[:4]},
}
_SELDOM: dict[str, tuple[Labels, ...]] = {
    "zenmux_billed_units_total": ({"unit": "web_search"},),
    "zenmux_discount_usd_total": ({},),
    "zenmux_web_search_requests_total": ({},),
    "zenmux_web_search_calls_total": ({},),
    "zenmux_web_search_tokens_total": ({"direction": "input"}, {"direction": "output"}),
    "zenmux_insurance_compensations_total": ({"compensation_type": "high_latency"},),
    "zenmux_insurance_payout_usd_total": ({"compensation_type": "high_latency"},),
    "zenmux_request_errors_total": ({"error_type": "rate_limit", "responsibility": "quota"},),
    **{metric.name: ({"compensation_type": "high_latency"},) for metric in HISTOGRAMS[4:]},
}
_SUMS = tuple(
    (metric, one)
    for metric in METRICS
    if metric.scope is Scope.REQUESTS
    for one in recorded_sums(metric)
)


@dataclass(frozen=True, slots=True)
class Account:
    """The numbers of models, keys, providers, and requests per minute."""

    models: int
    keys: int
    providers: int
    requests: float


def written(name: str, labels: Labels) -> str:
    """Return a series as text."""
    pairs = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return f"{name}{{{pairs}}}"


def sparse(account: Account, start: int, end: int, seed: int) -> Iterator[str]:
    """Yield the samples of each minute: increases of the series that had requests."""
    rng = Random(seed)
    known: dict[tuple[int, int, int, bool], list[str]] = {}
    zeros = _zeros(account)
    for now in range(start, end, MINUTE):
        grown: Counter[str] = Counter(zeros)
        for _ in range(_number(rng, account.requests)):
            request = _request(rng, account)
            if request not in known:
                known[request] = list(_series(*_names(*request[:3]), rare=request[3]))
            grown.update(known[request])
        at = f"{now + _AFTER:.3f}"
        yield f"{written(READY, TARGET)} {at} {at}\n"
        yield "".join(f"{series} {number} {at}\n" for series, number in grown.items())


def _number(rng: Random, mean: float) -> int:
    return max(0, round(rng.gauss(mean, mean**0.5)))


def _request(rng: Random, account: Account) -> tuple[int, int, int, bool]:
    """Return a random model, key and provider; few of them get most of the requests."""
    model = min(int(rng.expovariate(5 / account.models)), account.models - 1)
    key = min(int(rng.expovariate(5 / account.keys)), account.keys - 1)
    (provider,) = rng.choices(range(account.providers), _PROVIDERS[: account.providers])
    return model, key, provider, rng.random() < _RARE


def _names(model: int, key: int, provider: int) -> tuple[str, str, str]:
    return f"vendor/model-{model}", f"key-{key}", f"provider-{provider}"


def _zeros(account: Account) -> dict[str, int]:
    """Return the outcome series, which are recorded every minute."""
    (one,) = (one for metric, one in _SUMS if metric.labels[-1] == "outcome" if _has_zeros(one))
    return {
        written(one.increase, _kept(one, *_names(model, 0, provider), outcome)): 0
        for model in range(account.models)
        for provider in range(account.providers)
        for outcome in _ALWAYS["zenmux_requests_total"]
    }


def _has_zeros(one: RecordedSum) -> bool:
    return one.level is PROVIDER


def _series(model: str, key: str, provider: str, *, rare: bool) -> Iterator[str]:
    """Yield the increases that a request adds to."""
    for metric, one in _SUMS:
        for labels in _further(metric, rare=rare)[:3]:
            for bound in _BOUNDS if "le" in one.labels else ("",):
                kept = _kept(one, model, key, provider, {**labels, "le": bound})
                yield written(one.increase, kept)


def _further(metric: Metric, *, rare: bool) -> tuple[Labels, ...]:
    seldom = _SELDOM.get(metric.name, ()) if rare else ()
    every = _ALWAYS.get(metric.name, seldom)
    return every[:1] if metric.labels[-1:] == ("outcome",) else every


def _kept(one: RecordedSum, model: str, key: str, provider: str, more: Labels) -> Labels:
    known = {"model": model, "api_key": key, "provider": provider, "plan": "payg", **more}
    return TARGET | {label: known[label] for label in one.labels}


def exposition(account: Account) -> Iterator[str]:
    """Yield each series of a full exporter, without the target's labels."""
    yield "zenmux_exporter_ready"
    yield "zenmux_exporter_ledger_created_timestamp_seconds"
    for metric, one in _SUMS:
        if one.level.name == "api_key" and "provider" in metric.labels:
            continue
        for combination in _combinations(account, metric):
            for labels in _further(metric, rare=True):
                for bound in _BOUNDS if one.suffix == "_bucket" else ("",):
                    known = {**combination, **labels, "plan": "payg", "le": bound}
                    names = (*metric.labels, "le") if bound else metric.labels
                    yield written(one.counter, {name: known[name] for name in names})


def _combinations(account: Account, metric: Metric) -> Iterator[Labels]:
    keys = range(account.keys if "api_key" in metric.labels else 1)
    providers = range(account.providers if "provider" in metric.labels else 1)
    for model in range(account.models if "model" in metric.labels else 1):
        for key in keys:
            for provider in providers:
                names = _names(model, key, provider)
                yield dict(zip(("model", "api_key", "provider"), names, strict=True))


def totals(account: Account, start: int, end: int) -> Iterator[str]:
    """Yield the totals that the rules record for a full exporter, every minute."""
    series = [
        written(one.total, kept)
        for metric, one in _SUMS
        for kept in _distinct(account, metric, one)
    ]
    for now in range(start, end, MINUTE):
        at = f"{now + _AFTER:.3f}"
        yield f"{written(READY, TARGET)} {at} {at}\n"
        yield "".join(f"{one} 1 {at}\n" for one in series)


def _distinct(account: Account, metric: Metric, one: RecordedSum) -> Iterator[Labels]:
    seen = set()
    for combination in _combinations(account, metric):
        for labels in _further(metric, rare=True):
            for bound in _BOUNDS if "le" in one.labels else ("",):
                names = (combination["model"], combination["api_key"], combination["provider"])
                kept = _kept(one, *names, {**labels, "le": bound})
                if (key := tuple(kept.items())) not in seen:
                    seen.add(key)
                    yield kept
