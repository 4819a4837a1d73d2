"""The label sets (api_key, model, provider, plan) under which requests are counted.

Ids refer to a label set by its number. Raw labels of records are resolved to label values.
"""

from collections.abc import Iterable, Mapping
from typing import Final, final

from ..config import Config, Key
from ..records import RawLabels
from ..rules.plans import default_plan
from ..values.labels import OTHER
from .deduplication import MAX_LABEL_SETS
from .label_limits import LabelLimiter
from .series import Counter, Histogram

Labels = tuple[str, str, str, str]
_NAMES: Final = ("api_key", "model", "provider", "plan")

# Limits for the cache of raw labels: some tens of megabytes, whatever the input.
_REMEMBERED: Final = 1 << 16
_REMEMBERED_LENGTH: Final = 512


@final
class ModelSeries:
    """The series of one (model, provider, plan), each cached once it was needed."""

    __slots__ = (
        "duration",
        "errors",
        "finish_reasons",
        "first_token",
        "generation",
        "labels",
        "throughput",
    )

    def __init__(self, labels: tuple[str, str, str]) -> None:
        """Start without cached series."""
        self.labels = labels
        self.errors: dict[str, Counter] = {}
        self.finish_reasons: dict[str, Counter] = {}
        self.duration: Histogram | None = None
        self.first_token: Histogram | None = None
        self.generation: Histogram | None = None
        self.throughput: Histogram | None = None


@final
class LabelSet:
    """One label set and its series, some of them by the code in the record."""

    __slots__ = ("items", "labels", "model", "number", "outcomes", "plain", "quantities")

    def __init__(self, number: int, labels: Labels, model: ModelSeries) -> None:
        """Start without cached series."""
        self.number = number
        self.labels = labels
        self.model = model
        self.outcomes: dict[str, Counter] = {}
        self.quantities: dict[str, Counter] = {}
        self.items: dict[str, Counter] = {}
        self.plain: dict[str, Counter] = {}  # those without further labels, by metric name

    def forget_series(self) -> None:
        """Clear the cached series, since limits have changed."""
        for known in (self.outcomes, self.quantities, self.items, self.plain):
            known.clear()
        self.model.errors.clear()


@final
class Resolved:
    """The result of resolving raw labels: the label set, and the labels that overflowed."""

    __slots__ = ("folded", "label_set")

    def __init__(self, label_set: LabelSet, folded: tuple[str, ...]) -> None:
        """`folded`: names of labels."""
        self.label_set = label_set
        self.folded = folded


@final
class LabelSets:
    """All label sets, up to a limit."""

    def __init__(self, config: Config) -> None:
        """Start empty."""
        self.admitted: list[tuple[str, str]] = []
        self._limit = min(config.storage.series_limit, MAX_LABEL_SETS - 1)
        self._sets: list[LabelSet] = []
        self._by_labels: dict[Labels, LabelSet] = {}
        self._models: dict[tuple[str, str, str], ModelSeries] = {}
        self._kept = 0
        self._resolved: dict[RawLabels, Resolved] = {}
        self._keys: Mapping[str, Key] = config.keys
        self.limiters: dict[str, LabelLimiter] = {
            label: LabelLimiter(label, rule, _names(config, label), self.admitted, config.hash_key)
            for label, rule in config.labels.items()
        }

    def configure(self, config: Config) -> None:
        """Use other names and limits; call it between two batches."""
        self._keys = config.keys
        for label, rule in config.labels.items():
            self.limiters[label].configure(rule, _names(config, label), config.hash_key)
        self._resolved.clear()
        for label_set in self._sets:
            label_set.forget_series()

    def restore(self, labels: Iterable[tuple[str, ...]]) -> None:
        """Restore the label sets from before a restart, in order of their numbers."""
        for api_key, model, provider, plan in labels:
            self._add((api_key, model, provider, plan))
        self._kept = len(self._sets)

    def take_new(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Return number and labels of the label sets added since the last call."""
        new = tuple((one.number, one.labels) for one in self._sets[self._kept :])
        self._kept = len(self._sets)
        return new

    def take_admitted(self) -> tuple[tuple[str, str], ...]:
        """Return (label, value) of the values admitted since the last call."""
        taken = tuple(self.admitted)
        self.admitted.clear()
        return taken

    def numbered(self, number: int) -> LabelSet:
        """Return a label set by its number."""
        return self._sets[number]

    def resolve(self, raw: RawLabels) -> Resolved:
        """Resolve the raw labels of a record."""
        found = self._resolved.get(raw)
        if found is not None:
            return found
        found = self._resolve(raw)
        size = 0
        for text in raw:
            size += 0 if text is None else len(text)
        if size <= _REMEMBERED_LENGTH:
            if len(self._resolved) >= _REMEMBERED:
                self._resolved.clear()
            self._resolved[raw] = found
        return found

    def conflicts(self, raw: RawLabels, number: int) -> list[str]:
        """Return the labels in which a record differs from a counted label set."""
        found = self._resolved.get(raw)
        if found is not None and found.label_set.number == number:
            return []
        limiters, counted = self.limiters, self._sets[number].labels
        return [
            name
            for name, text, value in zip(_NAMES, raw, counted, strict=True)
            if limiters[name].contradicts(text, value)
        ]

    def _resolve(self, raw: RawLabels) -> Resolved:
        api_key, model, provider, plan = raw
        if plan is None or not plan.strip():
            plan = self._plan_of((api_key or "").strip())
        folded: list[str] = []
        labels = (
            self._value("api_key", api_key, folded),
            self._value("model", model, folded),
            self._value("provider", provider, folded),
            self._value("plan", plan, folded),
        )
        found = self._by_labels.get(labels)
        if found is None:
            if len(self._sets) >= self._limit:
                labels = self._overflow(labels)
                folded.append("series")
                found = self._by_labels.get(labels)
            if found is None:
                found = self._add(labels)
        return Resolved(found, tuple(folded))

    def _value(self, label: str, raw: str | None, folded: list[str]) -> str:
        limiter = self.limiters[label]
        value = limiter.resolve(raw)
        if value == OTHER and limiter.folds(raw):
            folded.append(label)
        return value

    def _overflow(self, labels: Labels) -> Labels:
        """Return the labels to count under beyond the limit."""
        api_key, model, provider, plan = labels
        limiters = self.limiters
        return (
            limiters["api_key"].overflow(api_key),
            limiters["model"].overflow(model),
            limiters["provider"].overflow(provider),
            limiters["plan"].overflow(plan),
        )

    def _add(self, labels: Labels) -> LabelSet:
        _, model, provider, plan = labels
        series = self._models.get((model, provider, plan))
        if series is None:
            series = self._models[(model, provider, plan)] = ModelSeries((model, provider, plan))
        made = self._by_labels[labels] = LabelSet(len(self._sets), labels, series)
        self._sets.append(made)
        return made

    def _plan_of(self, api_key: str) -> str:
        configured = self._keys.get(api_key)
        if configured is not None and configured.plan is not None:
            return configured.plan
        return default_plan(api_key)


def _names(config: Config, label: str) -> Mapping[str, str]:
    if label != "api_key":
        return {}
    return {identity: key.name for identity, key in config.keys.items()}
