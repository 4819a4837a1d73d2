"""The part of the exporter's configuration that the oracle needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

LIMITS = {
    "model": 1000,
    "api_key": 1000,
    "provider": 200,
    "token_type": 64,
    "item": 64,
    "error_type": 100,
    "compensation_type": 50,
    "plan": 50,
}
_BUCKETS = {
    "duration": "0.1 0.25 0.5 1 2 3 5 8 13 20 30 60 120 300 600",
    "throughput": "1 2 5 10 20 30 50 75 100 150 200 300 500 1000",
    "payout": "0.0001 0.0005 0.001 0.005 0.01 0.05 0.1 0.5 1 5 10",
    "payout_delay": "3600 10800 21600 43200 64800 86400 108000 129600 172800 259200 604800 1209600",
}


def _default_buckets() -> dict[str, tuple[Decimal, ...]]:
    return {kind: tuple(map(Decimal, text.split())) for kind, text in _BUCKETS.items()}


@dataclass(frozen=True, slots=True)
class Settings:
    """Names, limits and buckets; `keys` maps a key's id to (name, plan or None).

    `clock` is the time in Unix seconds; None means later than all records.
    """

    keys: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=lambda: dict(LIMITS))
    display: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    allow: Mapping[str, frozenset[str]] = field(default_factory=dict)
    deny: Mapping[str, frozenset[str]] = field(default_factory=dict)
    buckets: Mapping[str, tuple[Decimal, ...]] = field(default_factory=_default_buckets)
    id_window: int = 10_000_000
    max_line: int = 1 << 20
    wrapper: str = "auto"
    clock: float | None = None
