"""Take over ids and offsets from other ledgers when partitions move, or have moved, to this one.

Totals stay where they were counted. Ids, payouts and facts are copied, so that a later record of a
request adds only what is missing. Everything is written in one commit.
"""

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..config import Storage
from ..counting.deduplication import (
    ENTRY_BYTES,
    KEY_BYTES,
    MAX_LABEL_SETS,
    DeduplicationIndex,
    IdState,
    merged_states,
)
from ..counting.delta import CountedPayout, Delta, FactsChunk, IdKey
from ..positions import PartitionOffset
from . import row_codec as codec
from .database import FILE
from .errors import LedgerError
from .open import open_ledger
from .restore import id_segments, kafka_offsets, label_sets, payouts
from .store import Ledger

Labels = tuple[str, ...]
# Offsets are comparable if the topic ids are equal; otherwise the one stored later wins.
Offsets = dict[str, tuple[PartitionOffset, int]]


@dataclass(frozen=True, slots=True)
class Adopted:
    """The result of `adopt`: the number of new ids, and the offsets taken over."""

    ids: int
    offsets: tuple[PartitionOffset, ...]


@dataclass(slots=True)
class _Taken:
    """State merged from other ledgers, until it is committed."""

    index: DeduplicationIndex
    labels: dict[Labels, int]
    known_labels: int
    payouts: dict[tuple[IdKey, str], CountedPayout]
    offsets: Offsets
    facts_known: set[bytes]
    new_ids: bytearray = field(default_factory=bytearray)
    changed: dict[IdKey, bytes] = field(default_factory=dict)
    paid: dict[tuple[IdKey, str], CountedPayout] = field(default_factory=dict)
    facts: list[FactsChunk] = field(default_factory=list)
    moved: dict[str, PartitionOffset] = field(default_factory=dict)


def adopt(storage: Storage, others: Sequence[Path]) -> Adopted:
    """Copy ids, payouts, facts and offsets from the ledgers in these directories.

    No exporter may use any of them. Raises `LedgerError`.
    """
    with _opened(storage) as ledger:
        taken = _beginning(ledger)
        for path in others:
            if path.resolve() == storage.path.resolve():
                raise LedgerError(f"{path}: is the ledger itself; name only the others")
            with _opened(replace(storage, path=path, on_corruption="refuse"), there=True) as other:
                _take(taken, other)
        _check_windows(storage, taken)
        ledger.commit(_delta(storage, taken))
        return Adopted(len(taken.new_ids) // ENTRY_BYTES, tuple(taken.moved.values()))


def offsets_of(ledger: Ledger) -> Offsets:
    """Return the counted offsets by partition key, each with the time it was stored (Unix ms)."""
    return {one.key: (one, stored_ms) for one, stored_ms in kafka_offsets(ledger)}


@contextlib.contextmanager
def _opened(storage: Storage, *, there: bool = False) -> Iterator[Ledger]:
    if there and not (storage.path / FILE).exists():
        raise LedgerError(f"{storage.path}: holds no ledger")
    ledger = open_ledger(storage).ledger
    with contextlib.closing(ledger):
        yield ledger


def _index_of(ledger: Ledger, window: int = sys.maxsize) -> DeduplicationIndex:
    """Return the ids that a ledger remembers."""
    index = DeduplicationIndex(window)
    for added, changed in id_segments(ledger):
        index.restore(added, changed)
    return index


def _facts_of(ledger: Ledger) -> Iterator[FactsChunk]:
    for one in ledger.facts_segments:
        content = ledger.facts_content(one.number)
        yield FactsChunk(content, one.entries, one.oldest_ms, one.newest_ms)


def _beginning(ledger: Ledger) -> _Taken:
    index, labels = _index_of(ledger, ledger.id_window), label_sets(ledger)
    return _Taken(
        index,
        {names: number for number, names in enumerate(labels)},
        len(labels),
        {(key, kind): counted for key, kind, counted in payouts(ledger)},
        offsets_of(ledger),
        {chunk.packed for chunk in _facts_of(ledger)},
    )


def _take(taken: _Taken, other: Ledger) -> None:
    numbers = [taken.labels.setdefault(one, len(taken.labels)) for one in label_sets(other)]
    _take_ids(taken, other, numbers)
    for key, kind, counted in payouts(other):
        known = taken.payouts.get((key, kind))
        if known is None or counted.payout > known.payout:
            mine = CountedPayout(counted.payout, numbers[counted.label_set])
            taken.payouts[key, kind] = taken.paid[key, kind] = mine
    for chunk in _facts_of(other):
        if chunk.packed not in taken.facts_known:
            taken.facts_known.add(chunk.packed)
            taken.facts.append(chunk)
    for name, (offset, stored_ms) in offsets_of(other).items():
        if _is_further(offset, stored_ms, taken.offsets.get(name)):
            taken.offsets[name] = offset, stored_ms
            taken.moved[name] = offset


def _take_ids(taken: _Taken, other: Ledger, numbers: Sequence[int]) -> None:
    states = _index_of(other)
    for added, _ in id_segments(other):
        for at in range(0, len(added), ENTRY_BYTES):
            key = codec.decode_id(added[at : at + KEY_BYTES])
            state = states.find(key)
            if state is not None:
                # An id without a request has the label set of its payout.
                _take_id(taken, key, state, numbers[state.label_set])


def _take_id(taken: _Taken, key: IdKey, state: IdState, label_set: int) -> None:
    known = taken.index.find(key)
    found = IdState(state.flags, label_set, state.time_ms)
    if known is None:
        taken.new_ids += taken.index.insert(key, found.flags, label_set, found.time_ms)
        return
    both = merged_states(known, found)
    if both is not known:
        entry = taken.index.update(key, both.flags, both.label_set, both.time_ms)
        taken.changed[key] = entry


def _is_further(
    offset: PartitionOffset, stored_ms: int, known: tuple[PartitionOffset, int] | None
) -> bool:
    if known is None:
        return True
    mine, mine_ms = known
    if mine.topic_id == offset.topic_id:
        return (mine.offset, mine.lines) < (offset.offset, offset.lines)
    return mine_ms < stored_ms


def _check_windows(storage: Storage, taken: _Taken) -> None:
    """Raise `LedgerError` if a limit would evict ids or payouts, which could count again."""
    paid = len({key for key, _ in taken.payouts})
    for found, limit, name in (
        (taken.index.count, storage.id_window, "storage.id_window"),
        (paid, storage.payout_window, "storage.payout_window"),
        (len(taken.labels), MAX_LABEL_SETS, "the number of label sets"),
    ):
        if found > limit:
            raise LedgerError(
                f"{storage.path}: the ledgers hold {found} together, but {name} is {limit}: some "
                "would be forgotten; nothing was changed"
            )


def _delta(storage: Storage, taken: _Taken) -> Delta:
    return Delta(
        facts=tuple(taken.facts),
        new_ids=bytes(taken.new_ids),
        changed_ids=b"".join(taken.changed.values()),
        ids=taken.index.count,
        id_limit=storage.id_window,
        payouts=taken.paid,
        label_sets=tuple(
            (number, names)
            for names, number in taken.labels.items()
            if number >= taken.known_labels
        ),
        offsets=tuple(taken.moved.values()),
        # What a new replica counts from now on is not content from before its first start.
        existing_counted=True,
        built_ms=time.time_ns() // 1_000_000,
    )
