"""What the exporter is configured to do, with every default: plain frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from .. import catalog
from ..commands import DEFAULT_LISTEN_ADDRESS, split_address

LABEL_LIMITS: Mapping[str, int] = {
    "model": 1000,
    "api_key": 1000,
    "provider": 200,
    "token_type": 64,
    "item": 64,
    "error_type": 100,
    "compensation_type": 50,
    "plan": 50,
}


def _decimals(text: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, text.split()))


BUCKETS: Mapping[str, tuple[Decimal, ...]] = {
    name: _decimals(text) for name, text in catalog.BUCKETS.items()
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where records come from; `path` is a file or glob, None for standard input.

    `mapping`: native field -> dotted path in a record of foreign shape; empty: not foreign.
    """

    name: str
    type: Literal["file", "stdin"]
    path: str | None = None
    start_at: Literal["beginning", "end"] = "beginning"
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Key:
    """How an API key is shown, and its plan if the record names none."""

    name: str
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How the values of a label are shown.

    `display` renames values, `allow` exempts them from the limit, `deny` folds them into `other`.
    """

    limit: int
    display: Mapping[str, str] = field(default_factory=dict)
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()


def default_labels() -> dict[str, LabelRule]:
    """The rule of every label that is limited."""
    return {name: LabelRule(limit) for name, limit in LABEL_LIMITS.items()}


@dataclass(frozen=True, slots=True)
class CompensationPaths:
    """Where a record's payout stands: dotted paths, the first present wins."""

    type: tuple[str, ...] = ("compensation.type",)
    payout: tuple[str, ...] = ("compensation.payout", "compensation.payout_usd")
    paid_at: tuple[str, ...] = ("compensation.paidAt", "compensation.paid_at")


@dataclass(frozen=True, slots=True)
class Storage:
    """Where totals are kept across restarts, and how much is remembered."""

    path: Path
    id_window: int = 10_000_000
    payout_window: int = 250_000
    series_limit: int = 50_000
    compensated_requests: int = 2000
    on_corruption: Literal["refuse", "restart"] = "refuse"
    max_line_bytes: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Web:
    """The HTTP server."""

    listen_address: str = DEFAULT_LISTEN_ADDRESS
    enable_lifecycle: bool = False

    @property
    def host(self) -> str | None:
        """The host to listen on; None: all interfaces."""
        return split_address(self.listen_address)[0]

    @property
    def port(self) -> int:
        """The port to listen on; 0: any free one."""
        return split_address(self.listen_address)[1]


@dataclass(frozen=True, slots=True)
class Config:
    """The whole configuration; `labels` and `buckets` are complete."""

    storage: Storage
    sources: tuple[Source, ...] = ()
    # An id may be a secret itself.
    keys: Mapping[str, Key] = field(default_factory=dict, repr=False)
    labels: Mapping[str, LabelRule] = field(default_factory=default_labels)
    buckets: Mapping[str, tuple[Decimal, ...]] = field(default_factory=lambda: dict(BUCKETS))
    compensation: CompensationPaths = CompensationPaths()
    web: Web = Web()
