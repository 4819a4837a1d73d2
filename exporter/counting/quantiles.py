"""Quantiles of histograms, interpolated within a bucket as Prometheus does."""

from collections.abc import Sequence

from ..values.fixed_point import divide


def quantile(bounds: Sequence[int], counts: Sequence[int], percent: int) -> int | None:
    """Return the estimate, at most the last finite bound; None without observations.

    `counts`: observations by bucket, not cumulative, +Inf last.
    """
    number = sum(counts)
    if not number:
        return None
    # In hundredths of an observation.
    rank, below = number * percent, 0
    for bound, lower, count in zip(bounds, (0, *bounds), counts, strict=False):
        if count and below + count * 100 >= rank:
            return lower + divide((bound - lower) * (rank - below), count * 100)
        below += count * 100
    return bounds[-1]
