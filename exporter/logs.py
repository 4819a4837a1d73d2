"""Structured logging to standard error, as logfmt or JSON.

A repeated event is logged at most once a minute. Secrets are masked.
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

from .values.masking import masked
from .values.texts import printable

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_NAMES = {number: name for name, number in _LEVELS.items()} | {logging.CRITICAL: "error"}
_OWN_ARGUMENTS = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})
# Events that differ in one of these fields are not repeats; other fields make no difference.
_IDENTITY = ("source", "reason", "endpoint")
REMEMBERED = 1000  # events
# Not masked: a source's name is configured, or was masked when it was made from an argument.
_NAMED = frozenset({"source"})
_PLAIN = frozenset("-_.:/+*@%,;[](){}<>!?#&|~^$…")

Fields = Mapping[str, object]


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger that takes an event's fields as keyword arguments.

    `always=True` exempts an event from the limit on repeats.
    """

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Move the fields to where the formatters expect them."""
        fields = {name: kwargs.pop(name) for name in list(kwargs) if name not in _OWN_ARGUMENTS}
        always = bool(fields.pop("always", False))
        kwargs["extra"] = {"fields": fields, "always": always}
        return msg, kwargs


def get(name: str) -> Log:
    """Return the logger of a module: `get(__name__).warning("file is gone", source="main")`."""
    return Log(logging.getLogger(name), {})


def setup(
    level: str,
    form: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Log events of at least this level to a stream, standard error by default."""
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(FORMATTERS[form]())
    handler.addFilter(Repeats(clock))
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(_LEVELS[level])


class Repeats(logging.Filter):
    """A filter that passes an event once a minute, with the number suppressed since."""

    def __init__(
        self, clock: Callable[[], float], interval: float = 60.0, remembered: int = REMEMBERED
    ) -> None:
        """Remember at most `remembered` events; the oldest is forgotten first."""
        super().__init__()
        self._clock = clock
        self._interval = interval
        self._remembered = remembered
        self._seen: dict[tuple[object, ...], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True if the event is logged now."""
        if getattr(record, "always", False):
            return True
        fields = _fields(record)
        identity = (str(fields.get(key)) for key in _IDENTITY)
        suppressed = self._suppressed((record.name, record.levelno, str(record.msg), *identity))
        if suppressed:
            record.fields = {**fields, "suppressed": suppressed}
        return suppressed is not None

    def _suppressed(self, event: tuple[object, ...]) -> int | None:
        """Return how many repeats were suppressed; None if this one is suppressed, too."""
        now = self._clock()
        # Handlers filter outside their lock.
        with self._lock:
            since, suppressed = self._seen.pop(event, (now - self._interval, 0))
            if now - since < self._interval:
                self._seen[event] = (since, suppressed + 1)
                return None
            if len(self._seen) >= self._remembered:
                del self._seen[next(iter(self._seen))]
            self._seen[event] = (now, 0)
            return suppressed


class Logfmt(logging.Formatter):
    """`time=… level=info msg="…" key=value`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line."""
        return " ".join(f"{name}={_quoted(_text(name, value))}" for name, value in _parts(record))


class Json(logging.Formatter):
    """`{"time": "…", "level": "info", "msg": "…", "key": value}`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the event as one line."""
        parts = {name: _plain(name, value) for name, value in _parts(record)}
        return json.dumps(parts, ensure_ascii=True)


FORMATTERS: Mapping[str, type[logging.Formatter]] = {"logfmt": Logfmt, "json": Json}


def _fields(record: logging.LogRecord) -> Fields:
    fields: Fields = getattr(record, "fields", {})
    return fields


def _parts(record: logging.LogRecord) -> Iterator[tuple[str, object]]:
    written_at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    yield "time", written_at.replace("+00:00", "Z")
    yield "level", _NAMES.get(record.levelno, record.levelname.lower())
    yield "msg", record.getMessage()
    yield from _fields(record).items()
    if record.exc_info:
        yield "trace", logging.Formatter().formatException(record.exc_info)


def _plain(name: str, value: object) -> object:
    """Return a value for JSON: numbers stay numbers, anything else becomes text."""
    if (
        value is None
        or isinstance(value, int)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    return _text(name, value)


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = printable(str(value))
    return text if name in _NAMED else masked(text)


def _quoted(text: str) -> str:
    """Return a text unchanged if that is unambiguous, else quoted as a JSON string."""
    if text and all(sign.isalnum() or sign in _PLAIN for sign in text):
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
