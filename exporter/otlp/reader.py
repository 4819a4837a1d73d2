"""Files of requests as the OpenTelemetry Collector writes them: one JSON request per line."""

from collections.abc import Callable, Iterator

from ..wrappers.message import Found
from ..wrappers.objects import ObjectReader
from .calls import Signal
from .request import BROKEN, lines

# By the name of the outermost field.
_SIGNALS = {b'"resourceSpans"': Signal.spans, b'"resourceLogs"': Signal.log_records}


class RequestReader(ObjectReader):
    """A reader of the calls in one stream's requests; other objects are passed on unchanged."""

    def __init__(self, max_bytes: int, is_record: Callable[[bytes], bool]) -> None:
        """`max_bytes`: of a request. `is_record` returns True if an object is a valid record."""
        super().__init__(max_bytes, is_record)

    def feed(self, line: bytes, at: int, time: str | None) -> Iterator[Found]:
        """Yield the objects that the line at the offset `at` completes or breaks off."""
        for found in super().feed(line, at, time):
            yield from _calls(found)

    def give_up(self) -> Iterator[Found]:
        """Yield the unfinished object."""
        for found in super().give_up():
            yield from _calls(found)


def _calls(found: Found) -> Iterator[Found]:
    marks = [mark for mark in _SIGNALS if mark in found.text]
    if found.reason is not None or not marks:
        yield found
        return
    try:
        for mark in marks:
            for line in lines(found.text, _SIGNALS[mark]):
                yield Found(line, found.time)
    except (ValueError, RecursionError):
        yield Found(BROKEN, found.time)
