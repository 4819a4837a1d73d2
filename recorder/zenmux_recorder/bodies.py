"""Read the JSON of answers with bounded memory: all of it if short, otherwise its two ends."""

import json
import re
from typing import Any, Final

# Longer bodies are not parsed as a whole: that would block the other threads.
WHOLE: Final = 256 * 1024
TAIL: Final = 64 * 1024

# Quotes inside a JSON string are escaped, so these match only names of fields.
_TEXT: Final = re.compile(
    rb'[{,\s]"(id|model|responseId|modelVersion|type|status|stop_reason|finish_reason|finishReason)"'
    rb'\s*:\s*"([^"\\]{1,256})"'
)
_USAGE: Final = re.compile(rb'[{,\s]"(usage|usageMetadata)"\s*:\s*(?={)')
_LAST_COUNTS: Final = frozenset({"stop_reason", "finish_reason", "finishReason"})


class BoundedBuffer:
    """Keeps only the beginning and the end of bytes that are appended."""

    __slots__ = ("_head", "_is_cut", "_tail")

    def __init__(self) -> None:
        """Start empty."""
        self._head = bytearray()
        self._tail = bytearray()
        self._is_cut = False

    def __len__(self) -> int:
        return len(self._head) + len(self._tail)

    def append(self, data: bytes) -> None:
        """Add bytes; those between the two ends are dropped."""
        room = WHOLE - len(self._head)
        if room:
            self._head += data[:room]
            data = data[room:]
        self._tail += data[-TAIL:] if len(data) > TAIL else data
        self._is_cut |= len(data) > TAIL
        if len(self._tail) > 2 * TAIL:
            self._is_cut = True
            del self._tail[:-TAIL]

    def parse(self, skip: int = 0) -> Any:
        """Parse JSON after `skip` bytes; for a long text, return an object of the fields found."""
        data = bytes(self._head[skip:] + (b"\n" if self._is_cut else b"") + self._tail)
        return skimmed(data) if self._is_cut else parsed(data)

    def kept(self) -> bytes:
        """Return the bytes kept."""
        return bytes(self._head + self._tail)

    def starts_with(self, prefix: bytes) -> bool:
        """Return True if the bytes begin with the prefix."""
        return self._head.startswith(prefix)


def parsed(data: bytes) -> Any:
    """Return the parsed JSON, or None if it is invalid."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def skimmed(data: bytes) -> dict[str, Any]:
    """Return an object of the fields found by name in JSON that is long or incomplete."""
    found: dict[str, Any] = {}
    for match in _TEXT.finditer(data):
        name = match[1].decode()
        if name not in found or name in _LAST_COUNTS:
            found[name] = match[2].decode(errors="replace")
    decoder = json.JSONDecoder()
    for match in _USAGE.finditer(data):
        try:
            usage, _ = decoder.raw_decode(data[match.end() : match.end() + TAIL].decode("latin-1"))
        except (ValueError, RecursionError):
            continue
        found[match[1].decode()] = usage
    finish = {name: found.pop(name, None) for name in ("finish_reason", "finishReason")}
    found["choices"] = found["candidates"] = [finish]
    if str(found.get("type", "")).startswith("response."):
        found["response"] = {**found}
    return found
