"""Read a file between two offsets, as `reconcile` does."""

from collections.abc import Generator
from dataclasses import replace

from ..errors import ExporterError
from .content import READ_ERRORS, Content, reason_of
from .framing import Framer
from .model import BLOCK_BYTES, Block


def read_range(
    name: str, path: str, start: int, end: int, max_line: int, *, ends: bool
) -> Generator[Block, None, int]:
    """Yield the blocks of a file, plain or gzip, between two offsets of its decompressed content.

    `ends`: the content ends there. Returns the offset reached, which is less than `end` if the file
    is shorter. Raises `ExporterError` if the file can't be read.
    """
    try:
        content = Content(path)
        try:
            content.seek(start)
            blocks = _blocks(name, path, content, end, Framer(max_line), ends=ends)
            return (yield from blocks)
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def _blocks(
    name: str, path: str, content: Content, end: int, framer: Framer, *, ends: bool
) -> Generator[Block, None, int]:
    while content.offset < end:
        before = content.progress
        start = content.offset - framer.pending_bytes
        chunk = content.read(min(BLOCK_BYTES, end - content.offset))
        if chunk:
            yield Block.of(name, path, framer.feed(chunk), len(chunk), None, start)
        elif content.progress == before:
            # Part of a line is no line: the exporter has counted the whole one.
            return content.offset
    start = content.offset - framer.pending_bytes
    yield replace(Block.of(name, path, framer.flush(), 0, None, start), ends=ends)
    return end
