"""Collect what counting changed since the last delta, and build the next delta."""

from collections.abc import Generator, Iterable
from typing import Final, final

from ..positions import PartitionOffset, Position
from ..receipts import Receipt
from .compensations import CountedPayouts
from .deduplication import DeduplicationIndex
from .delta import CompensatedRequest, Delta, HistogramValue, IdKey, Increments
from .label_sets import LabelSets
from .request_facts import PendingFacts
from .series import SeriesRegistry

# Histograms between two pauses while a delta is built: they take some milliseconds.
_PAUSE_AFTER: Final = 500


@final
class PendingChanges:
    """Changes by records other than those of series, label sets and payouts, until taken.

    `synthetic_ids`: the last number given to a payout without an id. It is never reset.
    """

    __slots__ = (
        "changed_ids",
        "compensated",
        "facts",
        "gone",
        "new_ids",
        "newest_ms",
        "offsets",
        "positions",
        "receipts",
        "revised",
        "synthetic_ids",
    )

    def __init__(self, keeps_facts: bool) -> None:
        """Start without changes; `keeps_facts`: whether facts are kept for later payouts."""
        self.synthetic_ids = 0
        self.facts = PendingFacts(keeps_facts)
        self.clear()

    def clear(self) -> None:
        """Drop the changes after they were taken."""
        self.newest_ms = 0
        self.compensated: list[CompensatedRequest] = []
        self.revised: dict[tuple[str, str], int] = {}
        self.new_ids = bytearray()
        self.changed_ids: dict[IdKey, bytes] = {}
        self.positions: dict[str, Position] = {}
        self.gone: list[str] = []
        self.receipts: dict[str, Receipt] = {}
        self.offsets: dict[str, PartitionOffset] = {}


@final
class DeltaBuilder:
    """Builder of deltas from what counting changed."""

    def __init__(
        self,
        series: SeriesRegistry,
        label_sets: LabelSets,
        ids: DeduplicationIndex,
        payouts: CountedPayouts,
        changes: PendingChanges,
    ) -> None:
        """Use the parts of one counter."""
        self._series = series
        self._label_sets = label_sets
        self._ids = ids
        self._payouts = payouts
        self._changes = changes

    def keep(self, receipt: Receipt) -> None:
        """Add the receipt of a pushed batch, if it has a key."""
        if receipt.key:
            self._changes.receipts[receipt.key] = receipt

    def reach(self, offset: PartitionOffset) -> None:
        """Add the counted offset of a partition."""
        self._changes.offsets[offset.key] = offset

    @property
    def sizes(self) -> tuple[int, int, int]:
        """The numbers of series, known ids and compensated requests that the next delta changes."""
        changes = self._changes
        return self._series.touched, len(changes.changed_ids), len(changes.compensated)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop the positions with these keys."""
        self._changes.gone.extend(keys)

    def build_in_steps(
        self, now_ms: int, *, existing_counted: bool
    ) -> Generator[None, None, Delta]:
        """Build the delta of what was counted since the last one, with pauses.

        Nothing may be counted until it ends.
        """
        counters = self._series.settle_counters()
        yield
        histograms: list[tuple[int, HistogramValue]] = []
        for place, histogram in enumerate(self._series.histograms):
            if place % _PAUSE_AFTER == _PAUSE_AFTER - 1:
                yield
            histograms.append((histogram.number, histogram.settle()))
        self._series.histograms = []
        return self._delta(counters, histograms, now_ms, existing_counted)

    def _delta(
        self,
        counters: list[tuple[int, int]],
        histograms: list[tuple[int, HistogramValue]],
        now_ms: int,
        existing_counted: bool,
    ) -> Delta:
        changes = self._changes
        payouts, forgotten = self._payouts.take_changes()
        facts, wanted = changes.facts.take()
        delta = Delta(
            created=self._series.take_created(),
            counters=tuple(counters),
            histograms=tuple(histograms),
            newest_ms=changes.newest_ms,
            compensated=tuple(changes.compensated),
            revised=tuple(changes.revised.items()),
            facts=facts,
            wanted=wanted,
            new_ids=bytes(changes.new_ids),
            changed_ids=b"".join(changes.changed_ids.values()),
            ids=self._ids.count,
            id_limit=self._ids.limit,
            payouts=payouts,
            forgotten=forgotten,
            synthetic_ids=changes.synthetic_ids,
            label_sets=self._label_sets.take_new(),
            admitted=self._label_sets.take_admitted(),
            positions=changes.positions,
            gone=tuple(changes.gone),
            receipts=tuple(changes.receipts.values()),
            offsets=tuple(changes.offsets.values()),
            existing_counted=existing_counted,
            last_number=self._series.last_number,
            built_ms=now_ms,
        )
        changes.clear()
        return delta

    def take_increments(self, *, histograms: bool = True) -> Increments:
        """Return what was added since the last call, for a counter without deltas.

        Histograms may be left for a later call. So are facts that no compensated request wants,
        as long as they are few.
        """
        changes = self._changes
        facts, wanted = changes.facts.take_if_needed(bool(changes.compensated))
        taken = Increments(
            created=self._series.take_created(),
            counters=tuple(self._series.take_counters()),
            histograms=tuple(self._series.take_histograms()) if histograms else (),
            newest_ms=changes.newest_ms,
            compensated=tuple(changes.compensated),
            revised=tuple(changes.revised.items()),
            facts=facts,
            wanted=wanted,
        )
        changes.clear()
        # Drop what only a ledger would keep.
        self._payouts.take_changes()
        self._label_sets.take_new()
        self._label_sets.take_admitted()
        return taken
