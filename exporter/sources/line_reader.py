"""Read a content in whole lines; close and reopen it without losing the place."""

import os

from ..positions import Position
from .content import Content
from .framing import Framer, Lines

_CHUNK = 1 << 18


class LineReader:
    """A place in a content, between two lines; `content` is None while the file is closed."""

    def __init__(self, max_line: int, position: Position | None) -> None:
        """Begin at the start, or where a read position tells."""
        self.content: Content | None = None
        self.archive_size = 0 if position is None else position.archive_size
        self.started = 0 if position is None else position.started  # the offset of the first read
        self._max_line = max_line
        self._offset = 0 if position is None else position.offset
        self._framer = Framer(max_line)

    @property
    def offset(self) -> int:
        """The end of the last line that was given out."""
        if self.content is None:
            return self._offset
        return self.content.offset - self._framer.pending_bytes

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

    def start_at(self, offset: int) -> None:
        """Begin at an offset."""
        self.pass_to(offset)
        self.started = offset

    def pass_to(self, offset: int) -> None:
        """Pass over everything up to an offset, the end of a line."""
        self._framer = Framer(self._max_line)
        self._offset = offset
        if self.content is not None:
            self.content.seek(offset)

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
        self._offset, self.archive_size = position.offset, position.archive_size
        return content

    def lag(self, path: str) -> int:
        """Return the bytes on disk that are left to read; `path` is where a closed file stands."""
        if self.content is not None:
            return self.content.unread_bytes
        try:
            return max(0, os.stat(path).st_size - self._offset)
        except OSError:
            return 0

    def feed(self, chunk: bytes) -> Lines:
        """Return the lines that end in a chunk that was just read."""
        return self._framer.feed(chunk)

    def flush(self) -> Lines:
        """Return the last line if it has no newline."""
        return self._framer.flush()

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
