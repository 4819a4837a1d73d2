"""Read a whole file to its end."""

import os
import sys
from collections.abc import Callable, Iterator

from ..errors import ExporterError
from .archives import ArchiveError
from .content import READ_ERRORS, Content, reason_of
from .framing import Framer, Lines
from .model import STDIN, Block

_CHUNK = 1 << 18


def read_file(
    name: str,
    path: str,
    max_line: int,
    progress: Callable[[int], object] | None = None,
    start: int = 0,
) -> Iterator[Block]:
    """Iterate over the blocks of a file (plain, archive or `STDIN`); raise `ExporterError`.

    `progress` is called with the bytes on disk that each step read. `start`: the offset to begin
    at, of a file.
    """
    framer = Framer(max_line)
    try:
        for chunk in _stdin() if path == STDIN else _chunks(path, start, progress or _ignore):
            yield _block(name, framer.feed(chunk), len(chunk))
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error
    yield _block(name, framer.flush(), 0)


def _block(name: str, found: Lines, size: int) -> Block:
    return Block(name, name, found.text, found.too_long, found.utf8, size, None)


def _ignore(_size: int) -> None:
    pass


def _chunks(path: str, start: int, progress: Callable[[int], object]) -> Iterator[bytes]:
    content = Content(path)
    content.seek(start)
    seen = 0
    try:
        # What stands before the start is passed over in several steps.
        while (chunk := content.read(_CHUNK)) or content.progress > seen:
            progress(content.progress - seen)
            seen = content.progress
            yield chunk
        if content.is_archive and not content.is_complete:
            raise ArchiveError("the archive is not complete")
    finally:
        content.close()


def _stdin() -> Iterator[bytes]:
    while chunk := os.read(sys.stdin.fileno(), _CHUNK):
        yield chunk
