"""One followed file: its identity, how far it has been read, and the next block of it."""

import os
import uuid
import zlib

from ..framing import Framer, Lines
from .content import HEAD_BYTES, Content
from .model import Block, FileStatus, Head, Position

# Fewer first bytes than this may be those of many files: then only the inode tells.
_TELLING_BYTES = 64
_NO_HEAD = Head(0, "")


class Replaced(Exception):
    """The file no longer holds the content that was being read."""


class Tracked:
    """A file's content, followed through renames and copies; `content` is None while closed."""

    def __init__(self, source: str, path: str, max_line: int, position: Position | None) -> None:
        """A new file, or one that was read before a restart."""
        self.key = uuid.uuid4().hex if position is None else position.key
        self.source = source
        self.path = path
        self.content: Content | None = None
        self.head = _NO_HEAD if position is None else position.head
        self.identity = (0, 0) if position is None else (position.device, position.inode)
        self.finished = position is not None and position.finished
        self.rotated = False
        self.quiet_since = 0.0
        self.last_read = 0.0
        self.last_error = ""
        self.state = (-1, -1)  # size and modification time when it was looked at last
        self._offset = 0 if position is None else position.offset
        self._max_line = max_line
        self._framer = Framer(max_line)

    @property
    def offset(self) -> int:
        """The end of the last line that was given out."""
        if self.content is None:
            return self._offset
        return self.content.at - self._framer.held

    @property
    def at(self) -> int:
        """The next byte to read, lines or not."""
        return self._offset if self.content is None else self.content.at

    def attach(self, content: Content, path: str) -> None:
        """Go on in this open file, at the offset reached so far; raises OSError, zlib.error."""
        self.detach()
        content.seek(self._offset)
        self.content, self.path = content, path
        self.identity = (content.device, content.inode)
        self._framer = Framer(self._max_line)
        self._grow_head(content)

    def skip_to_end(self) -> None:
        """Pass over what the file holds, up to the end of its last complete line."""
        content = self.content
        if content is None:
            return
        if content.is_gzip:
            self.finished = True
            return
        tail = max(0, content.size - self._max_line)
        content.seek(tail)
        newline = content.read(self._max_line).rfind(b"\n")
        content.seek(tail + newline + 1 if newline >= 0 else content.at)
        self._offset = content.at

    def detach(self) -> None:
        """Close the file; what is held of an unfinished line will be read again."""
        self._offset = self.offset
        if self.content is not None:
            self.content.close()
            self.content = None

    def holds(self, content: Content) -> bool:
        """Whether this open file has the content that was followed here."""
        if self.head.length < _TELLING_BYTES and self.identity != (content.device, content.inode):
            return False
        if self.head.length == 0:
            return True
        return content.matches(self.head) and (content.is_gzip or content.size >= self.offset)

    @property
    def is_alive(self) -> bool:
        """Whether the content still stands on disk under some name."""
        return self.content is not None and self.content.links > 0

    @property
    def has_more(self) -> bool:
        """Whether there is something to read."""
        return self.content is not None and self.content.behind > 0

    def read(self, limit: int, now: float) -> Block | None:
        """The next block, None where there is nothing; raises Replaced, OSError, zlib.error."""
        content = self.content
        if content is None:
            return None
        before = self.offset
        chunk = content.read(limit)
        if not content.is_gzip and self._is_replaced(content):
            content.at -= len(chunk)
            raise Replaced
        if chunk:
            self.quiet_since = self.last_read = now
            self.finished = False
            self._grow_head(content)
            return self._block(self._framer.feed(chunk), before)
        if content.is_complete or (self.rotated and self.is_quiet(now)):
            return self._finish(before)
        return None

    def is_quiet(self, now: float, seconds: float = 5.0) -> bool:
        """Whether nothing has come for so long that the last line counts as complete."""
        return now - self.quiet_since >= seconds

    def _finish(self, before: int) -> Block | None:
        if self.finished:
            return None
        self.finished = True
        return self._block(self._framer.flush(), before)

    def _is_replaced(self, content: Content) -> bool:
        return content.size < content.at or (
            self.head.length > 0 and not content.matches(self.head)
        )

    def _grow_head(self, content: Content) -> None:
        if self.head.length < HEAD_BYTES and content.at > self.head.length:
            self.head = content.head(min(HEAD_BYTES, content.at))

    def _block(self, found: Lines, before: int) -> Block | None:
        size = self.offset - before
        if not size and not self.finished:
            return None
        lines, too_long, utf8 = found
        return Block(self.source, self.key, lines, too_long, utf8, size, self.position())

    def position(self) -> Position:
        """How far the file has been given out."""
        return Position(
            self.key, self.source, self.path, *self.identity, self.head, self.offset, self.finished
        )

    def status(self) -> FileStatus:
        """For the landing page and the lag gauges."""
        lag = 0
        if self.content is not None:
            lag = self.content.behind
        elif not self.finished:
            try:
                lag = max(0, os.stat(self.path).st_size - self._offset)
            except OSError:
                lag = 0
        error = self.last_error
        if self.content is not None and not self.content.links and not self.rotated:
            error = "the file is deleted but still mounted: mount its directory instead"
        return FileStatus(self.source, self.path, self.offset, lag, self.last_read, error)


def try_open(path: str) -> tuple[Content | None, str]:
    """The open file, or why it can't be opened."""
    try:
        return Content(path), ""
    except OSError as error:
        return None, error.strerror or str(error)
    except zlib.error as error:
        return None, str(error)
