"""Holders: label combinations (api_key, model, provider, plan) under which requests are counted.

Each has a number, by which ids refer to it; raw values of records are resolved to label values.
"""

from collections.abc import Iterable, Mapping

from ..config import Config
from ..labels import OTHER
from ..tally import KeyTally
from .batch import Batch, Who
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
        self._labels: list[tuple[str, ...]] = []
        self._kept = 0
        self.spaces = {
            label: LabelSpace(label, rule, self._names(label), self._admit)
            for label, rule in config.labels.items()
        }

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
        self._labels = list(labels)
        self._numbers = {values: number for number, values in enumerate(self._labels)}
        self._kept = len(self._labels)

    def take_new(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """(number, labels) of the holders since the last call."""
        new = tuple(enumerate(self._labels[self._kept :], self._kept))
        self._kept = len(self._labels)
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
            entry = batch.by_who[who] = self._resolve(batch, who)
        return entry

    def tally_of(self, batch: Batch, number: int) -> KeyTally:
        """The batch's tally for the labels of a holder."""
        return self._tally_for(batch, self._labels[number])

    def _resolve(self, batch: Batch, who: Who) -> tuple[KeyTally, tuple[str, ...]]:
        key, model, provider, plan = who
        if plan is None or not plan.strip():
            plan = self._plan_of((key or "").strip())
        raws = dict(zip(_WHO, (key, model, provider, plan), strict=True))
        labels = tuple(self.spaces[label].resolve(raw) for label, raw in raws.items())
        folded = tuple(
            label
            for (label, raw), value in zip(raws.items(), labels, strict=True)
            if value == OTHER and self.spaces[label].shown(raw) != OTHER
        )
        if labels not in self._numbers and len(self._labels) >= self._limit:
            labels = tuple(
                value if self.spaces[name].is_configured(value) else OTHER
                for name, value in zip(_WHO, labels, strict=True)
            )
            folded = (*folded, "series")
        return self._tally_for(batch, labels), folded

    def _plan_of(self, key: str) -> str:
        configured = self._keys.get(key)
        if configured is not None and configured.plan is not None:
            return configured.plan
        return "subscription" if key.startswith("sk-ss-") else "payg"

    def _tally_for(self, batch: Batch, labels: tuple[str, ...]) -> KeyTally:
        tally = batch.keys.get(labels)
        if tally is None:
            number = self._numbers.get(labels)
            if number is None:
                number = self._numbers[labels] = len(self._labels)
                self._labels.append(labels)
            tally = batch.keys[labels] = KeyTally(labels, number, batch.model(labels[1:]))
        return tally
