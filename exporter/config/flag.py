"""The type of the command line's flags, and the conversions of their values."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from ..values.texts import printable
from ..values.timestamps import parse as parse_time

_LABEL = re.compile("(?!__)[A-Za-z_][A-Za-z0-9_]*")
_SEEK = re.compile(r"([A-Za-z0-9._-]+)/([0-9]{1,6})=([0-9]{1,18})")
_NOW = 1 << 62
# Prometheus looks back 5 minutes: with a longer step, instant queries would find gaps.
_LONGEST_STEP = 300
VARIABLES = "ZENMUX_EXPORTER_"


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag.

    `name` has no leading dashes, `field` is the field of `Options` that it sets. `convert` is a
    click type, or a function that reads the text and may raise ValueError. `only`: the commands
    that have it; empty for all.
    """

    name: str
    field: str
    convert: click.ParamType[object] | Callable[[str], object]
    help: str
    default: str
    metavar: str
    switch: bool = False
    only: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that sets the same option."""
        return VARIABLES + re.sub(r"[.-]", "_", self.name).upper()


def as_path(text: str) -> Path:
    """Return a path; it may not be empty."""
    if not text.strip():
        raise ValueError("must not be empty")
    return Path(text)


def as_time(text: str) -> int:
    """Return a time as Unix seconds; `now` is later than any other."""
    if text == "now":
        return _NOW
    try:
        return parse_time(text) // 1000
    except ValueError:
        raise ValueError("must be now or a time such as 2026-11-01T00:00:00Z") from None


def as_step(text: str) -> int:
    """Return the seconds between two samples."""
    if not text.isdecimal() or len(text) > 9 or not 1 <= int(text) <= _LONGEST_STEP:
        raise ValueError(f"must be whole seconds from 1 to {_LONGEST_STEP}")
    return int(text)


def as_zone(text: str) -> ZoneInfo:
    """Return the time zone of a name."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be the name of a time zone such as Europe/Berlin") from None


def as_limit(text: str) -> int:
    """Return a whole number above 0."""
    if not text.isdecimal() or len(text) > 9 or not int(text):
        raise ValueError("must be a whole number above 0")
    return int(text)


def as_labels(text: str) -> dict[str, str]:
    """Return labels by their names."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(_LABEL.fullmatch(name) and mark for name, mark, _ in pairs):
        raise ValueError("must be NAME=VALUE, several separated by commas")
    return {name: printable(value) for name, _, value in pairs}


def as_seek(text: str) -> tuple[str, int, int]:
    """Return a topic, a partition and an offset."""
    match = _SEEK.fullmatch(text)
    if match is None:
        raise ValueError("must be TOPIC/PARTITION=OFFSET, such as requests/0=1200")
    return match[1], int(match[2]), int(match[3])


def as_url(text: str) -> str:
    """Return the text if it is an HTTP address; raises ValueError."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text
