"""The measures of a report's columns: sums of metrics, and values derived from them.

Sums are exact. Quotients are rounded half-even in their last place; quantiles are estimated within
their bucket, as Prometheus does.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..catalogue import Metric
from ..counting.delta import HistogramIncrement
from ..counting.quantiles import quantile
from ..values.fixed_point import divide

Increment = int | HistogramIncrement
Labels = Mapping[str, str]

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Added:
    """The increments of a group of series: labels and increments by the name of the metric.

    `bounds`: those of histograms, by the name of their buckets. `range_ms`: length of the range.
    """

    series: Mapping[str, Sequence[tuple[Labels, Increment]]]
    bounds: Mapping[str, Sequence[int]]
    range_ms: int

    def of(self, metric: Metric) -> Sequence[tuple[Labels, Increment]]:
        """Return the labels and increments of a metric's series."""
        return self.series.get(metric.name, ())


class Measure(Protocol):
    """A number of a group, in units of 10^-places."""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that it needs: groups are by a label that all of them have."""

    def value(self, added: Added) -> int | None:
        """Return the number; None if it is not defined."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The sum of a counter's series whose labels pass a test."""

    metric: Metric
    test: Callable[[Labels], bool] | None = None

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metric that is summed."""
        return (self.metric,)

    @property
    def places(self) -> int:
        """The unit of the sum."""
        return self.metric.places

    def value(self, added: Added) -> int:
        """Return the sum."""
        test = self.test
        return sum(
            amount
            for labels, amount in added.of(self.metric)
            if isinstance(amount, int) and (test is None or test(labels))
        )


@dataclass(frozen=True, slots=True)
class Observed:
    """The sum of a histogram's observations, or their number."""

    metric: Metric
    is_count: bool = False

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The histogram."""
        return (self.metric,)

    @property
    def places(self) -> int:
        """The unit of the sum; a count has no decimal places."""
        return 0 if self.is_count else self.metric.places

    def value(self, added: Added) -> int:
        """Return the sum or the count."""
        grown = _histograms(added, self.metric)
        return sum(sum(one.counts) if self.is_count else one.total for one in grown)


@dataclass(frozen=True, slots=True)
class Quotient:
    """One sum divided by another, times a factor."""

    of: Sum | Observed
    per: Sum | Observed
    places: int
    factor: int = 1

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metrics of both."""
        return (*self.of.metrics, *self.per.metrics)

    def value(self, added: Added) -> int | None:
        """Return the quotient; None if the divisor is 0."""
        per = self.per.value(added)
        if not per:
            return None
        scaled = self.of.value(added) * self.factor * 10 ** (self.places + self.per.places)
        return divide(scaled, per * 10**self.of.places)


@dataclass(frozen=True, slots=True)
class PerDay:
    """A sum divided by the days of the range."""

    of: Sum
    places: int

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The metric of the sum."""
        return self.of.metrics

    def value(self, added: Added) -> int | None:
        """Return the average; None if the range has no length."""
        if not added.range_ms:
            return None
        scaled = self.of.value(added) * 10**self.places * _DAY_MS
        return divide(scaled, added.range_ms * 10**self.of.places)


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of a histogram, in percent."""

    metric: Metric
    percent: int

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The histogram."""
        return (self.metric,)

    @property
    def places(self) -> int:
        """The unit of the observations."""
        return self.metric.places

    def value(self, added: Added) -> int | None:
        """Return the estimate, at most the last bound."""
        grown = [one.counts for one in _histograms(added, self.metric)]
        counts = [sum(bucket) for bucket in zip(*grown, strict=True)]
        return quantile(added.bounds[self.metric.buckets], counts, self.percent)


def _histograms(added: Added, metric: Metric) -> Iterator[HistogramIncrement]:
    for _, grown in added.of(metric):
        if isinstance(grown, HistogramIncrement):
            yield grown
