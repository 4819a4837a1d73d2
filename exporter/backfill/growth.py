"""Add up increments of one time, and those of a histogram's buckets."""

from collections.abc import Iterable, Sequence
from itertools import chain

from .increment_store import Rows

_NEVER = -(1 << 60)


def added_up(increments: Rows) -> Rows:
    """Return increments in order of time with only one for each time."""
    times: list[int] = []
    sums: list[int] = []
    last = _NEVER
    found, amounts = increments
    # Compiled code indexes faster than it iterates.
    for place in range(len(found)):
        at = found[place]
        if at == last:
            sums[-1] += amounts[place]
        else:
            last = at
            times.append(at)
            sums.append(amounts[place])
    return times, sums


def sum_of(lines: Sequence[Rows]) -> Rows:
    """Return the sum of lines, in order of time."""
    if len(lines) == 1:
        return lines[0]
    sums: dict[int, int] = {}
    for found, amounts in lines:
        for place in range(len(found)):
            at = found[place]
            sums[at] = sums.get(at, 0) + amounts[place]
    times = sorted(sums)
    return times, [sums[at] for at in times]


def cumulative(buckets: Iterable[Rows]) -> tuple[list[int], list[list[int]]]:
    """Return all times, and for each bucket how much it and those below grew at each of them."""
    lines = list(buckets)
    times = sorted(set(chain.from_iterable(times for times, _ in lines)))
    places = {at: place for place, at in enumerate(times)}
    grown = [0] * len(times)
    found: list[list[int]] = []
    for bucket, amounts in lines:
        if bucket:
            grown = grown.copy()
            for place in range(len(bucket)):
                grown[places[bucket[place]]] += amounts[place]
        found.append(grown)
    return times, found
