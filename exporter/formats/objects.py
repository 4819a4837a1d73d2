"""Choose what finds the objects in a source's lines, by the format of its records."""

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
    """Return what makes the reader of a stream's lines, None for objects on lines.

    `head`: what the file begins with. `is_record` tells whether an object is a valid record.
    """
    if shape in EVENTS:
        return partial(EventReader, max_bytes, is_record, EVENTS[shape])
    if shape == OTLP:
        return partial(RequestReader, max_bytes, is_record)
    if shape in WRAPPERS:
        return partial(RowReader, max_bytes, is_record, head, delimiter)
    return None
