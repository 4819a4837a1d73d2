"""A delta: what a batch of records adds, sealed, to be committed and then published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..tally import Observations
from .ids import Key
from .series import Counter, Histogram


class Paid(NamedTuple):
    """A payout that was counted, in pico-USD, and the labels it was first counted under."""

    payout: int
    holder: int


@dataclass(frozen=True, slots=True)
class Detail:
    """One compensated request, with the labels fixed when its payout was first seen."""

    labels: tuple[str, ...]
    payout: int
    time_ms: int | None
    seen_ms: int

    @property
    def key(self) -> tuple[str, str]:
        """(generation id, compensation type), as label values."""
        return self.labels[0], self.labels[5]


@dataclass(frozen=True, slots=True)
class Delta:
    """Increments by series, series born, payouts seen, ids and positions to remember."""

    born: tuple[Counter | Histogram, ...] = ()
    counters: tuple[tuple[Counter, int], ...] = ()
    histograms: tuple[tuple[Histogram, Observations], ...] = ()
    newest_ms: int = 0
    details: tuple[Detail, ...] = ()
    revised: tuple[tuple[tuple[str, str], int], ...] = ()
    new_ids: bytes = b""
    changed_ids: Mapping[Key, int] = field(default_factory=dict)
    ids: int = 0
    id_window: int = 0
    paid: Mapping[tuple[Key, str], Paid] = field(default_factory=dict)
    forgotten: tuple[Key, ...] = ()
    numbered: int = 0
    holders: tuple[tuple[int, tuple[str, ...]], ...] = ()
    admitted: tuple[tuple[str, str], ...] = ()
    positions: Mapping[str, Any] = field(default_factory=dict)
    existing_counted: bool = False
    last_birth: int = 0
    sealed_ms: int = 0
