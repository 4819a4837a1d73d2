"""What a batch of records adds up to, one tally a label combination: the catalogue reads these.

Tallies are plain sums in base units (tokens, pico-USD, microseconds, 10^-6 tokens/s), so tallies
of the same labels can be added in any order.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

# One observation by name: the generation, its value in the histogram's unit, its time.
Exemplar = tuple[str, int, int]


class Observations:
    """One histogram: counts by bucket (the last is +Inf), the exact sum, exemplars by bucket."""

    __slots__ = ("bounds", "counts", "exemplars", "total")

    def __init__(self, bounds: Sequence[int]) -> None:
        """`bounds`: ascending upper bounds, inclusive, in the histogram's unit."""
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0
        self.exemplars: dict[int, Exemplar] = {}

    def observe(self, value: int, generation_id: str | None = None, time_ms: int = 0) -> None:
        """Add one observation; with an id it becomes its bucket's exemplar."""
        bucket = bisect_left(self.bounds, value)
        self.counts[bucket] += 1
        self.total += value
        if generation_id is not None:
            self.exemplify(bucket, (generation_id, value, time_ms))

    def add(self, other: "Observations") -> None:
        """Add another histogram of the same bounds."""
        for bucket, count in enumerate(other.counts):
            self.counts[bucket] += count
        self.total += other.total
        for bucket, exemplar in other.exemplars.items():
            self.exemplify(bucket, exemplar)

    def exemplify(self, bucket: int, exemplar: Exemplar) -> None:
        """Keep the newest exemplar of a bucket: Prometheus drops those that step back in time.

        Of two at one time the later id is kept, so that the order of adding does not matter.
        """
        mine = self.exemplars.get(bucket)
        if mine is None or (exemplar[2], exemplar[0]) >= (mine[2], mine[0]):
            self.exemplars[bucket] = exemplar


class Bounds(NamedTuple):
    """Upper bounds of the histograms, scaled to their units."""

    duration: tuple[int, ...]
    throughput: tuple[int, ...]
    payout: tuple[int, ...]
    payout_delay: tuple[int, ...]


class ModelTally:
    """Requests of one (model, provider, plan)."""

    __slots__ = (
        "duration",
        "errors",
        "finish",
        "first_token",
        "generation",
        "labels",
        "throughput",
    )

    def __init__(self, labels: tuple[str, ...], bounds: Bounds) -> None:
        """Nothing counted yet."""
        self.labels = labels
        self.errors: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.finish: defaultdict[str, int] = defaultdict(int)
        self.duration = Observations(bounds.duration)
        self.first_token = Observations(bounds.duration)
        self.generation = Observations(bounds.duration)
        self.throughput = Observations(bounds.throughput)


class KeyTally:
    """Requests of one (api_key, model, provider, plan)."""

    __slots__ = (
        "cancelled",
        "compensations",
        "discount",
        "error",
        "holder",
        "items",
        "labels",
        "model",
        "payouts",
        "search_calls",
        "search_requests",
        "search_tokens",
        "success",
        "tokens",
        "units",
    )

    def __init__(self, labels: tuple[str, ...], holder: int, model: ModelTally) -> None:
        """Nothing counted yet; `holder` is the number under which ids refer to these labels."""
        self.labels = labels
        self.holder = holder
        self.model = model
        self.success = self.error = self.cancelled = 0
        self.tokens: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.units: defaultdict[str, int] = defaultdict(int)
        self.items: defaultdict[str, int] = defaultdict(int)
        self.discount = 0
        self.search_requests = self.search_calls = 0
        self.search_tokens: defaultdict[str, int] = defaultdict(int)
        self.compensations: defaultdict[str, int] = defaultdict(int)
        self.payouts: defaultdict[str, int] = defaultdict(int)


class PayoutTally:
    """First payouts of one (model, plan, compensation_type)."""

    __slots__ = ("labels", "payout")

    def __init__(self, labels: tuple[str, ...], bounds: Bounds) -> None:
        """Nothing counted yet."""
        self.labels = labels
        self.payout = Observations(bounds.payout)


class DelayTally:
    """Delays of the payouts of one (compensation_type,)."""

    __slots__ = ("delay", "labels")

    def __init__(self, labels: tuple[str, ...], bounds: Bounds) -> None:
        """Nothing counted yet."""
        self.labels = labels
        self.delay = Observations(bounds.payout_delay)


class SourceTally:
    """Lines of one (source,)."""

    __slots__ = ("bytes", "invalid", "labels", "results")

    def __init__(self, labels: tuple[str, ...]) -> None:
        """Nothing counted yet."""
        self.labels = labels
        self.results: defaultdict[str, int] = defaultdict(int)
        self.invalid: defaultdict[str, int] = defaultdict(int)
        self.bytes = 0


class ExporterTally:
    """What the exporter noticed while counting, over all sources."""

    __slots__ = ("evicted_ids", "labels", "mismatches", "overflow", "unknown", "unseen")

    def __init__(self) -> None:
        """Nothing counted yet."""
        self.labels: tuple[str, ...] = ()
        self.overflow: defaultdict[str, int] = defaultdict(int)
        self.unknown: defaultdict[str, int] = defaultdict(int)
        self.mismatches = 0
        self.evicted_ids = 0
        self.unseen = 0
