"""Read a whole file to its end."""

import os
import sys
from collections.abc import Callable, Iterator

from ..errors import ExporterError
from .archive_kinds import ArchiveError
from .content import READ_ERRORS, Content, reason_of
from .cutters import AUTO, make_framer
from .framing import Framer
from .heads import Begin, refuse_utf16
from .line_reader import head_of
from .model import STDIN, Block
from .read_range import block_of, feed, limit, place

_CHUNK = 1 << 18


def read_file(
    name: str,
    path: str,
    max_line: int,
    progress: Callable[[int], object] | None = None,
    wrapper: str = AUTO,
    start: int = 0,
) -> Iterator[Block]:
    """Iterate over the blocks of a file (plain, archive or `STDIN`); raise `ExporterError`.

    `progress` is called with the number of bytes on disk read in each step. `wrapper`: what wraps
    the records. `start`: the offset in a file to start at.
    """
    try:
        if path == STDIN:
            yield from _stdin(name, make_framer(max_line, wrapper), wrapper)
        else:
            yield from _file(name, path, max_line, progress or _ignore, wrapper, start)
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def _ignore(_size: int) -> None:
    pass


def _file(
    name: str,
    path: str,
    max_line: int,
    progress: Callable[[int], object],
    wrapper: str,
    start: int,
) -> Iterator[Block]:
    content = Content(path)
    seen = 0
    try:
        framer, at = place(content, start, max_line, wrapper)
        head = head_of(content, wrapper)
        # Content before the start is skipped in several steps.
        while (chunk := content.read(limit(content, start, _CHUNK))) or content.progress > seen:
            progress(content.progress - seen)
            seen = content.progress
            found = feed(framer, chunk, is_at_start=content.offset == start)
            if framer.waiting_nuls:
                framer.feed_nuls(content.pass_nuls())
            yield block_of(name, path, found, at, start, framer, head=head)
            at += found.size
        if content.is_archive and not content.is_complete:
            raise ArchiveError("the archive is not complete")
        yield block_of(name, path, framer.flush(), at, start, framer, ends=True, head=head)
    finally:
        content.close()


def _stdin(name: str, framer: Framer, wrapper: str) -> Iterator[Block]:
    at, begin = 0, Begin(wrapper)
    while chunk := os.read(sys.stdin.fileno(), _CHUNK):
        if not at and not framer.pending_bytes:
            refuse_utf16(chunk)
        begin.feed(chunk)
        found = framer.feed(chunk)
        yield block_of(name, STDIN, found, at, 0, framer, head=begin.head)
        at += found.size
    yield block_of(name, STDIN, framer.flush(), at, 0, framer, ends=True, head=begin.head)
