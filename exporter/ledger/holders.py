"""Holders: label combinations (api_key, model, provider, plan) under which requests are counted.

Each has a number, by which ids refer to it; raw values of records are resolved to label values.
"""

from collections.abc import Iterable, Mapping

from ..config import Config
from ..labels import OTHER
from ..tally import KeyTally
from .batch import Batch, Who, is_kept
from .ids import MAX_HOLDERS
from .spaces import LabelSpace

_WHO = ("api_key", "model", "provider", "plan")


class Holders:
    """All holders, bounded; resolves records to the tallies of the current batch."""

    def __init__(self, config: Config) -> None:
        """None yet."""
        self.admitted: list[tuple[str, str]] = []
        self._keys = config.keys
        self._limit = min(config.storage.series_limit, MAX_HOLDERS - 1)
        self._numbers: dict[tuple[str, ...], int] = {}
        self.labels: list[tuple[str, ...]] = []
        self._kept = 0
        self.spaces = {
            label: LabelSpace(label, rule, self._names(label), self._admit)
            for label, rule in config.labels.items()
        }
        self._places = tuple((name, self.spaces[name]) for name in _WHO)

    def configure(self, config: Config) -> None:
        """Take other names and limits; call it between two batches."""
        self._keys = config.keys
        for label, rule in config.labels.items():
            self.spaces[label].configure(rule, self._names(label))

    def _names(self, label: str) -> Mapping[str, str]:
        if label != "api_key":
            return {}
        return {identity: key.name for identity, key in self._keys.items()}

    def _admit(self, label: str, value: str) -> None:
        self.admitted.append((label, value))

    def restore(self, labels: Iterable[tuple[str, ...]]) -> None:
        """Take back the holders of before a restart, in the order of their numbers."""
        self.labels = list(labels)
        self._numbers = {values: number for number, values in enumerate(self.labels)}
        self._kept = len(self.labels)

    def take_new(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """(number, labels) of the holders since the last call."""
        new = tuple(enumerate(self.labels[self._kept :], self._kept))
        self._kept = len(self.labels)
        return new

    def tally(self, batch: Batch, who: Who) -> KeyTally:
        """The batch's tally for a record's own labels; counts what they fold."""
        tally, folded = self.entry(batch, who)
        for label in folded:
            batch.exporter.overflow[label] += 1
        return tally

    def entry(self, batch: Batch, who: Who) -> tuple[KeyTally, tuple[str, ...]]:
        """The batch's tally for a record's own labels, and the labels that fold there."""
        entry = batch.by_who.get(who)
        if entry is None:
            number, folded = self.resolve(who)
            entry = self.tally_of(batch, number), folded
            if is_kept(who, batch.by_who):
                batch.by_who[who] = entry
        return entry

    def tally_of(self, batch: Batch, number: int) -> KeyTally:
        """The batch's tally for the labels of a holder."""
        labels = self.labels[number]
        tally = batch.keys.get(labels)
        if tally is None:
            tally = batch.keys[labels] = KeyTally(labels, number, batch.model(labels[1:]))
        return tally

    def resolve(self, who: Who) -> tuple[int, tuple[str, ...]]:
        """The holder of a record's own labels, and the names of those that fold."""
        key, _model, _provider, plan = who
        if plan is None or not plan.strip():
            who = (*who[:3], self._plan_of((key or "").strip()))
        values: list[str] = []
        folded: tuple[str, ...] = ()
        for (label, space), raw in zip(self._places, who, strict=True):
            # `resolve` of the usual case, written out.
            value = space.known.get(raw)
            if value is None:
                value = space.resolve(raw)
                if value == OTHER and space.folds(raw):
                    folded = (*folded, label)
            values.append(value)
        labels = tuple(values)
        number = self._numbers.get(labels)
        if number is not None:
            return number, folded
        if len(self.labels) < self._limit:
            return self._number(labels), folded
        return self._number(self._overflown(labels)), (*folded, "series")

    def _overflown(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(
            value if space.is_configured(value) else OTHER
            for (_, space), value in zip(self._places, labels, strict=True)
        )

    def _number(self, labels: tuple[str, ...]) -> int:
        number = self._numbers.get(labels)
        if number is None:
            number = self._numbers[labels] = len(self.labels)
            self.labels.append(labels)
        return number

    def _plan_of(self, key: str) -> str:
        configured = self._keys.get(key)
        if configured is not None and configured.plan is not None:
            return configured.plan
        return "subscription" if key.startswith("sk-ss-") else "payg"
