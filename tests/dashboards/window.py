"""The truth of a window: by how much everything grew between the scrapes that it covers."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dashboards.history import Truth

Group = tuple[str, ...]
PAUSE = 3600


@dataclass(frozen=True, slots=True)
class Window:
    """From the last scrape up to `start` (or the first after it) to the last scrape up to `end`.

    `chosen`: what the filters let pass, by label; a filter concerns what has its label. `shown`:
    who a panel names; of two that are equal either may be among the ten largest.
    """

    truth: Truth
    start: float
    end: float
    chosen: Mapping[str, Collection[str]] = field(default_factory=dict)
    whole: "Window | None" = None
    shown: Collection[Group] = ()

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start

    def by(self, name: str, *labels: str, **only: Collection[str]) -> dict[Group, float]:
        """Growth of a metric by labels; `only` the given label values."""
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
        """Growth of a metric, None where there is none of it."""
        return self.by(name, **only).get(())

    def count(self, name: str, **only: Collection[str]) -> float:
        """Growth of a metric, 0 where there is none of it."""
        return self.total(name, **only) or 0.0

    def largest(self, name: str, label: str, **only: Collection[str]) -> dict[Group, float]:
        """Growth by a label: the ten largest of the whole range, and the rest as Other."""
        sums = (self.whole or self).by(name, label, **only)
        ranked = sorted(sums, key=lambda group: (-sums[group], group not in self.shown))
        top = {group for group in ranked[:10] if sums[group] > 0}
        everyone = self.by(name, label, **only)
        rest = sum(value for group, value in everyone.items() if group not in top)
        others = {("Other",): rest} if rest > 0 else {}
        return {group: value for group, value in everyone.items() if group in top} | others
