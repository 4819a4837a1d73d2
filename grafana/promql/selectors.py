"""Selectors: which recorded series a panel reads, and the filters of its dashboard."""

from dataclasses import dataclass

from exporter.catalogue import METRICS
from exporter.catalogue.levels import (
    API_KEY,
    INSTANCE,
    PROVIDER,
    SOURCE,
    Level,
    RecordedSum,
    recorded_sums,
)

RANGE = "$__range"
INTERVAL = "$__interval"
# The end of the range, which may be in the future.
END = "${__to:date:seconds}"
# The length of bars chosen by the viewer.
BAR = "$granularity"
# Every dashboard has these filters.
TARGET = ("job", "instance")

_RECORDED = {
    (recorded.counter, recorded.level.name): recorded
    for metric in METRICS
    for recorded in recorded_sums(metric)
}
_LEVELS: dict[str, list[str]] = {}
for _counter, _level in _RECORDED:
    _LEVELS.setdefault(_counter, []).append(_level)


@dataclass(frozen=True, slots=True)
class View:
    """The level at which a panel reads counters, and the variables that filter it."""

    level: Level
    filters: tuple[str, ...] = ()


BY_PROVIDER = View(PROVIDER, ("plan", "model", "provider"))
BY_KEY = View(API_KEY, ("plan", "model", "api_key"))
INSURANCE = View(API_KEY, ("plan", "model", "api_key", "compensation_type"))
# Providers on a dashboard that filters by API key: their series have no such label.
ALL_KEYS = View(PROVIDER, ("plan", "model"))
SOURCES = View(SOURCE, ("source",))
EXPORTERS = View(INSTANCE)


def matchers(names: tuple[str, ...]) -> str:
    """Return the matchers of variables; All also matches series without the label."""
    return ",".join(f'{name}=~"${name}"' for name in (*TARGET, *names))


def recorded(view: View, counter: str) -> RecordedSum:
    """Return the recorded sum of a counter, at the view's level if it is recorded there."""
    levels = _LEVELS[counter]
    level = view.level.name if view.level.name in levels else levels[0]
    return _RECORDED[counter, level]


def increases(view: View, counter: str, *more: str, **labels: str) -> str:
    """Return the filtered selector of a counter's increases, with more matchers and labels."""
    chosen = recorded(view, counter)
    filters = matchers(tuple(name for name in view.filters if name in chosen.labels))
    exact = [f'{name}="{value}"' for name, value in labels.items()]
    return f"{chosen.increase}{{{','.join([filters, *more, *exact])}}}"


def gauge(name: str, *filters: str) -> str:
    """Return the selector of a gauge, or of any other series that the exporter exposes."""
    return f"{name}{{{matchers(filters)}}}"
