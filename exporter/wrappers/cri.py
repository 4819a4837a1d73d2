"""The log of a container runtime on Kubernetes: `TIME stdout F TEXT`.

A long message is cut into lines tagged `P`; the last part is tagged `F`.
"""

import re

from .message import Message

_LINE = re.compile(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^ ]*) (stdout|stderr) ([PF])(?::[^ ]*)?(?: (.*))?", re.DOTALL
)


def tells(line: bytes) -> bool:
    """Return True if a line certainly has this wrapper."""
    return _LINE.fullmatch(line) is not None


def read(line: bytes) -> Message | None:
    """Return the message of a line, None if it has none."""
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    time, stream, tag, text = match.groups()
    return Message(stream.decode(), text or b"", time.decode(errors="replace"), tag == b"F")
