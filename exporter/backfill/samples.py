"""What is written of a series in a block: its labels and its samples, whatever the format."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..catalogue import Metric
from ..metrics.text_format import label_text
from ..values.texts import printable


@dataclass(frozen=True, slots=True)
class Window:
    """The sampling times of one block (Unix seconds)."""

    times: range

    def index(self, at: int) -> int:
        """Return which sample shows first what took effect by a sampling time."""
        return max(0, -(-(at - self.times.start) // self.times.step))


@dataclass(frozen=True, slots=True)
class SeriesLabels:
    """The names and values of a series' labels; `common` is what Prometheus gives each sample."""

    names: tuple[str, ...]
    values: tuple[str, ...]

    @classmethod
    def of(
        cls, common: Mapping[str, str], names: tuple[str, ...], values: tuple[str, ...]
    ) -> "SeriesLabels":
        """Return the labels of a series with the common ones before them."""
        every = (*common.values(), *values)
        return cls((*common, *names), tuple(map(printable, every)))

    def text(self, le: str | None = None) -> str:
        """Return them in braces, with a bucket's bound if there is one."""
        if le is None:
            return label_text(self.names, self.values)
        return label_text((*self.names, "le"), (*self.values, le))


@dataclass(frozen=True, slots=True)
class Series:
    """A series by its name and labels; its values are integers scaled by 10^places.

    `family` is the metric it belongs to; what rules record belongs to none.
    """

    name: str
    labels: SeriesLabels
    places: int
    le: str | None = None
    family: Metric | None = None

    def text(self) -> str:
        """Return its name and labels as they are shown."""
        return f"{self.name}{self.labels.text(self.le)}"

    def all_labels(self) -> Mapping[str, str]:
        """Return its labels, the name among them."""
        labels = dict(zip(self.labels.names, self.labels.values, strict=True))
        labels["__name__"] = self.name
        if self.le is not None:
            labels["le"] = self.le
        return labels


@dataclass(frozen=True, slots=True)
class Runs:
    """Samples at all sampling times from the first of `starts` on (places in the window).

    The series has each level from its start until the next one's.
    """

    series: Series
    starts: list[int]
    levels: list[int]


@dataclass(frozen=True, slots=True)
class Points:
    """Samples at times of their own (Unix seconds), in order; there are some."""

    series: Series
    samples: Sequence[tuple[int, int]]


Samples = Runs | Points
