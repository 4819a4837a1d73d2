"""Events with fields in, one line each on standard error out, as logfmt or JSON.

A repeated event is logged at most once a minute; nothing shaped like a key secret is logged.
"""

import json
import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

from .errors import masked

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_NAMES = {number: name for name, number in _LEVELS.items()} | {logging.CRITICAL: "error"}
_OWN_ARGUMENTS = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})
# Another line number is no new event; another source or reason is.
_IDENTITY = ("source", "reason")
_PLAIN = frozenset("-_.:/+*@%,;[](){}<>!?#&|~^$…")

Fields = Mapping[str, object]


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger whose further keyword arguments are the event's fields.

    `always=True` exempts an event from the limit on repeats.
    """

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Moves the fields to where the formatters look for them."""
        fields = {name: kwargs.pop(name) for name in list(kwargs) if name not in _OWN_ARGUMENTS}
        always = bool(fields.pop("always", False))
        kwargs["extra"] = {"fields": fields, "always": always}
        return msg, kwargs


def get(name: str) -> Log:
    """The log of a module: `get(__name__).warning("file is gone", source="main")`."""
    return Log(logging.getLogger(name), {})


def setup(
    level: str,
    form: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Sends every logger's events of at least this level to the stream (standard error)."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(FORMATTERS[form]())
    handler.addFilter(Repeats(clock))
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(_LEVELS[level])


class Repeats(logging.Filter):
    """Lets an event through once a minute, with the number of those held back since."""

    def __init__(
        self, clock: Callable[[], float], interval: float = 60.0, remembered: int = 1000
    ) -> None:
        """`remembered` events at most are kept in mind, the oldest is forgotten first."""
        super().__init__()
        self._clock = clock
        self._interval = interval
        self._remembered = remembered
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the event is logged now."""
        if getattr(record, "always", False):
            return True
        fields = _fields(record)
        identity = (str(fields.get(key)) for key in _IDENTITY)
        held_back = self._held_back((record.name, record.levelno, str(record.msg), *identity))
        if held_back:
            record.fields = {**fields, "suppressed": held_back}
        return held_back is not None

    def _held_back(self, event: tuple[object, ...]) -> int | None:
        """How many of the event went before unseen; None: this one is held back too."""
        now = self._clock()
        # Handlers filter outside their lock.
        with self._lock:
            since, held_back = self._seen.pop(event, (now - self._interval, 0))
            if now - since < self._interval:
                self._seen[event] = (since, held_back + 1)
                return None
            if len(self._seen) >= self._remembered:
                del self._seen[next(iter(self._seen))]
            self._seen[event] = (now, 0)
            return held_back


class Logfmt(logging.Formatter):
    """`time=… level=info msg="…" key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as one line."""
        return " ".join(f"{name}={_quoted(_text(value))}" for name, value in _parts(record))


class Json(logging.Formatter):
    """`{"time": "…", "level": "info", "msg": "…", "key": value}`."""

    def format(self, record: logging.LogRecord) -> str:
        """The event as one line."""
        parts = {name: _plain(value) for name, value in _parts(record)}
        return json.dumps(parts, ensure_ascii=True)


FORMATTERS: Mapping[str, type[logging.Formatter]] = {"logfmt": Logfmt, "json": Json}


def _fields(record: logging.LogRecord) -> Fields:
    fields: Fields = getattr(record, "fields", {})
    return fields


def _parts(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    yield "time", moment.replace("+00:00", "Z")
    yield "level", _NAMES.get(record.levelno, record.levelname.lower())
    yield "msg", record.getMessage()
    yield from _fields(record).items()
    if record.exc_info:
        yield "trace", logging.Formatter().formatException(record.exc_info)


def _plain(value: object) -> object:
    """The value as JSON has it: numbers stay numbers, all else is text."""
    if (
        value is None
        or isinstance(value, int)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return masked(str(value))


def _quoted(text: str) -> str:
    """As it is where that is unambiguous, else as a JSON string without control characters."""
    if text and all(sign.isalnum() or sign in _PLAIN for sign in text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
