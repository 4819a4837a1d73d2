"""The wrappers: each is a file, registered here."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from . import cri, docker, journald
from .message import Message

AUTO = "auto"  # the first line that tells it decides
LINES = "lines"  # nothing around a line but text
# The whole file is a JSON array: its framing gives out each element as a line.
DOCUMENT = "document"


class Wrapper(NamedTuple):
    """`tells`: a line surely has this wrapper. `read`: its message, None if it has none."""

    tells: Callable[[bytes], bool]
    read: Callable[[bytes], Message | None]


WRAPPERS: Mapping[str, Wrapper] = {
    "docker": Wrapper(docker.tells, docker.read),
    "cri": Wrapper(cri.tells, cri.read),
    "journald": Wrapper(journald.tells, journald.read),
}
NAMES = (AUTO, LINES, *WRAPPERS, DOCUMENT)


def told_by(line: bytes) -> str:
    """Return the wrapper that a line surely has, empty if none."""
    return next((name for name, wrapper in WRAPPERS.items() if wrapper.tells(line)), "")
