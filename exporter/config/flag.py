"""What a flag of the command line is, and how texts become values."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from ..values.texts import printable
from ..values.timestamps import parse as parse_time

_LABEL = re.compile("(?!__)[A-Za-z_][A-Za-z0-9_]*")
_NOW = 1 << 62
# Prometheus looks back 5 minutes: between samples farther apart instant queries find nothing.
_LONGEST_STEP = 300
_SWITCH = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag.

    `name` is without dashes, `field` is the field of `Options` that it sets. `convert` reads its
    text and raises ValueError. `only`: the commands that have it; without any, all.
    """

    name: str
    field: str
    convert: Callable[[str], object]
    help: str
    default: str
    metavar: str
    switch: bool = False
    only: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Return the environment variable that sets the same."""
        return "ZENMUX_EXPORTER_" + re.sub(r"[.-]", "_", self.name).upper()


def as_path(text: str) -> Path:
    """Return a path; it may not be empty."""
    if not text.strip():
        raise ValueError("must not be empty")
    return Path(text)


def as_choice(*values: str) -> Callable[[str], str]:
    """Return a converter that takes one of these."""

    def convert(text: str) -> str:
        if text not in values:
            raise ValueError(f"must be one of {', '.join(values)}")
        return text

    return convert


def as_switch(text: str) -> bool:
    """Return true or false."""
    if text.lower() not in _SWITCH:
        raise ValueError("must be true or false")
    return _SWITCH[text.lower()]


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


def as_url(text: str) -> str:
    """Return the text if it is an address of HTTP."""
    if not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text
