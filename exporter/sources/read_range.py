"""Read a file between two offsets, as `reconcile` does."""

from collections.abc import Generator

from ..errors import ExporterError
from .content import READ_ERRORS, Content, reason_of
from .framing import Framer
from .model import BLOCK_BYTES, Block


def read_range(
    name: str, path: str, start: int, end: int, max_line: int
) -> Generator[Block, None, int]:
    """Yield the blocks of a file, plain or gzip, between two offsets of its decompressed content.

    Returns the offset reached, which is less than `end` if the file is shorter. Raises
    `ExporterError` if the file can't be read.
    """
    try:
        content = Content(path)
        try:
            content.seek(start)
            return (yield from _blocks(name, content, end, Framer(max_line)))
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def _blocks(name: str, content: Content, end: int, framer: Framer) -> Generator[Block, None, int]:
    while content.offset < end:
        before = content.progress
        start = content.offset - framer.pending_bytes
        chunk = content.read(min(BLOCK_BYTES, end - content.offset))
        if chunk:
            yield Block.of(name, name, framer.feed(chunk), len(chunk), None, start)
        elif content.progress == before:
            # Part of a line is no line: the exporter has counted the whole one.
            return content.offset
    start = content.offset - framer.pending_bytes
    yield Block.of(name, name, framer.flush(), 0, None, start)
    return end
