"""Count records in order: what each one adds to everything counted before.

The counter owns the working state: ids with their counted parts, payouts, label sets and series.
It has one writer. Its decisions (first come, first served) are committed and published.
"""

from collections.abc import Iterable
from typing import Final, final

from ..catalogue import own
from ..config import Config
from ..errors import Reason
from ..positions import Position
from ..records import Record
from ..rules.outcome import PENDING
from ..values.labels import shown_id
from .buckets import scaled_buckets
from .changes import DeltaBuilder, PendingChanges
from .compensations import CountedPayouts, compensated_request
from .deduplication import (
    KEY_BYTES,
    PAYOUT,
    REQUEST,
    DeduplicationIndex,
    IdState,
    contradicts_outcome,
    key_of,
    line_flags,
    missing_parts,
    packed_key,
)
from .delta import (
    CountedPayout,
    HistogramValue,
    IdKey,
    NewSeries,
)
from .label_limits import restore_all
from .label_sets import LabelSet, LabelSets
from .requests import RequestCounts
from .series import SeriesRegistry

ACCEPTED: Final = "accepted"
AMENDED: Final = "amended"
DUPLICATE: Final = "duplicate"
INVALID: Final = "invalid"
RESULTS: Final = (ACCEPTED, AMENDED, DUPLICATE, PENDING, INVALID)

_DAY_MS: Final = 86_400_000


@final
class RecordCounter:
    """Counter of records by the counting rules; `deltas` builds the changes to commit."""

    def __init__(self, config: Config) -> None:
        """Start with nothing counted."""
        self._label_sets = LabelSets(config)
        self._limiters = self._label_sets.limiters
        bounds = scaled_buckets(config)
        self.series = SeriesRegistry(config.storage.series_limit, bounds, self._limiters)
        self.requests = RequestCounts(self.series, self._limiters)
        self.ids = DeduplicationIndex(config.storage.id_window)
        self._payouts = CountedPayouts(config.storage.payout_window)
        self._changes = PendingChanges(config.storage.facts_window > 0)
        self.now_ms = 0
        self.deltas = DeltaBuilder(
            self.series, self._label_sets, self.ids, self._payouts, self._changes
        )

    def configure(self, config: Config) -> None:
        """Use other names and limits; call it between two batches."""
        self._label_sets.configure(config)

    # State from before a restart.

    def restore(
        self,
        series: Iterable[tuple[NewSeries, int | HistogramValue]],
        last_number: int,
        label_sets: Iterable[tuple[str, ...]],
        admitted: Iterable[tuple[str, str]],
        synthetic_ids: int,
    ) -> None:
        """Restore series and labels."""
        self._label_sets.restore(label_sets)
        restore_all(self._limiters, admitted)
        self.series.restore(series)
        self.series.last_number = last_number
        self._changes.synthetic_ids = synthetic_ids

    def restore_payout(self, key: IdKey, kind: str, counted: CountedPayout) -> None:
        """Restore a payout; ids are restored in `ids`."""
        self._payouts.restore(key, kind, counted)

    # Counting.

    def count(self, record: Record) -> str:
        """Count one record; return its result: accepted, amended, duplicate or pending."""
        identity = record.id
        if identity is None:
            return self.count_found(record, None, None)
        key = key_of(identity)
        return self.count_found(record, key, self.ids.find(key))

    def count_found(self, record: Record, key: IdKey | None, state: IdState | None) -> str:
        """Count a record whose id, if any, was looked up in `ids` just before."""
        identity = record.id
        if record.outcome == PENDING and not record.is_event:
            # Nothing in it is final, so nothing is counted, not even a payout.
            return DUPLICATE if state is not None and state.flags & REQUEST else PENDING
        if identity is None or key is None:
            result = self._count_without_id(record)
        elif state is None:
            result = self._count_first(record, identity, key)
        else:
            result = self._count_again(record, identity, key, state)
        if record.unknown and result != DUPLICATE:
            for field in record.unknown:
                self.requests.count_own(own.UNKNOWN_VALUES, (field,), 1)
        return result

    def count_source(
        self,
        source: str,
        size: int,
        results: dict[str, int],
        invalid: dict[Reason, int],
        faults: dict[tuple[str, str], int],
        nul_bytes: int = 0,
        lost_bytes: int = 0,
    ) -> None:
        """Count what was read from a source.

        That is records by result, invalid ones by reason, and faults by field and reason.
        """
        for result in RESULTS:
            amount = results.get(result, 0)
            self.requests.count_own(own.RECORDS, (source, result), amount)
        for reason, amount in invalid.items():
            self.requests.count_own(own.INVALID_RECORDS, (source, str(reason.value)), amount)
        for (field, fault), amount in faults.items():
            self.requests.count_own(own.FIELD_FAULTS, (source, field, fault), amount)
        self.requests.count_own(own.SOURCE_NUL_BYTES, (source,), nul_bytes)
        self.requests.count_own(own.SOURCE_LOST_BYTES, (source,), lost_bytes)
        if size:
            self.requests.count_own(own.SOURCE_BYTES, (source,), size)

    def create_own(self) -> None:
        """Create the exporter's own counters that exist from the start."""
        for metric in (own.BILLING_MISMATCH, own.TOKEN_MISMATCH, own.IDS_EVICTED):
            self.requests.count_own(metric, (), 0)

    def reach(self, position: Position) -> None:
        """Add the counted position of a file."""
        self._changes.positions[position.key] = position

    def _count_without_id(self, record: Record) -> str:
        compensation = record.compensation
        if record.is_event and compensation is None:
            return DUPLICATE
        labels = self._resolve(record)
        if not record.is_event:
            self._count_request(record, labels)
        if compensation is not None:
            # A synthetic id gives each its own row.
            self._changes.synthetic_ids += 1
            identity = f"unknown-{self._changes.synthetic_ids}"
            self._count_payout(record, labels, identity, record.time_ms)
        return ACCEPTED

    def _count_first(self, record: Record, identity: str, key: IdKey) -> str:
        """Count the first line of an id: a request, or a payout that precedes its request."""
        compensation = record.compensation
        if record.is_event and compensation is None:
            return DUPLICATE
        labels = self._resolve(record)
        flags = 0 if compensation is None else PAYOUT
        if not record.is_event:
            flags |= self._count_request(record, labels)
        entry = self.ids.insert(key, flags, labels.number, record.time_ms or 0)
        self._changes.new_ids += entry
        if flags & REQUEST:
            self._changes.facts.add(entry[:KEY_BYTES], record, record.time_ms or 0)
        if self.ids.count > self.ids.limit:
            self._evict()
        if compensation is not None:
            self._remember(key, record, labels.number)
            self._count_payout(record, labels, identity, record.time_ms)
        return ACCEPTED

    def _count_again(self, record: Record, identity: str, key: IdKey, state: IdState) -> str:
        """Count a line of a known id: it adds only what was missing."""
        result = DUPLICATE
        flags, label_set, time_ms = state.flags, state.label_set, state.time_ms
        if record.is_event:
            pass
        elif flags & REQUEST:
            missing = self._amend_request(record, state)
            if missing:
                flags |= missing
                result = AMENDED
                self._changes.facts.amend(packed_key(key), record, missing, time_ms)
        else:
            labels = self._resolve(record)
            flags |= self._count_request(record, labels)
            label_set, time_ms = labels.number, record.time_ms or 0
            self._changes.facts.add(packed_key(key), record, time_ms)
            result = ACCEPTED
        if record.compensation is not None:
            paid = self._pay_again(record, identity, key, IdState(flags, label_set, time_ms))
            if paid != DUPLICATE:
                flags |= PAYOUT
                result = paid if result == DUPLICATE else result
        if flags != state.flags or label_set != state.label_set or time_ms != state.time_ms:
            self._changes.changed_ids[key] = self.ids.update(key, flags, label_set, time_ms)
        return result

    def _pay_again(self, record: Record, identity: str, key: IdKey, state: IdState) -> str:
        """Count the payout of a known id if it is new or higher; return the line's result."""
        compensation = record.compensation
        assert compensation is not None  # the caller checked
        is_request = bool(state.flags & REQUEST)
        earlier = None
        if state.flags & PAYOUT:
            earlier = self._payouts.get(key, compensation.type)
        if earlier is None:
            labels = (
                self._label_sets.numbered(state.label_set) if is_request else self._resolve(record)
            )
            self._remember(key, record, labels.number)
            time_ms = state.time_ms if is_request else record.time_ms
            self._count_payout(record, labels, identity, time_ms)
            if is_request:
                place = len(self._changes.compensated) - 1
                self._changes.facts.want(place, packed_key(key), state.time_ms)
            return AMENDED if is_request else ACCEPTED
        rise = compensation.payout - earlier.payout
        if rise <= 0:
            return DUPLICATE
        label_set = state.label_set if is_request else earlier.label_set
        self.requests.raise_payout(compensation.type, self._label_sets.numbered(label_set), rise)
        self._remember(key, record, earlier.label_set)
        shown = self._limiters["compensation_type"].unlimited(compensation.type)
        self._changes.revised[(shown_id(identity), shown)] = compensation.payout
        return AMENDED

    def _resolve(self, record: Record) -> LabelSet:
        """Return the label set of a record; count overflows."""
        resolved = self._label_sets.resolve(record.labels)
        if resolved.folded:
            for label in resolved.folded:
                self.requests.count_overflow(label)
        return resolved.label_set

    def _count_request(self, record: Record, labels: LabelSet) -> int:
        """Count a request; return its flags."""
        flags, time_ms = line_flags(record), record.time_ms or 0
        self.requests.count(record, labels, flags)
        if self._changes.newest_ms < time_ms <= self.now_ms + _DAY_MS:
            self._changes.newest_ms = time_ms
        return flags

    def _amend_request(self, record: Record, state: IdState) -> int:
        """Count what a later line adds to a counted request; return the flags of the new parts."""
        line, flags, missing = line_flags(record), state.flags, 0
        if line != flags:
            missing = missing_parts(record, line, flags)
            if missing:
                labels = self._label_sets.numbered(state.label_set)
                self.requests.amend(record, labels, missing, state.time_ms)
            if contradicts_outcome(record, line, flags):
                self.requests.count_own(own.CONFLICTS, ("outcome",), 1)
        for label in self._label_sets.conflicts(record.labels, state.label_set):
            self.requests.count_own(own.CONFLICTS, (label,), 1)
        return missing

    def _count_payout(
        self, record: Record, labels: LabelSet, identity: str, time_ms: int | None
    ) -> None:
        compensation = record.compensation
        assert compensation is not None  # the caller checked
        self.requests.count_payout(compensation, labels, record.id, time_ms)
        row = compensated_request(record, identity, labels, self._limiters, time_ms, self.now_ms)
        self._changes.compensated.append(row)

    def _remember(self, key: IdKey, record: Record, label_set: int) -> None:
        assert record.compensation is not None  # the caller checked
        if self._payouts.remember(key, record.compensation, label_set):
            self.requests.count_own(own.IDS_EVICTED, (), 1)

    def _evict(self) -> None:
        key = self.ids.evict()
        self._payouts.forget(key)
        # If the id comes again, even in this delta, it counts as new.
        self._changes.changed_ids.pop(key, None)
        self.requests.count_own(own.IDS_EVICTED, (), 1)
