"""Read the first lines of a file; every attempt reads them again."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import ExporterError
from ..sources import STDIN, Block, read_file
from ..sources.content import READ_ERRORS, Content, reason_of
from ..wrappers.rows import HEAD_BYTES

MAX_LINES = 100
_MAX_BYTES = 1 << 20


def first_blocks(name: str, path: str, max_line: int, wrapper: str) -> Iterator[Block]:
    """Yield the first lines of a file, as a source of this name reads them."""
    left = MAX_LINES
    for block in read_file(name, path, max_line, wrapper=wrapper):
        lines = len(block.lines)
        if lines > left:
            yield block.cut(left)[0]
            return
        yield block
        left -= lines


def first_bytes(path: str) -> bytes:
    """Return the beginning of a file; raises `ExporterError`."""
    try:
        content = Content(path)
        try:
            return content.first_bytes(HEAD_BYTES)
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


@contextmanager
def as_file(path: str) -> Iterator[str]:
    """Yield a file's path; for standard input that of a file with its first lines."""
    if path != STDIN:
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="zenmux-try-") as file:
        size = 0
        while size < _MAX_BYTES and (chunk := os.read(sys.stdin.fileno(), 1 << 16)):
            size += file.write(chunk)
        file.flush()
        yield file.name
