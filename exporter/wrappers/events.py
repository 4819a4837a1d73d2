"""Streamed answers (server-sent events): put the events of each stream together to one object.

What is around the events is passed over: the lines `event:`, `id:` and `retry:`, comments, blank
lines and HTTP headers. Events may also stand alone, as SDKs give them, and answers that were not
streamed between them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from .json_text import decode_object
from .message import Found
from .objects import ObjectReader

# The oldest is given up beyond it.
_MAX_STREAMS = 256
_TIME = re.compile(
    rb"\W{,2}(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)\b"
)
_SPACE = b" \t\r\v\f]"  # and what may stand behind a time
_DATE = re.compile(rb"(?:[<>*] ?)?date: *(.+)", re.IGNORECASE)
_DONE = re.compile(rb"data: ?\[DONE\]\s*$")
# The lines of a stream itself, of `curl -v`, and the headers of an answer.
_AROUND = re.compile(
    rb"""(?:event|id|retry|data)?: | [<>*](?:\ |\Z) | HTTP/[0-9.]+\ [0-9] | \Z
    | (?: content-[a-z]+ | server | cache-control | connection | transfer-encoding | vary | via
        | set-cookie | strict-transport-security | alt-svc | nel | report-to | request-id
        | keep-alive | retry-after | (?:x|cf|openai|anthropic|access-control)-[a-z0-9-]+ ):""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Event:
    """What an event says.

    `fields`: of the object that the stream becomes. `key`: the stream's id, None if the event does
    not name it. `begins`: no event comes before it. `ends`: none comes behind it; `ends_finished`:
    none does if the answer has come to its end.
    """

    fields: Mapping[str, Any]
    key: str | None = None
    begins: bool = False
    ends: bool = False
    ends_finished: bool = False


ReadEvent = Callable[[Mapping[str, Any]], Event | None]


@dataclass(slots=True)
class _Stream:
    begun: int
    time: str | None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def is_finished(self) -> bool:
        """Whether the answer has come to its end, though the stream may go on."""
        return self.fields.get("finish_reason") is not None or "error" in self.fields


class EventReader:
    """The streams in the lines of one file, as an `ObjectReader` reads objects.

    A stream that was broken off counts as cancelled.
    """

    def __init__(
        self, max_bytes: int, is_record: Callable[[bytes], bool], read_event: ReadEvent
    ) -> None:
        """`read_event`: what an object says as an event of a stream, None if it is none."""
        self._objects = ObjectReader(max_bytes, is_record)
        self._read_event = read_event
        self._streams: dict[str, _Stream] = {}  # the oldest first
        self._date: str | None = None

    @property
    def has_pending(self) -> bool:
        """Whether an object or a stream is unfinished."""
        return bool(self._streams) or self._objects.has_pending

    @property
    def begun(self) -> int:
        """Where the oldest begins that is unfinished."""
        begun = [self._objects.begun] if self._objects.has_pending else []
        return min([*begun, *(stream.begun for stream in self._streams.values())], default=0)

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        kept = sum(len(msgspec.json.encode(one.fields)) for one in self._streams.values())
        return kept + self._objects.size

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield what a line, which stands at the offset `at`, makes whole or breaks off."""
        if not self._objects.has_pending and b"{" not in line:
            yield from self._pass(line, time)
            return
        stamp = _TIME.match(line)
        time = time or (stamp[1].decode() if stamp else None)
        for found in self._objects.feed(line, at, time):
            yield from self._read(found, at)

    def give_up(self) -> Iterator[Found]:
        """Yield the unfinished streams, and the unfinished object, which counts as invalid."""
        yield from self._objects.give_up()
        for key in list(self._streams):
            yield self._end(key)

    def _pass(self, line: bytes, time: str | None) -> Iterator[Found]:
        """Pass over a line without an object, if it belongs to a stream."""
        stamp = _TIME.match(line)
        text = (line[stamp.end() :] if stamp else line).strip(_SPACE)
        if _DONE.search(text):
            yield from self._finish(is_done=True)
        elif date := _DATE.fullmatch(text):
            self._date = _http_date(date[1])
        elif not _AROUND.match(text):
            yield Found(line, time)

    def _read(self, found: Found, at: int) -> Iterator[Found]:
        given = None if found.reason is not None else decode_object(found.text)
        event = None if given is None else self._read_event(given)
        if event is None:
            yield found
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
            time = found.time or self._date
            stream = self._streams[key] = _Stream(at, time)
            self._date = None
        _merge(stream.fields, event.fields)
        if event.ends or (event.ends_finished and stream.is_finished):
            yield self._end(key, is_whole=True)

    def _key(self, event: Event) -> str | None:
        """Return the stream of an event: of one that names none the newest."""
        if event.key is not None:
            return event.key
        return next(reversed(self._streams), None)

    def _begin(self, event: Event, key: str) -> Iterator[Found]:
        """A stream begins: yield those that must have ended before."""
        if event.begins and key in self._streams:
            yield self._end(key)
        yield from self._finish(is_done=False)
        if len(self._streams) >= _MAX_STREAMS:
            yield self._end(next(iter(self._streams)))

    def _finish(self, *, is_done: bool) -> Iterator[Found]:
        """Yield the streams whose answers are finished; the only one also if its end has come."""
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
    """Add what an event says; of numbers in objects the larger ones: they are running totals."""
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
