"""Read a file between two offsets, as `reconcile` does."""

from collections.abc import Generator
from dataclasses import replace

from ..errors import ExporterError
from .content import READ_ERRORS, Content, reason_of
from .cutters import AUTO
from .framing import Framer, Lines
from .line_reader import framer_at, head_of
from .model import BLOCK_BYTES, Block
from .resumption import resume_at


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

    `wrapper`: what wraps its records; `ends`: nothing follows the last offset. Returns the offset
    reached, which is less than `end` if the file is shorter. Raises `ExporterError` if the file
    can't be read.
    """
    try:
        content = Content(path)
        try:
            framer, at = place(content, start, max_line, wrapper)
            head = head_of(content, wrapper)
            while content.offset < end:
                before = content.progress
                size = limit(content, start, min(BLOCK_BYTES, end - content.offset))
                chunk = content.read(size)
                if not chunk and content.progress == before:
                    return content.offset
                found = feed(framer, chunk, is_at_start=content.offset == start)
                yield block_of(name, path, found, at, start, framer, head=head)
                at += found.size
            # An unterminated line counts only if the exporter has counted it as the last one.
            yield block_of(name, path, framer.flush(), at, start, framer, ends=ends, head=head)
            return end
        finally:
            content.close()
    except READ_ERRORS as error:
        raise ExporterError(f"{path}: cannot be read: {reason_of(error)}") from error


def place(content: Content, start: int, max_line: int, wrapper: str) -> tuple[Framer, int]:
    """Seek to where reading must begin to count from `start`; return the framer and the offset."""
    at = resume_at(content, start, wrapper, max_line)
    content.seek(at)
    return framer_at(content, at, max_line, wrapper), at


def limit(content: Content, start: int, size: int) -> int:
    """Return how much to read, so that no block spans `start`."""
    return min(size, start - content.offset) if content.offset < start else size


def feed(framer: Framer, chunk: bytes, *, is_at_start: bool) -> Lines:
    """Return the lines that end in a chunk; NULs before `start` need not wait."""
    found = framer.feed(chunk)
    return found.then(framer.flush()) if is_at_start and framer.waiting_nuls else found


def block_of(
    name: str,
    path: str,
    found: Lines,
    at: int,
    start: int,
    framer: Framer,
    *,
    ends: bool = False,
    head: bytes = b"",
) -> Block:
    """Return a block of lines at an offset; lines that end before `start` are replayed."""
    end = at + found.size
    if at < start and end <= start:
        replayed = Block.of(name, path, found, 0, None, at, wrapper=framer.wrapper)
        return replace(replayed, is_replayed=True, head=head)
    size = end - max(at, start)
    block = Block.of(name, path, found, size, None, at, ends=ends, wrapper=framer.wrapper)
    return replace(block, head=head) if head else block
