"""Choose the reader that finds the objects in a source's lines, by its format."""

from collections.abc import Callable
from functools import partial

from ..otlp.reader import RequestReader
from ..wrappers.events import EventReader
from ..wrappers.objects import Objects
from ..wrappers.rows import RowReader
from .registry import EVENTS, OTLP, WRAPPERS


def objects_of(
    shape: str,
    delimiter: str,
    max_bytes: int,
    is_record: Callable[[bytes], bool],
    head: bytes,
) -> Callable[[], Objects] | None:
    """Return a factory of readers of a stream's lines; None for plain objects on lines.

    `head`: the beginning of the file. `is_record` returns True if an object is a valid record.
    """
    if shape in EVENTS:
        return partial(EventReader, max_bytes, is_record, EVENTS[shape])
    if shape == OTLP:
        return partial(RequestReader, max_bytes, is_record)
    if shape in WRAPPERS:
        return partial(RowReader, max_bytes, is_record, head, delimiter)
    return None
