"""A whole file in, its blocks out: what `once` reads."""

import os
import sys
import zlib
from collections.abc import Callable, Iterator

from ..errors import ExporterError
from ..framing import Framer, Lines
from .content import Content
from .model import Block

_CHUNK = 1 << 18


def read_file(
    name: str, path: str, max_line: int, progress: Callable[[int], object] | None = None
) -> Iterator[Block]:
    """The blocks of a file (plain, gzip, or `-` for standard input) to its end.

    `progress` is told the bytes that each step read of the file as it stands on disk. Raises
    `ExporterError` where it can't be read.
    """
    framer = Framer(max_line)
    try:
        for chunk in _stdin() if path == "-" else _chunks(path, progress or _unheard):
            yield _block(name, framer.feed(chunk), len(chunk))
    except (OSError, zlib.error, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ExporterError(f"{path}: cannot be read: {reason}") from error
    yield _block(name, framer.flush(), 0)


def _block(name: str, found: Lines, size: int) -> Block:
    return Block(name, name, found.text, found.too_long, found.utf8, size, None)


def _unheard(_size: int) -> None:
    """Nobody asked for progress."""


def _chunks(path: str, progress: Callable[[int], object]) -> Iterator[bytes]:
    content = Content(path)
    seen = 0
    try:
        while chunk := content.read(_CHUNK):
            progress(content.progress - seen)
            seen = content.progress
            yield chunk
        if content.is_gzip and not content.is_complete:
            raise EOFError("the archive is not complete")
    finally:
        content.close()


def _stdin() -> Iterator[bytes]:
    while chunk := os.read(sys.stdin.fileno(), _CHUNK):
        yield chunk
