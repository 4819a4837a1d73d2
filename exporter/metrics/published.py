"""The published state: the consistent set of committed series that scrapes show."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from ..catalogue import BY_NAME, METRICS, NOT_COUNTED, Kind
from ..counting.delta import Delta, HistogramValue, NewSeries
from ..ledger.restore import Restored
from ..positions import Position, ScrapeCursor
from .compensated import CompensatedRequests
from .first_scrape import CursorUpdate, FirstScrapeTracker

Value = TypeVar("Value", int, HistogramValue)

# Gauges are computed from the state; metrics of the process and the account are not in it.
_COUNTED = tuple(m for m in METRICS if m.scope not in NOT_COUNTED)


class Series(Generic[Value]):
    """A series with its published value; only `PublishedState` changes it."""

    __slots__ = ("labels", "number", "value")

    def __init__(self, number: int, labels: tuple[str, ...], value: Value) -> None:
        """`number`: its place in the creation sequence."""
        self.number = number
        self.labels = labels
        self.value: Value = value


Family = Sequence[Series[int]] | Sequence[Series[HistogramValue]]


class _Table(Generic[Value]):
    """The series of one kind, by family and by number."""

    def __init__(self, kind: Kind) -> None:
        self.families: dict[str, list[Series[Value]]] = {
            metric.name: [] for metric in _COUNTED if metric.kind is kind
        }
        self._by_number: dict[int, Series[Value]] = {}

    def create(self, new: NewSeries, value: Value) -> None:
        series = self._by_number[new.number] = Series(new.number, new.labels, value)
        self.families[new.metric].append(series)

    def set(self, values: Sequence[tuple[int, Value]]) -> None:
        by_number = self._by_number
        for number, value in values:
            by_number[number].value = value


class PublishedState:
    """The state that scrapes show; the pipeline changes it by `publish` and `acknowledge` only.

    `ids`: how many generation ids are remembered. `last_number`: of the newest series. `version`
    changes with everything that is shown.
    """

    def __init__(self, compensated_limit: int) -> None:
        """Start with nothing published; `compensated_limit` bounds the compensated requests."""
        self._counters: _Table[int] = _Table(Kind.COUNTER)
        self._histograms: _Table[HistogramValue] = _Table(Kind.HISTOGRAM)
        self._tracker = FirstScrapeTracker({})
        self._positions: dict[str, Position] = {}
        self.compensated = CompensatedRequests(compensated_limit)
        self.newest_ms = 0
        self.ids = 0
        self.last_number = 0
        self.version = 0

    @classmethod
    def restore(cls, restored: Restored, compensated_limit: int, now_ms: int) -> "PublishedState":
        """Return the state that was published before a restart."""
        state = cls(compensated_limit)
        for new, value in restored.series:
            if isinstance(value, HistogramValue):
                state._histograms.create(new, value)
            # Ledgers of earlier versions hold a counter that now belongs to the process.
            elif new.metric in state._counters.families:
                state._counters.create(new, value)
        state._tracker = FirstScrapeTracker(
            restored.cursors, restored.creations, restored.existing_number
        )
        state._positions = {position.key: position for position in restored.positions}
        state.compensated.publish(restored.compensated, (), now_ms)
        state.newest_ms = restored.newest_ms
        state.ids = restored.ids
        state.last_number = restored.last_number
        return state

    @property
    def counters(self) -> Mapping[str, Sequence[Series[int]]]:
        """The counters of each family, in order of creation."""
        return self._counters.families

    @property
    def histograms(self) -> Mapping[str, Sequence[Series[HistogramValue]]]:
        """The histograms of each family, in order of creation."""
        return self._histograms.families

    @property
    def families(self) -> Mapping[str, Family]:
        """The series of each family, families in the catalogue's order."""
        both: dict[str, Family] = {**self.counters, **self.histograms}
        return {metric.name: both[metric.name] for metric in _COUNTED}

    @property
    def positions(self) -> Mapping[str, Position]:
        """The read position of each file that goes with the published totals, by its key."""
        return self._positions

    @property
    def scrapers(self) -> Mapping[str, ScrapeCursor]:
        """How far each scraper was shown new series, by its name."""
        return self._tracker.cursors

    def publish(self, delta: Delta, now_ms: int) -> None:
        """Show a committed delta."""
        self.version += 1
        observed = dict(delta.histograms)
        for new in delta.created:
            if BY_NAME[new.metric].kind is Kind.HISTOGRAM:
                self._histograms.create(new, observed[new.number])
            else:
                self._counters.create(new, 0)
        self._counters.set(delta.counters)
        self._histograms.set(delta.histograms)
        self._positions.update(delta.positions)
        for key in delta.gone:
            self._positions.pop(key, None)
        self.compensated.publish(delta.compensated, delta.revised, now_ms)
        self.newest_ms = max(self.newest_ms, delta.newest_ms)
        self.ids = delta.ids
        self.last_number = delta.last_number
        if delta.created:
            self._tracker.created(delta.built_ms, delta.created[0].number)
        if delta.existing_counted:
            self._tracker.existing_counted(delta.last_number)

    def shown(self, scraper: str, now_ms: int) -> int | None:
        """Return the highest series number that a scraper may see the value of; None: all."""
        return self._tracker.shown(scraper, now_ms, self.last_number)

    def cursor_update(self, scraper: str, shown: int, now_ms: int) -> CursorUpdate | None:
        """Return the update to make durable before a response is acknowledged, if any."""
        return self._tracker.update(scraper, now_ms, shown)

    def acknowledge(self, update: CursorUpdate | None) -> None:
        """Record that a scraper got a complete response; `update` must be durable already."""
        self.compensated.scraped()
        if update is not None:
            self._tracker.apply(update)
