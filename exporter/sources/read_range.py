"""Read a file between two offsets, as `reconcile` does."""

from collections.abc import Generator

from ..errors import ExporterError
from .content import READ_ERRORS, Content, reason_of
from .cutters import AUTO
from .framing import Framer
from .line_reader import framer_at
from .model import BLOCK_BYTES, Block


def read_range(
    name: str,
    path: str,
    start: int,
    end: int,
    max_line: int,
    *,
    wrapper: str = AUTO,
    ends: bool = False,
) -> Generator[Block, None, int]:
    """Yield the blocks of a file, plain or packed, between two offsets of its decompressed content.

    `wrapper`: what is around its records; `ends`: nothing follows the last offset. Returns the
    offset reached, which is less than `end` if the file is shorter. Raises `ExporterError` if the
    file can't be read.
    """
    try:
        content = Content(path)
        try:
            framer = framer_at(content, start, max_line, wrapper)
            content.seek(start)
            reached = yield from _blocks(name, path, content, end, framer)
            if reached == end:
                # Part of a line is no line, unless the exporter has counted it as the last one.
                yield _block(name, path, content, framer, ends=ends)
            return reached
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def _blocks(
    name: str, path: str, content: Content, end: int, framer: Framer
) -> Generator[Block, None, int]:
    while content.offset < end:
        before = content.progress
        chunk = content.read(min(BLOCK_BYTES, end - content.offset))
        if chunk:
            yield _block(name, path, content, framer, chunk)
        elif content.progress == before:
            return content.offset
    return end


def _block(
    name: str,
    path: str,
    content: Content,
    framer: Framer,
    chunk: bytes = b"",
    *,
    ends: bool = False,
) -> Block:
    """Return the lines that end in the chunk that was just read; without one, the last line."""
    start = content.offset - len(chunk) - framer.pending_bytes
    found = framer.feed(chunk) if chunk else framer.flush()
    return Block.of(name, path, found, found.size, None, start, ends=ends, wrapper=framer.wrapper)
