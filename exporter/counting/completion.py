"""Complete compensated requests with the kept facts of their requests."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from ..values.labels import UNKNOWN
from .compensations import fact_labels
from .deduplication import KEY_BYTES
from .delta import CompensatedRequest, FactsChunk, FactsWanted
from .facts_packing import FACTS_ENTRY, FINISH_MASK, HAS_QUANTITIES, IS_REQUEST, search
from .facts_segments import Entries
from .request_facts import FINISH_WORDS

# The numbers of an entry, in its order.
_NUMBERS = ("input_tokens", "output_tokens", "cost_usd", "latency_ms", "throughput")


def complete(
    requests: tuple[CompensatedRequest, ...],
    wanted: Sequence[FactsWanted],
    chunks: Iterable[FactsChunk],
    earlier: Entries,
) -> tuple[tuple[CompensatedRequest, ...], int]:
    """Fill in missing facts of compensated requests; return them and how many have no kept facts.

    `earlier`: what `find` returned; `chunks`: the facts of the same batch.
    """
    own = _own(chunks, {one.key for one in wanted}) if wanted else {}
    rows = list(requests)
    missing = 0
    for one in wanted:
        entries = [*earlier.get(one.key, ())]
        entries += [entry for place, entry in own.get(one.key, ()) if place < one.known]
        labels = merged(entries)
        if labels is None:
            missing += 1
        else:
            row = rows[one.place]
            lacking: dict[str, Any] = {
                n: value for n, value in labels.items() if getattr(row, n) == UNKNOWN
            }
            rows[one.place] = replace(row, **lacking)
    return tuple(rows), missing


def _own(chunks: Iterable[FactsChunk], keys: set[bytes]) -> dict[bytes, list[tuple[int, bytes]]]:
    """Return the entries of some ids in a batch, each with its index."""
    found: dict[bytes, list[tuple[int, bytes]]] = defaultdict(list)
    before = 0
    for chunk in chunks:
        for place, entry in search(chunk.packed, keys):
            found[entry[:KEY_BYTES]].append((before + place, entry))
        before += chunk.entries
    return found


def merged(entries: Iterable[bytes]) -> dict[str, str] | None:
    """Return the labels of a request's facts, None if its own entry is missing.

    Later entries fill in what the request lacked. If an id was forgotten and counted again, only
    entries since then apply.
    """
    finish = -1
    has_quantities = False
    numbers: list[int] = []
    for entry in entries:
        _, marks, *given = FACTS_ENTRY.unpack(entry)
        if marks & IS_REQUEST:
            finish, numbers = marks & FINISH_MASK, given
            has_quantities = bool(marks & HAS_QUANTITIES)
            continue
        if finish < 0:
            continue
        if marks & HAS_QUANTITIES and not has_quantities:
            numbers[:2] = given[:2]
            has_quantities = True
        numbers[2:] = [known or new for known, new in zip(numbers[2:], given[2:], strict=True)]
    if finish < 0:
        return None
    word = FINISH_WORDS[finish] if finish < len(FINISH_WORDS) else UNKNOWN
    return fact_labels(word, *(number - 1 if number else None for number in numbers))


def additions(entries: Iterable[bytes]) -> tuple[tuple[str, ...], ...]:
    """Return the facts that each later line added to a request, in order."""
    added: list[tuple[str, ...]] = []
    for entry in entries:
        _, marks, *numbers = FACTS_ENTRY.unpack(entry)
        if marks & IS_REQUEST:
            added = []
        else:
            given = zip(_NUMBERS, numbers, strict=True)
            added.append(tuple(name for name, number in given if number))
    return tuple(added)
