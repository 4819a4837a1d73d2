"""The series of a block with their labels and samples, whatever the output format."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..catalogue import Metric
from ..metrics.text_format import label_text
from ..values.texts import printable


@dataclass(frozen=True, slots=True)
class Window:
    """The sampling times of one block (Unix seconds)."""

    times: range

    def index(self, at: int) -> int:
        """Return the index of the first sample that shows what took effect by a sampling time."""
        return self.indexes([at])[0]

    def indexes(self, times: list[int]) -> list[int]:
        """Return the indexes of several sampling times."""
        begin, step = self.times.start, self.times.step
        return [max(0, -(-(at - begin) // step)) for at in times]


@dataclass(frozen=True, slots=True)
class SeriesLabels:
    """The names and values of a series' labels."""

    names: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(
        cls, common: Mapping[str, str], names: tuple[str, ...], values: tuple[str, ...]
    ) -> "SeriesLabels":
        """Return a series' labels after `common`, those that Prometheus adds to each sample."""
        every = (*common.values(), *values)
        return cls((*common, *names), tuple(map(printable, every)))

    def text(self, le: str | None = None) -> str:
        """Return the labels in braces, with a bucket's bound if there is one."""
        if le is None:
            return label_text(self.names, self.values)
        return label_text((*self.names, "le"), (*self.values, le))


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its name and labels; its values are integers scaled by 10^places.

    `family` is its metric, None for a series that rules record.
    """

    name: str
    labels: SeriesLabels
    places: int
    le: str | None = None
    family: Metric | None = None

    def text(self) -> str:
        """Return the name and the labels as the exposition has them."""
        return f"{self.name}{self.labels.text(self.le)}"

    def all_labels(self) -> Mapping[str, str]:
        """Return the labels, with the name as `__name__`."""
        labels = dict(zip(self.labels.names, self.labels.values, strict=True))
        labels["__name__"] = self.name
        if self.le is not None:
            labels["le"] = self.le
        return labels


@dataclass(frozen=True, slots=True)
class Runs:
    """Samples at all sampling times from the first of `starts` on.

    `starts` are indexes of sampling times in the window. Each level holds until the next start.
    """

    series: Series
    starts: list[int]
    levels: list[int]


@dataclass(frozen=True, slots=True)
class Points:
    """At least one sample, each with its own time (Unix seconds), in order of time."""

    series: Series
    times: list[int]
    values: list[int]


Samples = Runs | Points
