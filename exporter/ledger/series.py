"""Series: the identity and published value of everything that is exposed, in order of birth."""

from collections.abc import Mapping

from ..catalog import BY_NAME, Kind, Metric
from ..labels import OTHER
from ..tally import Observations
from .spaces import LabelSpace


class Counter:
    """One counter: `value` is what is published, `line` its text as of the last rendering."""

    __slots__ = ("birth", "labels", "line", "metric", "stale", "value")
    weight = 1

    def __init__(self, metric: Metric, labels: tuple[str, ...], birth: int) -> None:
        """Born at zero."""
        self.metric = metric
        self.labels = labels
        self.birth = birth
        self.value = 0
        self.line = ""
        self.stale = True

    def add(self, amount: int) -> None:
        """Publish an increment."""
        if amount:
            self.value += amount
            self.stale = True


class Histogram:
    """One histogram: buckets, sum and count are born and published together."""

    __slots__ = ("birth", "blocks", "labels", "metric", "stale", "value")

    def __init__(
        self, metric: Metric, labels: tuple[str, ...], birth: int, bounds: tuple[int, ...]
    ) -> None:
        """Born at zero."""
        self.metric = metric
        self.labels = labels
        self.birth = birth
        self.value = Observations(bounds)
        self.blocks: dict[bool, str] = {}
        self.stale = True

    @property
    def weight(self) -> int:
        """Lines it takes: a histogram's buckets with +Inf, sum and count."""
        return len(self.value.bounds) + 3

    def add(self, observations: Observations) -> None:
        """Publish observations."""
        self.value.add(observations)
        self.stale = True


class SeriesTable:
    """Every series by metric and labels, bounded a family; a new one gets the next birth number."""

    def __init__(
        self, limit: int, bounds: Mapping[str, tuple[int, ...]], spaces: Mapping[str, LabelSpace]
    ) -> None:
        """`bounds`: scaled bucket bounds by metric; `spaces` know which names never fold."""
        self._limit = limit
        self._bounds = bounds
        self._spaces = spaces
        self._births = 0
        self.counters: dict[str, dict[tuple[str, ...], Counter]] = {n: {} for n in BY_NAME}
        self._histograms: dict[str, dict[tuple[str, ...], Histogram]] = {n: {} for n in BY_NAME}
        self.born: list[Counter | Histogram] = []

    def counter(self, metric: Metric, labels: tuple[str, ...]) -> Counter:
        """The counter of these labels, born now if need be."""
        family = self.counters[metric.name]
        found = family.get(labels)
        if found is None:
            found = family[labels] = Counter(metric, labels, self._next())
            self.born.append(found)
        return found

    def histogram(self, metric: Metric, labels: tuple[str, ...]) -> Histogram:
        """The histogram of these labels, born now if need be."""
        family = self._histograms[metric.name]
        found = family.get(labels)
        if found is None:
            bounds = self._bounds[metric.name]
            found = family[labels] = Histogram(metric, labels, self._next(), bounds)
            self.born.append(found)
        return found

    def restore_counter(
        self, metric: Metric, labels: tuple[str, ...], birth: int, value: int
    ) -> Counter:
        """Take back a counter of before a restart."""
        counter = self.counters[metric.name][labels] = Counter(metric, labels, birth)
        counter.value = value
        return counter

    def restore_histogram(
        self, metric: Metric, labels: tuple[str, ...], birth: int, value: Observations
    ) -> Histogram:
        """Take back a histogram of before a restart; it keeps the buckets it was born with."""
        bounds = tuple(value.bounds)
        histogram = Histogram(metric, labels, birth, bounds)
        histogram.value = value
        self._histograms[metric.name][labels] = histogram
        return histogram

    @property
    def births(self) -> int:
        """The last birth number given."""
        return self._births

    def resume(self, births: int) -> None:
        """Go on after the last birth number given."""
        self._births = births

    def bounds(self, metric: Metric) -> tuple[int, ...]:
        """The scaled bucket bounds of a histogram."""
        return self._bounds[metric.name]

    def has_room(self, metric: Metric, labels: tuple[str, ...]) -> bool:
        """Whether the series exists or the family's limit leaves room for it."""
        table = self._histograms if metric.kind is Kind.HISTOGRAM else self.counters
        family: Mapping[tuple[str, ...], object] = table[metric.name]
        return labels in family or (len(family) + 1) * self._weight(metric) <= self._limit

    def folded(self, metric: Metric, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The labels under which a full family counts: `other`, but for configured names."""
        return tuple(
            value
            if (space := self._spaces.get(name)) is None or space.is_configured(value)
            else OTHER
            for name, value in zip(metric.labels, labels, strict=True)
        )

    def _weight(self, metric: Metric) -> int:
        return len(self._bounds[metric.name]) + 3 if metric.kind is Kind.HISTOGRAM else 1

    def _next(self) -> int:
        self._births += 1
        return self._births
