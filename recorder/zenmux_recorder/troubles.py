"""Handle failures to record: count them, log each kind once, and never raise to a request."""

import functools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

log = logging.getLogger("zenmux_recorder")


@dataclass(slots=True)
class Counters:
    """Numbers of lines since the start.

    `recorded`: created. `written`: delivered to the file or the exporter. `dropped`: lost because
    the queue was full or the sink refused them finally. `rejected`: delivered, but rejected by the
    exporter as invalid. `failures`: requests that could not be measured completely.
    `without_usage`: successful requests whose answers had no usage.
    """

    recorded: int = 0
    written: int = 0
    dropped: int = 0
    rejected: int = 0
    failures: int = 0
    without_usage: int = 0


class Troubles:
    """The counters, and the kinds of warnings already logged."""

    def __init__(self) -> None:
        """Start with all counters at 0."""
        self.counters = Counters()
        self._lock = threading.Lock()
        self._warned: set[str] = set()

    def count(self, name: str, number: int = 1) -> None:
        """Add to one of the counters."""
        with self._lock:
            setattr(self.counters, name, getattr(self.counters, name) + number)

    def warn_once(self, kind: str, message: str, *arguments: object) -> None:
        """Log a warning unless one of the same kind was logged before."""
        with self._lock:
            if kind in self._warned:
                return
            self._warned.add(kind)
        log.warning(message, *arguments)

    def failed(self, error: Exception) -> None:
        """Count a failure; its message may contain content, so log only its type."""
        self.count("failures")
        self.warn_once(
            "failed",
            "a request could not be measured (%s); the request itself is not affected",
            type(error).__name__,
        )

    def forget_lock(self) -> None:
        """Create a new lock after a fork: a thread of the parent may have held this one."""
        self._lock = threading.Lock()


class HasTroubles(Protocol):
    """An object that counts its failures."""

    troubles: Troubles


P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=HasTroubles)


def guarded(
    method: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[S, P], R | None]:
    """Make a method return None instead of raising."""

    @functools.wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001  # a failure to record must never fail a request
            self.troubles.failed(error)
            return None

    return run
