"""Registry of the wrappers, one module each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from . import cri, docker, journald
from .message import Message

AUTO = "auto"  # decided by the first line that shows its wrapper
LINES = "lines"  # nothing but text around records
# The whole file is a JSON array; framing turns each element into a line.
DOCUMENT = "document"


class Wrapper(NamedTuple):
    """`tells`: whether a line certainly has this wrapper. `read` returns its message or None."""

    tells: Callable[[bytes], bool]
    read: Callable[[bytes], Message | None]


WRAPPERS: Mapping[str, Wrapper] = {
    "docker": Wrapper(docker.tells, docker.read),
    "cri": Wrapper(cri.tells, cri.read),
    "journald": Wrapper(journald.tells, journald.read),
}
NAMES = (AUTO, LINES, *WRAPPERS, DOCUMENT)


def told_by(line: bytes) -> str:
    """Return the wrapper that a line certainly has, empty if unknown."""
    return next((name for name, wrapper in WRAPPERS.items() if wrapper.tells(line)), "")
