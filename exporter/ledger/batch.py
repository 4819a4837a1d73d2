"""The batch being folded: tallies by labels, and what else its records leave to remember."""

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, field
from typing import Any

from ..catalog import Scope
from ..records import Record
from ..tally import (
    Bounds,
    DelayTally,
    ExporterTally,
    KeyTally,
    ModelTally,
    PayoutTally,
    SourceTally,
)
from .delta import Detail
from .ids import Key

Who = tuple[str | None, str | None, str | None, str | None]

# What a batch remembers of records' own labels: some tens of megabytes, whatever the input.
_WHO_LENGTH = 512
_WHOS = 1 << 16


def is_kept(who: Who, among: Sized) -> bool:
    """Whether to remember what these labels resolve to."""
    return len(among) < _WHOS and sum(map(len, filter(None, who))) <= _WHO_LENGTH


@dataclass(slots=True)
class Batch:
    """Sums of the records folded since the last seal."""

    bounds: Bounds
    by_who: dict[Who, tuple[KeyTally, tuple[str, ...]]] = field(default_factory=dict)
    keys: dict[tuple[str, ...], KeyTally] = field(default_factory=dict)
    models: dict[tuple[str, ...], ModelTally] = field(default_factory=dict)
    payouts: dict[tuple[str, ...], PayoutTally] = field(default_factory=dict)
    delays: dict[tuple[str, ...], DelayTally] = field(default_factory=dict)
    sources: dict[str, SourceTally] = field(default_factory=dict)
    exporter: ExporterTally = field(default_factory=ExporterTally)
    newest_ms: int = 0
    details: list[Detail] = field(default_factory=list)
    revised: dict[tuple[str, str], int] = field(default_factory=dict)
    new_ids: bytearray = field(default_factory=bytearray)
    changed_ids: dict[Key, int] = field(default_factory=dict)
    positions: dict[Any, Any] = field(default_factory=dict)
    sums: Any = None  # the compiled part's own

    def model(self, labels: tuple[str, ...]) -> ModelTally:
        """The tally of (model, provider, plan)."""
        tally = self.models.get(labels)
        if tally is None:
            tally = self.models[labels] = ModelTally(labels, self.bounds)
        return tally

    def payout(self, labels: tuple[str, ...]) -> PayoutTally:
        """The tally of (model, plan, compensation_type)."""
        tally = self.payouts.get(labels)
        if tally is None:
            tally = self.payouts[labels] = PayoutTally(labels, self.bounds)
        return tally

    def delay(self, kind: str) -> DelayTally:
        """The tally of (compensation_type,)."""
        tally = self.delays.get((kind,))
        if tally is None:
            tally = self.delays[(kind,)] = DelayTally((kind,), self.bounds)
        return tally

    def source(self, name: str) -> SourceTally:
        """The tally of a source."""
        tally = self.sources.get(name)
        if tally is None:
            tally = self.sources[name] = SourceTally((name,))
        return tally

    @property
    def touched(self) -> int:
        """How many label combinations of requests it has."""
        return len(self.keys) + (0 if self.sums is None else self.sums.touched)

    def tallies(self) -> Iterator[tuple[Scope, Iterable[Any]]]:
        """Every tally once, by scope; what the compiled part has summed up is added on the way."""
        if self.sums is not None:
            yield Scope.KEY, self.sums.tallies(self)
        yield Scope.KEY, self.keys.values()
        yield Scope.MODEL, self.models.values()
        yield Scope.PAYOUT, self.payouts.values()
        yield Scope.DELAY, self.delays.values()
        yield Scope.SOURCE, self.sources.values()
        yield Scope.EXPORTER, (self.exporter,)


def observe_speed(record: Record, model: ModelTally) -> None:
    """Observe a successful request: fast failures are not speed."""
    latency, generation = record.latency, record.generation
    if latency is not None:
        name, time_ms = record.id, record.time_ms or 0
        if record.streamed:
            model.first_token.observe(latency, name, time_ms)
        if generation is not None:
            model.duration.observe(latency + generation, name, time_ms)
    if generation is not None:
        model.generation.observe(generation)
    throughput = record.throughput
    if throughput is not None:
        model.throughput.observe(throughput)
