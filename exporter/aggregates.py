"""The published state: committed deltas in, one consistent set of series out."""

from collections.abc import Mapping, Sequence
from typing import Any

from .catalog import METRICS
from .compensated import CompensatedRequests
from .ledger import Delta
from .ledger.load import Restored
from .ledger.series import Counter, Histogram
from .scrapers import Births, Scrapers


class Aggregates:
    """What a scrape shows. Changes only in `publish`, a delta at a time."""

    def __init__(self, compensated_limit: int) -> None:
        """Nothing published yet."""
        self._families: dict[str, list[Counter | Histogram]] = {m.name: [] for m in METRICS}
        self.compensated = CompensatedRequests(compensated_limit)
        self.newest_ms = 0
        self.ids = 0
        self.positions: dict[str, Any] = {}
        self.last_birth = 0
        self.scrapers = Scrapers({}, Births())

    @property
    def families(self) -> Mapping[str, Sequence[Counter | Histogram]]:
        """The series of every family in order of birth."""
        return self._families

    def restore(
        self, restored: Restored, now_ms: int, positions: Mapping[str, Any] | None = None
    ) -> None:
        """Show what was published before a restart."""
        self.positions = dict(positions or {})
        for series in restored.series:
            self._families[series.metric.name].append(series)
        self.newest_ms = restored.newest_ms
        self.ids = restored.ids
        self.last_birth = restored.last_birth
        self.scrapers = Scrapers(restored.scrapers, restored.births)
        self.compensated.publish(restored.details, (), now_ms)

    def publish(self, delta: Delta, now_ms: int) -> None:
        """Make a committed delta visible, in one step."""
        for series in delta.born:
            self._families[series.metric.name].append(series)
        for counter, amount in delta.counters:
            counter.add(amount)
        for histogram, observations in delta.histograms:
            histogram.add(observations)
        self.newest_ms = max(self.newest_ms, delta.newest_ms)
        self.compensated.publish(delta.details, delta.revised, now_ms)
        self.ids = delta.ids
        if delta.born:
            self.scrapers.born(delta.sealed_ms, delta.born[0].birth)
        self.last_birth = delta.last_birth
        if delta.existing_counted:
            self.scrapers.counted_existing(delta.last_birth)
        self.positions.update(delta.positions)
