"""Read a whole file to its end."""

import os
import sys
from collections.abc import Callable, Iterator

from ..errors import ExporterError
from .archive_kinds import ArchiveError
from .content import READ_ERRORS, Content, reason_of
from .cutters import AUTO, make_framer
from .framing import Framer, Lines
from .heads import refuse_utf16
from .model import STDIN, Block

_CHUNK = 1 << 18


def read_file(
    name: str,
    path: str,
    max_line: int,
    progress: Callable[[int], object] | None = None,
    wrapper: str = AUTO,
) -> Iterator[Block]:
    """Iterate over the blocks of a file (plain, archive or `STDIN`); raise `ExporterError`.

    `progress` is called with the bytes on disk that each step read. `wrapper`: what is around the
    records.
    """
    framer = make_framer(max_line, wrapper)
    steps = _stdin(framer) if path == STDIN else _file(path, framer, progress or _ignore)
    start = 0
    try:
        for found, ends in steps:
            size = found.size
            yield Block.of(name, path, found, size, None, start, ends=ends, wrapper=framer.wrapper)
            start += size
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def _ignore(_size: int) -> None:
    pass


def _file(
    path: str, framer: Framer, progress: Callable[[int], object]
) -> Iterator[tuple[Lines, bool]]:
    """Yield the lines of each step, and whether it is the last one."""
    content = Content(path)
    seen = 0
    try:
        while chunk := content.read(_CHUNK):
            progress(content.progress - seen)
            seen = content.progress
            found = framer.feed(chunk)
            if framer.waiting_nuls:
                framer.feed_nuls(content.pass_nuls())
            yield found, False
        if content.is_archive and not content.is_complete:
            raise ArchiveError("the archive is not complete")
        yield framer.flush(), True
    finally:
        content.close()


def _stdin(framer: Framer) -> Iterator[tuple[Lines, bool]]:
    is_first = True
    while chunk := os.read(sys.stdin.fileno(), _CHUNK):
        if is_first:
            refuse_utf16(chunk)
        is_first = False
        yield framer.feed(chunk), False
    yield framer.flush(), True
