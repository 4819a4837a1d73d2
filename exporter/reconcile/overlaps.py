"""Choose the ranges of the files to count, so that common beginnings count once."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from ..errors import ExporterError
from ..positions import Position
from ..sources.comparison import common_lines, peek
from ..sources.content import READ_ERRORS, Content, reason_of
from .files import Matched, chain_of

Range = tuple[int, int]


def parts(matched: Sequence[Matched]) -> Mapping[str, tuple[Range, ...]]:
    """Return the ranges to count of each file, by its position's key; raises `ExporterError`.

    If a file began as a copy of another, its position starts after the common part. If the other
    had grown meanwhile, the reader skipped a common part that the position does not show.
    """
    found: dict[str, tuple[Range, ...]]
    found = {one.position.key: ((one.position.started, one.position.offset),) for one in matched}
    for one, other in combinations(matched, 2):
        start = max(one.position.started, other.position.started)
        if _may_overlap(one.position, other.position, start):
            end = _agreed(one, other)
            if end > start:
                key = other.position.key
                found[key] = tuple(_without(found[key], (start, end)))
    return found


def _may_overlap(one: Position, other: Position, start: int) -> bool:
    if min(one.offset, other.offset) <= start:
        return False
    return chain_of(one).may_agree_beyond(start, chain_of(other))


def _agreed(one: Matched, other: Matched) -> int:
    """Return the offset up to which two files agree, as far as they were counted."""
    end = min(one.position.offset, other.position.offset)
    if one.file.path == other.file.path:
        return end
    try:
        first = Content(one.file.path)
        try:
            second = Content(other.file.path)
            try:
                return common_lines(peek(first, 0, end), peek(second, 0, end), 0).offset
            finally:
                second.close()
        finally:
            first.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{one.file.path}: cannot be read: {reason_of(error)}") from error


def _without(ranges: Sequence[Range], taken: Range) -> Iterator[Range]:
    start, end = taken
    for first, last in ranges:
        pieces = ((first, min(last, start)), (max(first, end), last))
        yield from (piece for piece in pieces if piece[0] < piece[1])
