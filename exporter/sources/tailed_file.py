"""One followed file: which content it is, how far it was read, and the next block of it."""

import os
import uuid

from ..positions import Position
from .archive_kinds import ArchiveError
from .content import Content, reason_of
from .cutters import CutRules
from .framing import Lines
from .identity import Identity
from .lifecycle import Lifecycle, State
from .line_reader import LineReader
from .model import Block, FileStatus, state_of
from .names import Names

QUIET_SECONDS = 5.0
_NOT_LOOKED_AT = (-1, -1)
_DELETED = "the file is deleted but still mounted: mount its directory instead"

# Looked up at each poll for each file, which an enum makes slow.
_UNIDENTIFIED, _MISSING = State.UNIDENTIFIED, State.MISSING


class Replaced(Exception):
    """The file no longer holds the content that was being read."""


class TailedFile:
    """A file's content, followed through renames and copies, open or closed.

    Its state changes only by the methods below; `lifecycle` lists what leads where.
    """

    def __init__(self, source: str, path: str, rules: CutRules, position: Position | None) -> None:
        """Make a new file, or one that was read before a restart."""
        self.key = uuid.uuid4().hex if position is None else position.key
        self.source = source
        self.names = Names(path)
        self.identity = Identity(position)
        self._life = Lifecycle(position)
        self._reader = LineReader(rules, position)
        self._noted = position
        self._size_and_mtime = _NOT_LOOKED_AT
        self._quiet_since = 0.0
        self._last_read = 0.0
        self._last_error = ""
        self._start = self.position()

    @property
    def content(self) -> Content | None:
        """The open file, None while it is closed."""
        return self._reader.content

    @property
    def is_alive(self) -> bool:
        """Whether it is open and has a name on disk."""
        return self.content is not None and self.content.links > 0

    def holds(self, content: Content) -> bool:
        """Return whether this open file has the content that is followed here."""
        return self.identity.is_of(content, self._reader.counted)

    def still_holds(self) -> bool:
        """Return whether it is open and what it was."""
        return self.content is not None and self.holds(self.content)

    def adopt(self, source: str) -> None:
        """It belongs to another source now; whatever was left unread is looked at anew."""
        self.source = source
        self._size_and_mtime = _NOT_LOOKED_AT

    @property
    def is_unidentified(self) -> bool:
        """Whether it is too short to tell whose content it is."""
        return self._life.state is _UNIDENTIFIED

    @property
    def is_missing(self) -> bool:
        """Whether it was found nowhere."""
        return self._life.state is _MISSING

    @property
    def is_rotated(self) -> bool:
        """Whether it has lost its name."""
        return self._life.is_rotated

    @property
    def is_finished(self) -> bool:
        """Whether its last line was given out."""
        return self._life.is_finished

    def hold_back(self) -> None:
        """It is too short to tell whose content it is."""
        self._life.hold()

    def identify(self, content: Content) -> None:
        """It is new content; raise one of `READ_ERRORS`."""
        self._life.identify()
        self.identity.learn(content)

    def mark_rotated(self, origin: str, now: float) -> None:
        """It was rotated away from the path `origin`."""
        self._life.rotate()
        self.names.mark_rotated(origin)
        self._quiet_since = now

    def mark_replaced(self) -> tuple[str, ...]:
        """Its names lead to other content now; return them."""
        followed = self.names.followed()
        self.names.clear()
        self.close()
        self.identity.forget_inode()
        self._life.rotate()
        return followed

    def mark_missing(self) -> None:
        """Its content was found nowhere."""
        self._life.lose()

    def attach(self, content: Content, path: str) -> None:
        """Go on in this open file, at the offset reached so far; raise one of `READ_ERRORS`."""
        self.close()
        self.identity.move(content)
        self.names.move(path)
        self._life.find()
        # Last, so that a damaged archive leaves the file closed: the caller closes the archive.
        self._learn(content)
        self._reader.open(content, self.source, at_end=self.is_finished)

    def _learn(self, content: Content) -> None:
        if not self.is_unidentified:
            self.identity.learn(content)

    def skip_to_end(self) -> None:
        """Pass over the complete lines that it holds; raise one of `READ_ERRORS`."""
        try:
            if self._reader.skip_to_end():
                self._life.end()
            if self.content is not None:
                self._learn(self.content)
        finally:
            self._start = self.position()

    def rewind(self, committed: Position | None) -> bool:
        """Go back to what was committed, None for nothing; return whether that is further back.

        Raise one of `READ_ERRORS`.
        """
        self._noted = committed
        position = committed or self._start
        is_there = (self._reader.offset, self.is_finished) == (position.offset, position.finished)
        if self.is_unidentified or is_there:
            return False
        self._life.rewind(finished=position.finished)
        content = self._reader.rewind(position)
        if content is not None:
            content.restart()
            self.attach(content, self.names.path)
        return True

    def close(self) -> None:
        """Close the file; the beginning of an unfinished line will be read again."""
        self._reader.close()

    def close_to_retry(self) -> None:
        """Close the file and open it again at the next poll."""
        self.close()
        self._size_and_mtime = _NOT_LOOKED_AT

    def release(self) -> Content | None:
        """Hand over the open file."""
        return self._reader.release()

    def note_error(self, reason: str) -> None:
        """Remember what went wrong last; empty once it went well."""
        self._last_error = reason

    def fail(self, error: OSError | ArchiveError) -> None:
        """Reading failed: try a damaged archive again once it has changed, else at each poll."""
        self.note_error(reason_of(error))
        if isinstance(error, OSError):
            self.close_to_retry()
        else:
            self.close()

    def look(self, status: os.stat_result) -> bool:
        """Return whether its size or modification time has changed since the last look."""
        before = self._size_and_mtime
        self._size_and_mtime = (status.st_size, status.st_mtime_ns)
        return self._size_and_mtime != before

    @property
    def progress(self) -> tuple[int, int]:
        """Changes with every read that returned anything, lines or not."""
        return self._reader.progress

    @property
    def has_pending(self) -> bool:
        """Whether closing the file now would mean reading part of it again."""
        return self._reader.has_pending

    @property
    def has_more(self) -> bool:
        """Whether there is something to read, or an archive's end to take note of."""
        content = self.content
        if content is None:
            return False
        return content.unread_bytes > 0 or (not self.is_finished and content.is_complete)

    def is_due(self, now: float) -> bool:
        """Return whether it has something to read, or a last line that waited long enough."""
        if self.is_unidentified:
            return False
        return self.has_more or (self.is_rotated and not self.is_finished and self.is_quiet(now))

    def note_activity(self, now: float) -> None:
        """Something was written, as far as one can tell."""
        self._quiet_since = now

    def is_quiet(self, now: float, seconds: float = QUIET_SECONDS) -> bool:
        """Return whether nothing has come for so long that the last line counts as complete."""
        return now - self._quiet_since >= seconds

    def read(self, limit: int, now: float) -> Block | None:
        """Return the next block, None at the end; raise Replaced or one of `READ_ERRORS`."""
        content = self.content
        if content is None:
            return None
        before, passed = self._reader.offset, content.progress
        chunk = self._read_chunk(content, limit)
        if content.progress != passed:
            self.note_activity(now)
        if chunk:
            self._last_read = now
            self._life.grow()
            self.identity.learn(content)
            return self._block(self._reader.feed(chunk), before)
        if content.is_complete:
            self._reader.note_archive_size()
            return self._finish(before)
        return self._finish(before) if self.is_rotated and self.is_quiet(now) else None

    def _read_chunk(self, content: Content, limit: int) -> bytes:
        chunk = content.read(self._reader.limit(limit))
        if not content.is_archive and (
            self._reader.is_cut(content) or self.identity.contradicts(content)
        ):
            content.unread(len(chunk))
            raise Replaced
        return chunk

    def _finish(self, before: int) -> Block | None:
        if self.is_finished:
            return None
        self._life.end()
        return self._block(self._reader.flush(), before)

    def _block(self, found: Lines, before: int) -> Block | None:
        if self._reader.offset == before and not self.is_finished:
            return None
        self._noted = self.position()
        return self._reader.block(found, before, self._noted)

    def note(self) -> Block | None:
        """Return a block without lines if the position has changed and no line told so."""
        if self.is_unidentified or self.identity.fingerprint.length == 0:
            return None
        position, noted = self.position(), self._noted
        if noted is not None and (position == noted or position.offset != noted.offset):
            return None
        self._noted = position
        return Block(self.source, self.key, b"", 0, size=0, position=position)

    def position(self) -> Position:
        """Return how far the file has been given out."""
        device, inode = self.identity.inode
        return Position(
            key=self.key,
            source=self.source,
            path=self.names.path,
            device=device,
            inode=inode,
            fingerprint=self.identity.fingerprint,
            offset=self._reader.counted,
            finished=self.is_finished,
            rotated=self.is_rotated,
            archive_size=self._reader.archive_size if self.is_finished else 0,
            started=self._reader.started,
            wrapper=self._reader.wrapper,
            resume=self._reader.resume,
        )

    def status(self) -> FileStatus:
        """Return what the landing page and the lag gauges show."""
        path, content = self.names.path, self.content
        lag = 0 if content is None and self.is_finished else self._reader.lag(path)
        is_deleted = content is not None and not content.links and not self.is_rotated
        note = _DELETED if is_deleted else self._last_error
        state = state_of(self._last_error, is_finished=self.is_finished)
        offset, last_read = self._reader.counted, self._last_read
        return FileStatus(self.source, path, offset, lag, last_read, note, state)
