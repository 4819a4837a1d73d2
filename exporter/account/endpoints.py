"""The table of the endpoints to poll, made from the settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from ..api.errors import ApiError, ErrorKind
from ..api.responses import Json
from ..config import Account, Config
from ..values.labels import clean
from .fields import Sample
from .reports import STATISTICS, balance, last_days, medians, subscription

_HOUR = 3600.0
# Answers are shown for this many intervals.
_MISSED = 3


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint: its name as a label, its path, and how to read its answer."""

    name: str
    path: str
    read: Callable[[Json], Iterable[Sample]]
    interval: float
    query: Callable[[float], Mapping[str, str]] = lambda _: {}

    @property
    def kept(self) -> float:
        """How many seconds an answer is shown."""
        return _MISSED * self.interval

    def samples(self, data: Json) -> tuple[Sample, ...]:
        """Return the samples of an answer; raises `ApiError` if there are none.

        Then the API has changed, and showing nothing would look as if all were well.
        """
        found = tuple(self.read(data))
        if not found:
            raise ApiError(ErrorKind.UNEXPECTED, "the answer has no known field")
        return found


def endpoints(config: Config, settings: Account) -> tuple[Endpoint, ...]:
    """Return the endpoints that the settings enable."""
    display = partial(_display, config)
    own = (
        Endpoint("balance", "management/payg/balance", balance, settings.interval),
        Endpoint("subscription", "management/subscription/detail", subscription, settings.interval),
    )
    # Updated once a day, at no known hour.
    interval = max(_HOUR, settings.interval)
    platform = (
        Endpoint(
            f"platform_{one.name}",
            "management/statistics/performance",
            partial(medians, one, display),
            interval,
            partial(_days_of, one.name),
        )
        for one in STATISTICS
    )
    return (*own, *(platform if settings.baseline else ()))


def _days_of(statistic: str, now: float) -> dict[str, str]:
    return {"metric": statistic, **last_days(now)}


def _display(config: Config, label: str, value: str) -> str:
    """Return the name under which the user's own requests show a value."""
    name = clean(value)
    return config.labels[label].display.get(name, name)
