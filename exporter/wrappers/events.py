"""Merge the server-sent events of each streamed answer into one object.

Everything around the events is skipped: the lines `event:`, `id:` and `retry:`, comments, blank
lines and HTTP headers. Events may also come as bare objects, as SDKs return them, mixed with
answers that were not streamed.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from .json_text import decode_object, storable
from .message import Found
from .objects import ObjectReader

# Beyond it, the oldest is given up.
_MAX_STREAMS = 256
_MAX_DEPTH = 8  # of an event's fields; no field that is read lies deeper
_TIME = re.compile(
    rb"\W{,2}(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)\b"
)
_SPACE = b" \t\r\v\f"
_BEHIND_TIME = _SPACE + b"]"
_STATUS = re.compile(rb"(?:< ?)?HTTP/[0-9.]+ [0-9]")
_HEADER = re.compile(rb"(?:< ?)?[A-Za-z][A-Za-z0-9_-]*+:(?: |\Z)")
_NO_HEADERS = (b"data:", b"event:", b"id:", b"retry:")
_END_OF_HEAD = (b"", b"<")
_DATE = re.compile(rb"(?:[<>*] ?)?date: *(.+)", re.IGNORECASE)
_DATA = re.compile(rb"data: ?")
_DONE = re.compile(rb"data: ?\[DONE\]\s*$")
# Lines of a stream other than data, lines of `curl -v` and its progress meter, and HTTP headers.
_AROUND = re.compile(
    rb"""(?:event|id|retry)?: | [<>*](?:\ |\Z) | HTTP/[0-9.]+\ [0-9] | data:\s*\Z | \Z
    | [{}]\ \[[0-9]+\ bytes\ data\] | %\ Total\ | Dload\ |
      [0-9]{1,3}\ +[0-9.kMGT]+\ +[0-9]{1,3}\ +[0-9.kMGT]+\ .*[-:0-9]+\ +[0-9.kMGT]+\Z
    | (?: content-[a-z]+ | server | cache-control | connection | transfer-encoding | vary | via
        | set-cookie | strict-transport-security | alt-svc | nel | report-to | request-id
        | keep-alive | retry-after | (?:x|cf|openai|anthropic|access-control)-[a-z0-9-]+ ):""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a stream.

    `fields`: its part of the merged object. `key`: the stream's id, None if the event does not
    name it. `begins`: the event is a stream's first. `ends`: it is the last; `ends_finished`: it is
    the last if the answer is finished.
    """

    fields: Mapping[str, Any]
    key: str | None = None
    begins: bool = False
    ends: bool = False
    ends_finished: bool = False


ReadEvent = Callable[[Mapping[str, Any]], Event | None]


@dataclass(slots=True)
class _Head:
    """The headers before an answer: their offset, their date, and whether more may follow."""

    begun: int
    date: str | None = None
    is_open: bool = True


@dataclass(slots=True)
class _Stream:
    begun: int
    time: str | None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether the answer has ended; more events may follow."""
        return self.fields.get("finish_reason") is not None or "error" in self.fields


class EventReader:
    """Reader for the streams in the lines of one file, with the interface of `ObjectReader`.

    An interrupted stream counts as cancelled.
    """

    def __init__(
        self, max_bytes: int, is_record: Callable[[bytes], bool], read_event: ReadEvent
    ) -> None:
        """`read_event` parses an object as an event; it returns None if it is not one."""
        self._objects = ObjectReader(max_bytes, is_record)
        self._read_event = read_event
        self._streams: dict[str, _Stream] = {}  # oldest first
        self._head: _Head | None = None

    @property
    def has_pending(self) -> bool:
        """Whether an object or a stream is unfinished, or only its headers have arrived."""
        return bool(self._streams) or self._objects.has_pending or self._head is not None

    @property
    def begun(self) -> int:
        """The offset at which the oldest unfinished one begins."""
        begun = [self._objects.begun] if self._objects.has_pending else []
        begun += [] if self._head is None else [self._head.begun]
        return min([*begun, *(stream.begun for stream in self._streams.values())], default=0)

    @property
    def size(self) -> int:
        """The number of bytes kept in memory."""
        kept = sum(len(msgspec.json.encode(one.fields)) for one in self._streams.values())
        return kept + self._objects.size

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield what a line at the offset `at` completes or interrupts."""
        stamp = _TIME.match(line)
        if self._objects.has_pending:
            # An event may span several lines of data.
            start = _DATA.match(line)
            start_at = 0 if start is None else start.end()
            line, at = line[start_at:], at + start_at
        else:
            text = (line[stamp.end() :].lstrip(_BEHIND_TIME) if stamp else line).strip(_SPACE)
            if self._is_around(text, at):
                return
            if b"{" not in text:
                yield from self._pass(line, text, time)
                return
        time = time or (stamp[1].decode() if stamp else None)
        for found in self._objects.feed(line, at, time):
            yield from self._read(found, at)

    def give_up(self) -> Iterator[Found]:
        """Yield the unfinished streams, and the unfinished object, which counts as invalid."""
        self._head = None
        yield from self._objects.give_up()
        for key in list(self._streams):
            yield self._end(key)

    def _is_around(self, text: bytes, at: int) -> bool:
        """Return True if a line contains no event; note the headers and their date."""
        if _STATUS.match(text):
            self._head = _Head(at)
        elif date := _DATE.fullmatch(text):
            head = self._head = self._head or _Head(at, is_open=False)
            head.date = _http_date(date[1])
        elif self._head is not None and self._head.is_open:
            is_header = _HEADER.match(text) and not text.startswith(_NO_HEADERS)
            is_around = bool(is_header or _AROUND.match(text))
            self._head.is_open = is_around and text not in _END_OF_HEAD
            return is_around
        else:
            return bool(_AROUND.match(text))
        return True

    def _pass(self, line: bytes, text: bytes, time: str | None) -> Iterator[Found]:
        """Handle a line without an object: end a stream at `[DONE]`, or yield the line."""
        if _DONE.search(text):
            yield from self._finish(is_done=True)
        else:
            yield Found(line, time)

    def _read(self, found: Found, at: int) -> Iterator[Found]:
        given = None if found.reason is not None else decode_object(found.text)
        event = None if given is None else self._read_event(given)
        if event is None:
            yield found if found.reason is not None else Found(found.text, self._time_of(found))
            return
        key = self._key(event)
        if key is None:
            if event.fields:
                yield found
            return
        if event.begins or key not in self._streams:
            yield from self._begin(event, key)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(at, self._time_of(found))
        _merge(stream.fields, storable(dict(event.fields), _MAX_DEPTH))
        if event.ends or (event.ends_finished and stream.is_finished):
            yield self._end(key, is_whole=True)

    def _time_of(self, found: Found) -> str | None:
        """Return the time on an answer's first line, else the one in its headers."""
        head, self._head = self._head, None
        return found.time or (None if head is None else head.date)

    def _key(self, event: Event) -> str | None:
        """Return the key of an event's stream; an event without one belongs to the newest."""
        if event.key is not None:
            return event.key
        return next(reversed(self._streams), None)

    def _begin(self, event: Event, key: str) -> Iterator[Found]:
        """Begin a stream; yield those that must have ended before."""
        if event.begins and key in self._streams:
            yield self._end(key)
        yield from self._finish(is_done=False)
        if len(self._streams) >= _MAX_STREAMS:
            yield self._end(next(iter(self._streams)))

    def _finish(self, *, is_done: bool) -> Iterator[Found]:
        """Yield the streams whose answers have ended; if none has and `is_done`, the only one."""
        for key in [key for key, stream in self._streams.items() if stream.is_finished]:
            yield self._end(key)
            is_done = False
        if is_done and len(self._streams) == 1:
            yield self._end(next(iter(self._streams)), is_whole=True)

    def _end(self, key: str, *, is_whole: bool = False) -> Found:
        stream = self._streams.pop(key)
        if not (is_whole or stream.is_finished):
            stream.fields["cancelled"] = True
        return Found(msgspec.json.encode(stream.fields), stream.time)


def _merge(fields: dict[str, Any], new: Mapping[str, Any]) -> None:
    """Merge an event's fields. The larger of two numbers wins, since they are running totals."""
    for name, value in new.items():
        known = fields.get(name)
        if isinstance(value, dict) and isinstance(known, dict):
            _merge(known, value)
        elif isinstance(value, dict):
            fields[name] = dict(value)
        elif value is not None and not (_is_number(value) and _is_number(known) and known > value):
            fields[name] = value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _http_date(text: bytes) -> str | None:
    try:
        return parsedate_to_datetime(text.decode(errors="replace")).isoformat()
    except (ValueError, TypeError, OverflowError):
        return None
