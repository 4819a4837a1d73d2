"""Read a content in whole lines; close and reopen it without losing the place."""

import os
from dataclasses import replace

from ..positions import Position
from .content import Content
from .framing import Framer, Lines
from .model import Block

_CHUNK = 1 << 18


class LineReader:
    """A place in a content, between two lines; `content` is None while the file is closed."""

    def __init__(self, max_line: int, position: Position | None) -> None:
        """Begin at the start, or where a read position tells."""
        self.content: Content | None = None
        self.archive_size = 0 if position is None else position.archive_size
        self.started = 0 if position is None else position.started  # the offset of the first read
        self.wrapper = "" if position is None else position.wrapper
        self._max_line = max_line
        self._offset = 0
        self._resume: int | None = None
        self._counted = 0
        if position is not None:
            self._place(position)
        self._framer = Framer(max_line)

    def _place(self, position: Position) -> None:
        self._offset = position.offset if position.resume is None else position.resume
        self._resume, self._counted = position.resume, position.offset

    @property
    def offset(self) -> int:
        """The end of the last line that was given out."""
        if self.content is None:
            return self._offset
        return self.content.offset - self._framer.pending_bytes

    @property
    def counted(self) -> int:
        """The end of the last line that counts: what stands before it is only read again."""
        return max(self.offset, self._counted)

    @property
    def resume(self) -> int | None:
        """Where reading again began, None once it has come to what counts."""
        return self._resume if self.offset < self._counted else None

    def is_cut(self, content: Content) -> bool:
        """Return whether a plain file is shorter than what was read of it."""
        return content.size < max(content.offset, self._counted)

    def limit(self, size: int) -> int:
        """Return how many bytes may be read at once: a block counts as a whole or not at all."""
        at = 0 if self.content is None else self.content.offset
        return min(size, self._counted - at) if at < self._counted else size

    @property
    def progress(self) -> tuple[int, int]:
        """Changes with every read that returned anything, lines or not."""
        return (0, 0) if self.content is None else (self.content.offset, self.content.progress)

    @property
    def has_pending(self) -> bool:
        """Whether part of a line was read: closing the file means reading it again."""
        return self._framer.pending_bytes > 0

    def open(self, content: Content, *, at_end: bool) -> None:
        """Go on in this open file; `at_end`: an archive of the known size need not be read."""
        self.close()
        if at_end and content.is_archive and self.archive_size == content.size > 0:
            content.seek_end(self._offset, self.archive_size)
        else:
            content.seek(self._offset)
        self.content = content

    def close(self) -> None:
        """Close the file."""
        content = self.release()
        if content is not None:
            content.close()

    def release(self) -> Content | None:
        """Hand over the open file."""
        self._offset = self.offset
        self._framer = Framer(self._max_line)
        content, self.content = self.content, None
        return content

    def skip_to_end(self) -> bool:
        """Pass over what the file holds, up to the end of its last complete line.

        Return whether it is a complete archive, whose last line needs no newline.
        """
        content = self.content
        if content is None:
            return False
        try:
            if content.is_archive:
                return self._skip_archive(content)
            content.seek(_end_of_lines(content))
        finally:
            # Even of a damaged archive: what stands before the damage is not read again.
            self.started = self.offset
        return False

    def _skip_archive(self, content: Content) -> bool:
        while chunk := content.read(_CHUNK):
            self._framer.feed(chunk)
        if not content.is_complete:
            return False
        self._framer.flush()
        self.note_archive_size()
        return True

    def rewind(self, position: Position) -> Content | None:
        """Go back to a position; hand over the open file, to be opened there anew."""
        content = self.release()
        self._place(position)
        self.archive_size = position.archive_size
        return content

    def lag(self, path: str) -> int:
        """Return the bytes on disk that are left to read; `path` is where a closed file stands."""
        if self.content is not None:
            return self.content.unread_bytes
        try:
            size = os.stat(path).st_size
        except OSError:
            return 0
        # Behind the end of a file that was replaced, or decompressed: how much is left is unknown.
        return size - self._offset if self._offset <= size else size

    def feed(self, chunk: bytes) -> Lines:
        """Return the lines that end in a chunk that was just read."""
        return self._framer.feed(chunk)

    def flush(self) -> Lines:
        """Return the last line if it has no newline."""
        return self._framer.flush()

    def block(self, found: Lines, before: int, position: Position) -> Block:
        """Return lines as a block; `before` is the offset at which they begin."""
        size, source, key = self.offset - before, position.source, position.key
        if before >= self._counted:
            block = Block.of(source, key, found, size, position, before)
            return replace(block, ends=position.finished)
        # It counts nothing, and the reading that comes to where it begins knows that by `resume`.
        again = replace(position, resume=self._resume)
        return replace(Block.of(source, key, found, 0, again, before), is_replayed=True)

    def note_archive_size(self) -> None:
        """The archive was read to its end: remember how large it is."""
        if self.content is not None:
            self.archive_size = self.content.size


def _end_of_lines(content: Content) -> int:
    """Return the end of a plain file's last complete line.

    A file without any is read from its start: it is one over-long line that is to be counted.
    """
    end = content.size
    while end:
        start = max(0, end - _CHUNK)
        content.seek(start)
        newline = content.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0
