"""Weighted random choices, prepared once for many draws."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


class Choice(Generic[T]):
    """A weighted choice among values."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        """Weights may have any sum."""
        pairs = list(weighted)
        self._values = [value for value, _ in pairs]
        self._bounds = list(accumulate(weight for _, weight in pairs))

    def draw(self, rng: Random) -> T:
        """Draw one of the values."""
        bounds = self._bounds
        return self._values[bisect_right(bounds, rng.random() * bounds[-1], 0, len(bounds) - 1)]
