"""Generate thirty days of log lines with all kinds of requests, from a fixed seed."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

DAY = 86_400
PROVIDERS = ("azure", "amazon-bedrock", "vertex.ai")
MODELS = tuple(f"vendor-{number % 4}/model-{number}:x" for number in range(13))
KEYS = tuple(f"key-{number}" for number in range(12))
SUBSCRIBED = KEYS[3]
FAILURES = ("rate_limit", "provider_api_error", "invalid_params", "no_provider_available")
FINISHES = ("stop", "stop", "length", "tool_calls")


@dataclass(slots=True)
class Log:
    """Log lines, each with the Unix time at which it is written."""

    paid: bool
    rng: Random = field(default_factory=lambda: Random(7))
    lines: list[tuple[float, bytes]] = field(default_factory=list)

    def write(self, at: float, record: dict[str, Any]) -> None:
        """Append a record."""
        self.lines.append((at, json.dumps(record).encode()))


def log(end: int, *, paid: bool = True) -> list[tuple[float, bytes]]:
    """Return thirty days of lines up to `end`, and some earlier; `paid` adds compensations."""
    written = Log(paid)
    for begin, seconds, number in (
        (end - 33 * DAY, 3 * DAY, 60),
        (end - 30 * DAY, 29 * DAY, 900),
        (end - DAY, DAY, 150),
        (end - 3600, 3590, 160),
    ):
        times = sorted(begin + written.rng.random() * seconds for _ in range(number))
        for at in times:
            _write_request(written, at, len(written.lines))
    return sorted((at, line) for at, line in written.lines if at < end)


def _write_request(log: Log, at: float, number: int) -> None:
    rng = log.rng
    key = min(int(rng.expovariate(0.35)), len(KEYS) - 1)
    # Each key uses a few models, and each model has one provider.
    model = min(key + rng.choice((0, 0, 1)), len(MODELS) - 1)
    record = _request(rng, f"gen_{number}", at, MODELS[model], PROVIDERS[model % 3])
    record |= {"api_key": KEYS[key]}
    record |= {"plan": "subscription" if KEYS[key] == SUBSCRIBED else "payg"}
    late = rng.random() < 0.2
    bill = {name: record.pop(name) for name in ("cost_usd", "costs_usd")} if late else {}
    log.write(at, record)
    if late:
        log.write(at + 200, {**record, **bill})
    if rng.random() < 0.05:
        log.write(at + 1, record)
    if rng.random() < 0.02:
        log.lines.append((at + 2, b"not json"))
    if number % 23 == 0:
        log.write(at + 3, {**record, "provider": "another"})
    if number % 29 == 0:
        log.write(at + 4, {**record, "latency_ms": -1})
    if log.paid and number % 31 == 0:
        # For a request that is not in the log, its time is unknown.
        payout = {"type": "high_latency", "payout_usd": "0.002"}
        log.write(at, {"event": "compensation", "id": f"gone_{number}", "compensation": payout})
    if log.paid and rng.random() < 0.25:
        _write_compensation(log, at, record)


def _write_compensation(log: Log, at: float, record: dict[str, Any]) -> None:
    rng = log.rng
    kind = rng.choice(("high_latency", "high_latency", "unsatisfactory_content"))
    seen = at + rng.choice((40, 600, 12 * 3600, 25 * 3600))
    payout = {"type": kind, "payout_usd": f"{rng.random() * 0.01:.7f}", "paid_at": _time(seen)}
    log.write(seen, {**record, "event": "compensation", "compensation": payout})
    if rng.random() < 0.2:
        more = {**payout, "payout_usd": f"{float(payout['payout_usd']) + 0.001:.7f}"}
        log.write(seen + 3000, {**record, "event": "compensation", "compensation": more})


def _request(rng: Random, name: str, at: float, model: str, provider: str) -> dict[str, Any]:
    prompt, cached, completion = rng.randrange(50, 9000), rng.randrange(500), rng.randrange(900)
    cost = {"prompt": f"{prompt * 3e-6:.9f}", "completion": f"{completion * 15e-6:.9f}"}
    record: dict[str, Any] = {
        "id": name,
        "timestamp": _time(at),
        "model": model,
        "provider": provider,
        "tokens": {"prompt": prompt, "input_cache_read": cached, "completion": completion},
        "cost_usd": f"{prompt * 3e-6 + completion * 15e-6 + 0.00001:.9f}",
        "costs_usd": cost,
        "discount_usd": "0.00001" if rng.random() < 0.3 else "0",
        "latency_ms": rng.randrange(90, 9000),
        "generation_ms": rng.randrange(200, 40_000),
        "finish_reason": rng.choice(FINISHES),
        "status": "success",
    }
    if rng.random() < 0.1:
        record |= {"status": "error", "error_type": rng.choice(FAILURES), "finish_reason": "error"}
    elif rng.random() < 0.05:
        record |= {"status": "cancelled"}
    if rng.random() < 0.1:
        record |= {"web_search_calls": rng.randrange(1, 4)}
        record["tokens"]["image"] = 1
    return record


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
