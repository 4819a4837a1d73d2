"""A delta: what a batch of records adds, to be committed and then published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import add

from ..positions import PartitionOffset, Position
from ..receipts import Receipt

# The generation id, the value in the histogram's unit, the request's time in Unix milliseconds.
Exemplar = tuple[str, int, int]

# 73 bits of a generation id's hash: the number of its bucket, and the fragment kept there.
IdKey = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class NewSeries:
    """A series that the batch created; `number` counts all series from 1 in order of creation."""

    number: int
    metric: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HistogramValue:
    """A histogram: observations by bucket (not cumulative, +Inf last), and their sum.

    `bounds` are inclusive upper bounds; they and the sum are in the histogram's unit.
    `exemplars`: by bucket, where known.
    """

    bounds: tuple[int, ...]
    counts: tuple[int, ...]
    total: int
    exemplars: Mapping[int, Exemplar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistogramIncrement:
    """A histogram's increase: observations by bucket, as in `HistogramValue`, and their sum."""

    counts: tuple[int, ...]
    total: int

    def plus(self, other: "HistogramIncrement") -> "HistogramIncrement":
        """Return the sum of both."""
        counts = tuple(map(add, self.counts, other.counts))
        return HistogramIncrement(counts, self.total + other.total)


@dataclass(frozen=True, slots=True)
class CompensatedRequest:
    """One compensated request, with the label values fixed when its payout was first counted.

    `payout` is in pico-USD, times are Unix milliseconds.
    """

    generation_id: str
    model: str
    provider: str
    api_key: str
    plan: str
    compensation_type: str
    finish_reason: str
    input_tokens: str
    output_tokens: str
    cost_usd: str
    latency_ms: str
    throughput: str
    payout: int
    time_ms: int | None
    seen_ms: int

    @property
    def key(self) -> tuple[str, str]:
        """Generation id and compensation type, as label values."""
        return self.generation_id, self.compensation_type


@dataclass(frozen=True, slots=True)
class CountedPayout:
    """A payout that was counted, in pico-USD, and the label set it was first counted under."""

    payout: int
    label_set: int


@dataclass(frozen=True, slots=True)
class FactsChunk:
    """Packed facts in order of their lines, their number, and their requests' times (Unix ms)."""

    packed: bytes
    entries: int
    oldest_ms: int
    newest_ms: int


@dataclass(frozen=True, slots=True)
class FactsWanted:
    """A compensated request that lacks facts: its index in the batch, its packed id and its time.

    `known`: how many of the batch's own facts precede the payout.
    """

    place: int
    key: bytes
    time_ms: int
    known: int


@dataclass(frozen=True, slots=True)
class Increments:
    """What records added, by the number of the series; `newest_ms` is 0 without a request.

    Created series are included, even with an increase of 0. `revised`, `facts` and `wanted` are
    as in `Delta`.
    """

    created: tuple[NewSeries, ...]
    counters: tuple[tuple[int, int], ...]
    histograms: tuple[tuple[int, HistogramIncrement], ...]
    newest_ms: int
    compensated: tuple[CompensatedRequest, ...]
    revised: tuple[tuple[tuple[str, str], int], ...]
    facts: tuple[FactsChunk, ...] = ()
    wanted: tuple[FactsWanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """The changes of a batch; values of series are those after it.

    `counters` and `histograms` pair a series' number with its value. `revised` has the new payouts
    of compensated requests by key. `new_ids` and `changed_ids` are packed entries of the
    deduplication index, `payouts` the counted ones by id and compensation type, `forgotten` the ids
    whose payouts left the index. `facts` are kept for later payouts, `wanted` names the compensated
    requests to complete with earlier facts. `gone`: the keys of the positions to forget.
    `receipts`: of pushed batches with keys. `offsets`: of Kafka partitions. A created series always
    has a value, even if it is 0.
    """

    created: tuple[NewSeries, ...] = ()
    counters: tuple[tuple[int, int], ...] = ()
    histograms: tuple[tuple[int, HistogramValue], ...] = ()
    newest_ms: int = 0
    compensated: tuple[CompensatedRequest, ...] = ()
    revised: tuple[tuple[tuple[str, str], int], ...] = ()
    facts: tuple[FactsChunk, ...] = ()
    wanted: tuple[FactsWanted, ...] = ()
    new_ids: bytes = b""
    changed_ids: bytes = b""
    ids: int = 0
    id_limit: int = 0
    payouts: Mapping[tuple[IdKey, str], CountedPayout] = field(default_factory=dict)
    forgotten: tuple[IdKey, ...] = ()
    synthetic_ids: int = 0
    label_sets: tuple[tuple[int, tuple[str, ...]], ...] = ()
    admitted: tuple[tuple[str, str], ...] = ()
    positions: Mapping[str, Position] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    offsets: tuple[PartitionOffset, ...] = ()
    existing_counted: bool = False
    last_number: int = 0
    built_ms: int = 0
