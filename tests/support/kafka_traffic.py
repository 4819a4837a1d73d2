"""Requests as another application would write them to Kafka, and a recount of them.

The recount uses dictionaries by id, and shares no code with the exporter.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

MODELS = ("anthropic/claude-sonnet-4.5", "openai/gpt-5", "google/gemini-3-pro")
Line = tuple[bytes, bytes | None]  # a message's key and value
Totals = dict[tuple[str, str], Decimal]


@dataclass(slots=True)
class Request:
    """What has been written for one request so far."""

    model: str
    outcome: str
    cost: Decimal | None = None
    tokens: dict[str, int] = field(default_factory=dict)
    payout: Decimal = Decimal(0)


class Traffic:
    """Generates requests; some are billed or compensated in a later message."""

    def __init__(self, seed: int) -> None:
        """Generate the same messages for the same seed."""
        self._random = random.Random(seed)
        self.requests: dict[str, Request] = {}
        self._unbilled: list[str] = []
        self.lines: list[Line] = []

    def draw(self, count: int) -> list[Line]:
        """Return messages for `count` new requests, and later messages for earlier requests."""
        new: list[Line] = []
        for _ in range(count):
            new.append(self._request())
            if self._unbilled and self._random.random() < 0.5:
                new.append(self._bill(self._unbilled.pop(0)))
            if self._random.random() < 0.05:
                new.append(self._payout(self._random.choice([*self.requests])))
            if self._random.random() < 0.05:
                new.append(self._random.choice((*self.lines[-500:], *new)))
        self.lines += new
        return new

    def settle(self) -> list[Line]:
        """Return the missing bills."""
        new = [self._bill(name) for name in self._unbilled]
        self._unbilled = []
        self.lines += new
        return new

    def _request(self) -> Line:
        name = f"gen_{self._random.getrandbits(64):016x}"
        is_error = self._random.random() < 0.1
        one = Request(self._random.choice(MODELS), "error" if is_error else "success")
        one.tokens = {
            "input": self._random.randint(1, 5000),
            "output": self._random.randint(1, 900),
        }
        self.requests[name] = one
        told: dict[str, Any] = {
            "id": name,
            "timestamp": f"2026-11-01T00:{self._random.randint(0, 59):02}:00.5Z",
            "model": one.model,
            "input_tokens": one.tokens["input"],
            "output_tokens": one.tokens["output"],
            "status": "failed" if is_error else "success",
            "latency_ms": self._random.randint(1, 4000),
        }
        if self._random.random() < 0.3:
            self._unbilled.append(name)
        else:
            told["cost_usd"] = str(self._cost(one))
        return name.encode(), json.dumps(told).encode()

    def _cost(self, one: Request) -> Decimal:
        one.cost = Decimal(self._random.randint(1, 10**9)).scaleb(-12)
        return one.cost

    def _bill(self, name: str) -> Line:
        one = self.requests[name]
        told = {
            "id": name,
            "timestamp": "2026-11-01T01:00:00Z",
            "model": one.model,
            "status": "failed" if one.outcome == "error" else "success",
            "cost_usd": str(self._cost(one)),
        }
        return name.encode(), json.dumps(told).encode()

    def _payout(self, name: str) -> Line:
        one = self.requests[name]
        payout = Decimal(self._random.randint(1, 10**9)).scaleb(-12)
        one.payout = max(one.payout, payout)
        told = {
            "event": "compensation",
            "id": name,
            "compensation": {"type": "high_latency", "payout_usd": str(payout)},
        }
        return name.encode(), json.dumps(told).encode()

    def forget(self, names: Iterable[str]) -> None:
        """Exclude requests from the recount that nobody could read."""
        for name in names:
            del self.requests[name]

    def totals(self) -> Totals:
        """Return the recounted sums by metric and one label."""
        found: Totals = defaultdict(Decimal)
        for one in self.requests.values():
            found["zenmux_requests_total", one.outcome] += 1
            found["zenmux_cost_usd_total", one.model] += one.cost or 0
            found["zenmux_insurance_payout_usd_total", one.model] += one.payout
            for direction, count in one.tokens.items():
                found["zenmux_tokens_total", direction] += count
        return {key: value for key, value in found.items() if value}
