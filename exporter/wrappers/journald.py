"""The systemd journal's JSON export, as `journalctl -o json` writes it.

`MESSAGE` is a text; an array of byte numbers if that is not plain text; null if it is too large; an
array of such values if there are several.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from .json_text import decode_object, encode_text
from .message import Message

_TIME = "__REALTIME_TIMESTAMP"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_MICROSECONDS = 1 << 53
# Fields that distinguish the streams of programs. A message is one write to a stream.
_STREAM = ("_STREAM_ID", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER", "_PID")


def tells(line: bytes) -> bool:
    """Return True if a line certainly has this wrapper."""
    if b'"__REALTIME_TIMESTAMP"' not in line:
        return False
    found = decode_object(line)
    return found is not None and _TIME in found


def read(line: bytes) -> Message | None:
    """Return the message of a line, None if it has none."""
    found = decode_object(line)
    if found is None or not found.keys() & {"MESSAGE", _TIME}:
        return None
    return Message(
        "\0".join(str(found.get(name, "")) for name in _STREAM),
        _text(found.get("MESSAGE")),
        _time(found.get(_TIME)),
        # A line that was too long for the journal continues in the next message.
        found.get("_LINE_BREAK") != "line-max",
    )


def _text(message: Any) -> bytes | None:
    if isinstance(message, str):
        return encode_text(message)
    if not isinstance(message, list):
        return None
    if all(_is_byte(one) for one in message):
        return bytes(message)
    values = [_text(one) for one in message]
    return b"\n".join(one for one in values if one is not None) if None not in values else None


def _is_byte(value: Any) -> bool:
    return type(value) is int and 0 <= value <= 255


def _time(value: Any) -> str | None:
    """Return microseconds since 1970 as RFC 3339."""
    text = str(value)
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > _MAX_MICROSECONDS:
        return None
    moment = _EPOCH + timedelta(microseconds=int(text))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}Z"
