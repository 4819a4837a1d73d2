r"""Docker's `json-file` log: `{"log": "TEXT\n", "stream": "stdout", "time": "…"}`.

A message longer than 16 KiB is cut into lines; only the last part ends with a newline.
"""

from .json_text import decode_object, encode_text
from .message import Message


def tells(line: bytes) -> bool:
    """Return True if a line certainly has this wrapper."""
    if b'"log"' not in line or b'"stream"' not in line:
        return False
    found = decode_object(line)
    return found is not None and all(
        isinstance(found.get(name), str) for name in ("log", "stream", "time")
    )


def read(line: bytes) -> Message | None:
    """Return the message of a line, None if it has none."""
    found = decode_object(line)
    text = None if found is None else found.get("log")
    if found is None or not isinstance(text, str):
        return None
    stream, time = found.get("stream"), found.get("time")
    return Message(
        stream if isinstance(stream, str) else "",
        encode_text(text),
        time if isinstance(time, str) else None,
        text.endswith("\n"),
    )
