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
    name: str, path: str, max_line: int, progress: Callable[[int], object] | None = None
) -> Iterator[Block]:
    """Iterate over the blocks of a file (plain, archive or `STDIN`); raise `ExporterError`.

    `progress` is called with the bytes on disk that each step read.
    """
    framer = Framer(max_line)
    try:
        for chunk in _stdin() if path == STDIN else _chunks(path, progress or _ignore):
            yield _block(name, path, framer.feed(chunk), len(chunk))
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error
    yield _block(name, path, framer.flush(), 0)


def _block(name: str, path: str, found: Lines, size: int) -> Block:
    return Block(name, path, found.text, found.too_long, found.utf8, size, None)


def _ignore(_size: int) -> None:
    pass


def _chunks(path: str, progress: Callable[[int], object]) -> Iterator[bytes]:
    content = Content(path)
    seen = 0
    try:
        while chunk := content.read(_CHUNK):
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
