"""Draw request sizes and load from the quantile tables of a fitted trace."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class TraceModel:
    """A model fitted to a trace; every table holds the quantiles at `levels`.

    `generated` has one table for each equal share of the requests in order of their context, so
    that the two sizes depend on each other as they do in the trace. `load` is the load of one
    second in units of the mean, `memory` its correlation from one second to the next.
    """

    levels: tuple[float, ...]
    context: tuple[float, ...]
    generated: tuple[tuple[float, ...], ...]
    load: tuple[float, ...]
    memory: float


def quantile(levels: Sequence[float], table: Sequence[float], level: float) -> float:
    """Return the value of a quantile table at a level, linear between its points."""
    above = min(bisect_right(levels, level), len(levels) - 1)
    low, high = levels[above - 1], levels[above]
    return table[above - 1] + (table[above] - table[above - 1]) * (level - low) / (high - low)


def draw_sizes(model: TraceModel, rng: Random) -> tuple[int, int]:
    """Draw the context and generated tokens of a request."""
    level = rng.random()
    group = model.generated[int(level * len(model.generated))]
    context = quantile(model.levels, model.context, level)
    return round(context), round(quantile(model.levels, group, rng.random()))


class Load:
    """The load second by second, with bursts as high and as long as in the trace."""

    def __init__(self, model: TraceModel, rng: Random) -> None:
        """Start at a random point of the distribution."""
        self._model = model
        self._rng = rng
        self._state = rng.gauss(0.0, 1.0)

    def next(self) -> float:
        """Return the load of the next second, 1.0 on average."""
        memory = self._model.memory
        fresh = math.sqrt(1.0 - memory * memory)
        self._state = memory * self._state + fresh * self._rng.gauss(0.0, 1.0)
        level = 0.5 * (1.0 + math.erf(self._state / math.sqrt(2.0)))
        return quantile(self._model.levels, self._model.load, level)
