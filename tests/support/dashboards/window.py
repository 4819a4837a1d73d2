"""The true increases within a window of time."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dashboards.simulation import Truth

Group = tuple[str, ...]
OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Window:
    """From the last evaluation up to `start` (or the first after it) to the last up to `end`.

    `chosen` are the values of the filters, which apply to metrics that have their label.
    `shown` are the groups that a panel names: of two equal ones, either may be among the ten.
    """

    truth: Truth
    start: float
    end: float
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    whole: "Window | None" = None
    shown: Collection[Group] = ()

    @property
    def days(self) -> float:
        """Return the days from the start of the window to the last evaluation in it."""
        last = max(at for at in self.truth.evaluations if at <= self.end)
        return (last - self.start) / 86_400

    def by(self, name: str, *labels: str, **only: Collection[str]) -> dict[Group, float]:
        """Return the increase of a metric by labels; `only` restricts label values."""
        filters = {**self.chosen, **only}
        ends, starts = self.truth.at(name, self.end), self.truth.at(name, self.start)
        first = self.truth.first(name)
        sums: defaultdict[Group, float] = defaultdict(float)
        for key, value in ends.items():
            own = dict(key)
            if all(own[label] in some for label, some in filters.items() if label in own):
                grown = value - starts.get(key, first[key])
                sums[tuple(own[label] for label in labels)] += grown
        return dict(sums)

    def total(self, name: str, **only: Collection[str]) -> float | None:
        """Return the increase of a metric; None without series."""
        return self.by(name, **only).get(())

    def count(self, name: str, **only: Collection[str]) -> float:
        """Return the increase of a metric; 0 without series."""
        return self.total(name, **only) or 0.0

    def largest(self, name: str, label: str, **only: Collection[str]) -> dict[Group, float]:
        """Return increases by a label: the ten largest of the whole range, and Other."""
        sums = (self.whole or self).by(name, label, **only)
        ranked = sorted(sums, key=lambda group: (-sums[group], group not in self.shown))
        top = {group for group in ranked[:10] if sums[group] > 0}
        everyone = self.by(name, label, **only)
        rest = sum(value for group, value in everyone.items() if group not in top)
        others = {(OTHER,): rest} if rest > 0 else {}
        return {group: value for group, value in everyone.items() if group in top} | others
