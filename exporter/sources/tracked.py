"""One followed file: its identity, how far it has been read, and the next block of it."""

import os
import uuid
import zlib

from ..framing import Framer, Lines
from .content import HEAD_BYTES, Content, head_of
from .model import Block, FileStatus, Head, Position

# Fewer first bytes than this may be those of many files: then only the inode tells.
TELLING_BYTES = 64
_NO_HEAD = Head(0, "")
QUIET_SECONDS = 5.0


class Replaced(Exception):
    """The file no longer holds the content that was being read."""


class Tracked:
    """A file's content, followed through renames and copies; `content` is None while closed."""

    def __init__(self, source: str, path: str, max_line: int, position: Position | None) -> None:
        """A new file, or one that was read before a restart."""
        self.key = uuid.uuid4().hex if position is None else position.key
        self.source = source
        self.path = path
        self.origin = path  # its name before it was rotated away
        self.names: dict[str, int] = {}  # followed paths that lead to it, and since which poll
        self.content: Content | None = None
        self.head = _NO_HEAD if position is None else position.head
        self.identity = (0, 0) if position is None else (position.device, position.inode)
        self.finished = position is not None and position.finished
        self.rotated = position is not None and position.rotated
        self.blank = False  # too short to tell whose content it is
        self.lost = False  # found nowhere
        self.retry = False
        self.quiet_since = 0.0
        self.last_read = 0.0
        self.last_error = ""
        self.state = (-1, -1)  # size and modification time when it was looked at last
        self._packed = 0 if position is None else position.packed
        self._offset = 0 if position is None else position.offset
        self._max_line = max_line
        self._framer = Framer(max_line)
        self._noted = position

    @property
    def offset(self) -> int:
        """The end of the last line that was given out."""
        if self.content is None:
            return self._offset
        return self.content.at - self._framer.held

    @property
    def progress(self) -> tuple[int, int]:
        """Changes with every read that gave anything, lines or not."""
        return (0, 0) if self.content is None else (self.content.at, self.content.progress)

    def attach(self, content: Content, path: str) -> None:
        """Go on in this open file, at the offset reached so far; raises OSError, zlib.error."""
        self.detach()
        if self.finished and self._packed and self._packed == content.size and content.is_gzip:
            content.seek_end(self._offset, self._packed)
        else:
            content.seek(self._offset)
        self.content, self.path = content, path
        self.identity = (content.device, content.inode)
        self.lost = self.retry = False
        self._framer = Framer(self._max_line)
        self.learn_head(content)

    def skip_to_end(self) -> None:
        """Pass over what the file holds, up to the end of its last complete line."""
        content = self.content
        if content is None:
            return
        if content.is_gzip:
            self._skip_archive(content)
        else:
            content.seek(_last_newline(content))
        self.learn_head(content)

    def _skip_archive(self, content: Content) -> None:
        while chunk := content.read(1 << 18):
            self._framer.feed(chunk)
        if content.is_complete:
            self._framer.flush()
            self.finished, self._packed = True, content.size

    def detach(self) -> None:
        """Close the file; what is held of an unfinished line will be read again."""
        self._offset = self.offset
        self._framer = Framer(self._max_line)
        if self.content is not None:
            self.content.close()
            self.content = None

    def release(self) -> Content | None:
        """Give the open file away."""
        content, self.content = self.content, None
        return content

    def holds(self, content: Content) -> bool:
        """Whether this open file has the content that was followed here."""
        if self.head.length < TELLING_BYTES and self.identity != (content.device, content.inode):
            return False
        if self.head.length == 0:
            return True
        return content.matches(self.head) and (content.is_gzip or content.size >= self.offset)

    @property
    def is_alive(self) -> bool:
        """Whether the content still stands on disk under some name."""
        return self.content is not None and self.content.links > 0

    @property
    def is_within_line(self) -> bool:
        """Whether closing the file now would mean reading part of it again."""
        return self._framer.held > 0

    @property
    def has_more(self) -> bool:
        """Whether there is something to read, or an archive's end to take note of."""
        content = self.content
        if content is None:
            return False
        return content.behind > 0 or (not self.finished and content.is_complete)

    def read(self, limit: int, now: float) -> Block | None:
        """The next block, None where there is nothing; raises Replaced, OSError, zlib.error."""
        content = self.content
        if content is None:
            return None
        before, passed = self.offset, content.progress
        chunk = content.read(limit)
        if not content.is_gzip and self._is_replaced(content):
            content.back(len(chunk))
            raise Replaced
        if content.progress != passed:
            self.quiet_since = now
        if chunk:
            self.last_read = now
            self.finished = False
            self.learn_head(content)
            return self._block(self._framer.feed(chunk), before)
        if content.is_complete:
            self._packed = content.size
            return self._finish(before)
        return self._finish(before) if self.rotated and self.is_quiet(now) else None

    def is_quiet(self, now: float, seconds: float = QUIET_SECONDS) -> bool:
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

    def learn_head(self, content: Content) -> None:
        """Take the fingerprint, as long as it is short and the file is known to be itself."""
        if self.head.length < HEAD_BYTES and not self.blank:
            begin = content.begin()
            if self.head.length == 0 or head_of(begin[: self.head.length]) == self.head:
                self.head = head_of(begin) if begin else _NO_HEAD

    def _block(self, found: Lines, before: int) -> Block | None:
        size = self.offset - before
        if not size and not self.finished:
            return None
        self._noted = self.position()
        return Block(self.source, self.key, *found, size, self._noted)

    def note(self) -> Block | None:
        """A block without lines where the position has changed and no line said so."""
        if self.blank or self.head.length == 0:
            return None
        position, noted = self.position(), self._noted
        if noted is not None and (position == noted or position.offset != noted.offset):
            return None
        self._noted = position
        return Block(self.source, self.key, b"", 0, utf8=True, size=0, position=position)

    def position(self) -> Position:
        """How far the file has been given out."""
        device, inode = self.identity
        return Position(
            key=self.key,
            source=self.source,
            path=self.path,
            device=device,
            inode=inode,
            head=self.head,
            offset=self.offset,
            finished=self.finished,
            rotated=self.rotated,
            packed=self._packed if self.finished else 0,
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


def _last_newline(content: Content) -> int:
    """The end of a plain file's last complete line; an over-long rest is left to be counted."""
    end = content.size
    while end:
        start = max(0, end - (1 << 18))
        content.seek(start)
        newline = content.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def reason_of(error: OSError | zlib.error) -> str:
    """What went wrong, without paths."""
    return getattr(error, "strerror", None) or str(error)


def try_open(path: str) -> tuple[Content | None, str]:
    """The open file, or why it can't be opened."""
    try:
        return Content(path), ""
    except OSError as error:
        return None, reason_of(error)
