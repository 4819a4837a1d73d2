"""Find JSON objects in lines: after a prefix, several in a line, or over several lines."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .json_scan import Broken, Torn, Unfinished, scan

_BLANK = b" \t\r\n\v\f"
_MARK = b"\xef\xbb\xbf"


class Found(NamedTuple):
    """A JSON value with its wrapper's time, or the reason why there is none."""

    value: Any = None
    time: str | None = None
    lost: str | None = None


class _Text(NamedTuple):
    """A line with U+FFFD instead of invalid bytes, and why it is lost if it has no JSON."""

    text: str
    lost: str


class Lines:
    """Reads one stream of lines, starting at the first `{` of each."""

    def __init__(self, max_line: int, is_record: Callable[[Found], bool]) -> None:
        """`is_record` returns True if a value by itself is a record."""
        self._max_line = max_line
        self._is_record = is_record
        self._open: _Text | None = None

    def feed(self, line: bytes, time: str | None = None) -> Iterator[Found]:
        """Yield the values that a line completes."""
        line = strip(line)
        if not line:
            return
        if len(line) > self._max_line:
            yield Found(lost="line_too_long")
            return
        decoded = _decode(line)
        if self._open is None:
            yield from self._read(decoded, time)
        elif self._stands_alone(decoded.text, time):
            yield from self.finish()
            yield from self._read(decoded, time)
        else:
            yield from self._continue(self._open, decoded, time)

    def finish(self) -> Iterator[Found]:
        """Give up an unfinished object."""
        if self._open is not None:
            yield Found(lost=self._open.lost)
            self._open = None

    def _stands_alone(self, text: str, time: str | None) -> bool:
        """Return True if a line, except for a prefix, has only whole objects, first a record."""
        at = text.find("{")
        values = []
        while 0 <= at < len(text):
            try:
                value, at = scan(text, at)
            except (Broken, Unfinished):
                return False
            values.append(value)
            at += len(text[at:]) - len(text[at:].lstrip())
        return bool(values) and self._is_record(Found(values[0], time))

    def _continue(self, begun: _Text, line: _Text, time: str | None) -> Iterator[Found]:
        """Continue an unfinished object with another line; give it up if the line is no part of it.

        A line that ends within a string is the last of its object: nothing can continue it.
        """
        reason = "not_utf8" if "not_utf8" in (begun.lost, line.lost) else "not_json"
        joined = _Text(f"{begun.text}\n{line.text}", reason)
        self._open = None
        try:
            scan(joined.text)
        except (Unfinished, Torn) as end:
            if len(joined.text.encode()) > self._max_line:
                yield Found(lost="line_too_long")
            elif isinstance(end, Torn):
                yield Found(lost=joined.lost)
            else:
                self._open = joined
        except Broken:
            yield Found(lost=begun.lost)
            yield from self._read(line, time)
        else:
            yield from self._read(joined, time)

    def _read(self, line: _Text, time: str | None) -> Iterator[Found]:
        text = line.text
        start = text.find("{")
        if start < 0:
            yield Found(lost="not_object" if is_json(text) else line.lost)
        while start >= 0:
            try:
                value, end = scan(text, start)
            except Unfinished:
                self._open = line._replace(text=text[start:])
                return
            except Broken:
                yield Found(lost=line.lost)
                return
            yield Found(value, time)
            start = text.find("{", end)


def strip(line: bytes) -> bytes:
    """Return a line without byte order mark and surrounding white space."""
    return line.strip(_BLANK).removeprefix(_MARK).strip(_BLANK)


def is_json(text: str) -> bool:
    """Return True if a text is exactly one JSON value."""
    try:
        end = len(text) if not text else scan(text)[1]
    except (Broken, Unfinished):
        return False
    return not text[end:].strip()


def _decode(line: bytes) -> _Text:
    try:
        return _Text(line.decode(), "not_json")
    except UnicodeDecodeError:
        return _Text(line.decode(errors="replace"), "not_utf8")
