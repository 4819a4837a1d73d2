"""What a metric is: the row type of the catalogue, and who feeds it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """Prometheus's metric types that the exporter uses."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Scope(StrEnum):
    """Which tally feeds a metric, or who sets it."""

    KEY = "key"
    MODEL = "model"
    PAYOUT = "payout"
    DELAY = "delay"
    SOURCE = "source"
    EXPORTER = "exporter"
    STATE = "state"  # gauges rendered from the published state
    PROCESS = "process"  # set through the client library by the running process


Pairs = Iterable[tuple[tuple[str, ...], int]]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric family."""

    name: str
    help: str
    kind: Kind
    scope: Scope
    labels: tuple[str, ...] = ()
    value: Callable[[Any], Any] | None = None
    places: int = 0
    buckets: str = ""

    @property
    def is_request_family(self) -> bool:
        """Whether it counts requests (absent until the existing content is counted)."""
        return self.scope in _REQUEST_SCOPES


_REQUEST_SCOPES = frozenset({Scope.KEY, Scope.MODEL, Scope.PAYOUT, Scope.DELAY})


def by_word(words: Mapping[str, int]) -> Pairs:
    """Pairs of a count by one label value."""
    return [((word,), number) for word, number in words.items()] if words else ()


def single(number: int) -> Pairs:
    """The pair of a count without extra labels; none where it is zero."""
    return (((), number),) if number else ()


def counter(
    name: str,
    scope: Scope,
    labels: tuple[str, ...],
    value: Callable[[Any], Pairs],
    text: str,
    places: int = 0,
) -> Metric:
    """A row for a counter."""
    return Metric(name, text, Kind.COUNTER, scope, labels, value, places)


def histogram(
    name: str,
    scope: Scope,
    labels: tuple[str, ...],
    buckets: str,
    places: int,
    value: Callable[[Any], Any],
    text: str,
) -> Metric:
    """A row for a histogram."""
    return Metric(name, text, Kind.HISTOGRAM, scope, labels, value, places, buckets)


def gauge(name: str, scope: Scope, labels: tuple[str, ...], text: str) -> Metric:
    """A row for a gauge."""
    return Metric(name, text, Kind.GAUGE, scope, labels)
