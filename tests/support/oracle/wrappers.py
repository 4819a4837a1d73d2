"""Take records out of the wrappers of loggers and container runtimes."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from .json_scan import Broken, Unfinished, scan
from .lines import Found, Lines, strip

_CRI = re.compile(rb"(\S+T\S+) (stdout|stderr) ([FP])(?::\S*)?(?: (.*))?", re.DOTALL)
_ARRAY = re.compile(rb"\[(?:[ \t\r\n{\]]|\Z)")
IsRecord = Callable[[Found], bool]


class Unwrapper:
    """Reads the lines of one file."""

    def __init__(self, wrapper: str, max_line: int, is_record: IsRecord) -> None:
        """`wrapper` is a name, or `auto`: the first line that shows a wrapper decides."""
        self._wrapper = wrapper
        self._max_line = max_line
        self._streams: defaultdict[str, Lines] = defaultdict(lambda: Lines(max_line, is_record))
        self._parts: defaultdict[str, bytes] = defaultdict(bytes)
        self._document: list[bytes] = []
        self._is_first = True

    def feed(self, line: bytes) -> Iterator[Found]:
        """Yield the values that a line completes."""
        content = strip(line)
        if not content:
            return
        if len(content) > self._max_line and self._wrapper != "document":
            yield Found(lost="line_too_long")
            return
        if self._wrapper == "auto":
            self._wrapper = _told(content, self._is_first) or "auto"
        self._is_first = False
        if self._wrapper == "document":
            self._document.append(line)
            return
        reader = {"docker": self._docker, "cri": self._cri, "journald": self._journald}
        # White space at the end of a part may be inside a text.
        whole = line.removesuffix(b"\r") if self._wrapper == "cri" else content
        yield from reader.get(self._wrapper, self._plain)(whole)

    def finish(self) -> Iterator[Found]:
        """Yield the rest at the end of the content."""
        for stream, part in self._parts.items():
            yield from self._streams[stream].feed(part)
        self._parts.clear()
        if self._document:
            yield from self._elements(b"\n".join(self._document).decode(errors="replace"))
            self._document.clear()
        for lines in self._streams.values():
            yield from lines.finish()

    def _plain(self, line: bytes) -> Iterator[Found]:
        yield from self._streams[""].feed(line)

    def _docker(self, line: bytes) -> Iterator[Found]:
        found = _object(line)
        if found is None or not isinstance(found.get("log"), str):
            yield from self._plain(line)
            return
        stream, log, time = str(found.get("stream")), found["log"].encode(), found.get("time")
        yield from self._part(stream, log, time, whole=log.endswith(b"\n"))

    def _cri(self, line: bytes) -> Iterator[Found]:
        match = _CRI.fullmatch(line)
        if match is None:
            yield from self._plain(line)
            return
        time, stream, tag, text = match.groups()
        yield from self._part(stream.decode(), text or b"", time.decode(), whole=tag == b"F")

    def _part(self, stream: str, text: bytes, time: str | None, *, whole: bool) -> Iterator[Found]:
        """Join the parts of a stream; the record has the time of the last part."""
        joined = self._parts.pop(stream, b"") + text
        if not whole:
            self._parts[stream] = joined
        else:
            yield from self._streams[stream].feed(joined, time)

    def _journald(self, line: bytes) -> Iterator[Found]:
        found = _object(line)
        if found is None or "MESSAGE" not in found:
            yield from self._plain(line)
            return
        message = found["MESSAGE"]
        if isinstance(message, list):
            message = bytes(int(byte) for byte in message)
        elif isinstance(message, str):
            message = message.encode()
        else:
            yield Found(lost="not_json")
            return
        for row in message.split(b"\n"):
            yield from self._streams[""].feed(row, found.get("__REALTIME_TIMESTAMP"))

    def _elements(self, text: str) -> Iterator[Found]:
        """Yield the elements of arrays one by one; read what follows as lines."""
        text = text.lstrip("\ufeff \t\r\n\v\f")
        at = 1
        while text.startswith("["):
            try:
                while (at := _next(text, at)) and text[at] != "]":
                    value, end = scan(text, at)
                    is_long = len(text[at:end].encode()) > self._max_line
                    yield Found(lost="line_too_long") if is_long else Found(value)
                    at = _next(text, end)
                    at += text[at] == ","
            except (Broken, Unfinished, IndexError):
                yield Found(lost="not_json")
                return
            text, at = text[at + 1 :].lstrip(), 1
        for line in text.encode().split(b"\n"):
            yield from self._plain(line)


def _next(text: str, at: int) -> int:
    """Return the position after white space."""
    while text[at] in " \t\r\n":
        at += 1
    return at


def _object(line: bytes) -> dict[str, Any] | None:
    """Return the object if it is the whole line."""
    text = line.decode(errors="replace")
    try:
        value, end = scan(text)
    except (Broken, Unfinished):
        return None
    return value if isinstance(value, dict) and not text[end:].strip() else None


def _told(line: bytes, is_first: bool) -> str:
    """Return the wrapper that a line shows, or an empty string."""
    if is_first and _ARRAY.match(line):
        return "document"
    if _CRI.fullmatch(line):
        return "cri"
    found = _object(line)
    if found is None:
        return ""
    if isinstance(found.get("log"), str) and isinstance(found.get("time"), str):
        return "docker"
    return "journald" if "MESSAGE" in found and "__REALTIME_TIMESTAMP" in found else "lines"
