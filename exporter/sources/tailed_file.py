"""One followed file: its content, how far it was read, and its next block."""

from dataclasses import replace

from ..positions import Position
from .archive_kinds import ArchiveError
from .content import Content, reason_of
from .cutters import CutRules
from .framing import NONE, Lines
from .identity import Identity
from .lifecycle import Lifecycle, Replaced
from .line_reader import LineReader
from .model import Block, FileStatus, state_of
from .names import Names
from .sightings import Sightings


class TailedFile:
    """A file's content, followed through renames and copies, open or closed.

    `life` is its state; module `lifecycle` lists the transitions.
    """

    def __init__(
        self, key: str, source: str, path: str, rules: CutRules, position: Position | None = None
    ) -> None:
        """Create a new file, or one that was read before a restart."""
        self.key, self.source = key, source
        self.names = Names(path, "" if position is None else position.target)
        self.identity = Identity(position)
        self.life = Lifecycle(position)
        self._reader = LineReader(rules, position)
        self._noted = position
        self.seen = Sightings()
        self._last_read, self._last_error = 0.0, ""
        self._start = self.position()
        # Files with the same beginning, which may have been read further.
        self.relatives: list[TailedFile] = []

    @property
    def offset(self) -> int:
        """How far its lines were returned to be counted."""
        return self._reader.counted

    @property
    def started(self) -> int:
        """Where its first own line begins: everything before was skipped."""
        return self._reader.started

    @property
    def content(self) -> Content | None:
        """The open file, None while it is closed."""
        return self._reader.content

    @property
    def is_alive(self) -> bool:
        """Whether it is open and has a name on disk."""
        return self.content is not None and self.content.links > 0

    def holds(self, content: Content) -> bool:
        """Return True if an open file has the content that is followed here."""
        return self.identity.is_of(content, self._reader.counted)

    def still_holds(self) -> bool:
        """Return True if the file is open and its content unchanged."""
        content = self.content
        if content is None:
            return False
        return not self.identity.contradicts(content) if content.is_archive else self.holds(content)

    def adopt(self, source: str) -> None:
        """Assign the file to another source; its unread content is checked again."""
        self.source = source
        self.seen.forget()

    def begin(self, content: Content, start: int) -> None:
        """Start with content that is new from an offset on; raise one of `READ_ERRORS`."""
        self.life.identify()
        self.identity.learn(content)
        self.identity.start_at(content, start)
        self._reader.start_at(start)
        self._start = self.position()

    def mark_rotated(self, origin: str, now: float) -> None:
        """Note that the file was rotated away from the path `origin`."""
        self.life.rotate()
        self.names.mark_rotated(origin)
        self.seen.note_activity(now)

    def mark_replaced(self) -> tuple[str, ...]:
        """Note that the file's names lead to other content now; return them."""
        followed = self.names.clear()
        self.close()
        self.identity.forget_inode()
        self.life.rotate()
        if followed:
            self.seen.take_back()
        return followed

    def attach(self, content: Content, path: str) -> None:
        """Continue in this open file at the current offset; raise one of `READ_ERRORS`."""
        self.close()
        is_at_end = self.life.is_finished and self.identity.inode == content.inode
        self.identity.move(content)
        self.names.move(path)
        self.life.find()
        self.seen.find(is_archive=content.is_archive)
        # Opened last: a damaged archive leaves this file closed, and the caller closes the archive.
        if not self.life.is_unidentified:
            self.identity.learn(content)
        self._reader.open(content, self.source, at_end=is_at_end)

    def skip_to_end(self) -> None:
        """Skip the complete lines in the file; raise one of `READ_ERRORS`."""
        try:
            if self._reader.skip_to_end():
                self.life.end()
            if self.content is not None and not self.life.is_unidentified:
                self.identity.learn(self.content)
                self.identity.skip(self.content, self.offset)
        finally:
            self._start = self.position()

    def rewind(self, committed: Position | None) -> bool:
        """Go back to the committed position, without one to the start; return whether it differs.

        Raise one of `READ_ERRORS`.
        """
        self._noted = committed
        position = committed or self._start
        place = (position.offset, position.finished)
        is_there = (self._reader.offset, self.life.is_finished) == place
        if self.life.is_unidentified or is_there:
            return False
        self.life.rewind(finished=position.finished)
        content = self._reader.rewind(position)
        self.identity.chain.rewind(position.offset)
        if content is not None:
            content.restart()
            self.attach(content, self.names.path)
        return True

    def close(self) -> None:
        """Close the file; the start of an unfinished line will be read again."""
        self._reader.close()

    def close_to_retry(self) -> None:
        """Close the file and open it again at the next poll."""
        self.close()
        self.seen.forget()

    def release(self) -> Content | None:
        """Detach and return the open file."""
        return self._reader.release()

    def note_error(self, reason: str) -> None:
        """Remember the last error; empty after a success."""
        self._last_error = reason

    def fail(self, error: OSError | ArchiveError) -> None:
        """Note a read error: retry a damaged archive once it has changed, others at each poll."""
        self.note_error(reason_of(error))
        self.close()
        if isinstance(error, OSError):
            self.seen.forget()

    @property
    def progress(self) -> tuple[int, int]:
        """A value that changes with every read that returned data, with or without lines."""
        return self._reader.progress

    @property
    def has_pending(self) -> bool:
        """Whether closing the file now would mean reading part of it again."""
        return self._reader.has_pending

    @property
    def has_more(self) -> bool:
        """Whether there is something to read, or an archive's end to note."""
        content = self.content
        if content is None:
            return False
        return content.unread_bytes > 0 or (not self.life.is_finished and content.is_complete)

    def is_due(self, now: float) -> bool:
        """Return True if there is something to read, or a last line that waited long enough."""
        may_end = self.life.is_rotated or self.seen.is_archive or self._reader.has_whole_text
        is_over = may_end and not self.life.is_finished and self.seen.is_quiet(now)
        return not self.life.is_unidentified and (self.has_more or is_over)

    def read(self, limit: int, now: float) -> Block | None:
        """Return the next block, None at the end; raise Replaced or one of `READ_ERRORS`."""
        content = self.content
        if content is None:
            return None
        before, passed = self._reader.offset, content.progress
        chunk = self._read_chunk(content, limit)
        if content.progress != passed:
            self.seen.note_activity(now)
        if chunk:
            self._last_read, self._last_error = now, ""
            self.life.grow()
            self.identity.learn(content)
            if not self._reader.is_replaying:
                self.identity.read(content, chunk)
            return self._block(self._reader.feed(chunk), before)
        if content.is_complete:
            self._reader.note_archive_size()
            return self._finish(before)
        return self._end_for_now(content, before) if self.seen.is_quiet(now) else None

    def _end_for_now(self, content: Content, before: int) -> Block | None:
        """Return the block that ends at the current offset, since nothing more comes."""
        if self.life.is_rotated:
            return self._finish(before)
        if content.is_archive:
            self.note_error("the archive is not complete")
        elif self._reader.has_whole_text:
            return self._block(self._reader.flush(), before)
        return None

    def _read_chunk(self, content: Content, limit: int) -> bytes:
        chunk = content.read(self._reader.limit(limit))
        if self.is_overwritten(content, len(chunk)):
            content.unread(len(chunk))
            raise Replaced
        return chunk

    def is_overwritten(self, content: Content, news: int = 0) -> bool:
        """Return True if the content read before the last `news` bytes was overwritten."""
        if content.is_archive:
            return False
        offset = content.offset - news
        return self._reader.is_cut(content) or self.identity.is_overwritten(content, offset, news)

    def pass_to(self, offset: int, now: float) -> Block:
        """Skip lines that are already counted; return a block without lines."""
        before = self.offset
        self.identity.start_at(self.content, offset)
        self._reader.pass_to(offset)
        self._last_read = now
        self.life.grow()
        self.seen.note_activity(now)
        self._noted = self.position()
        return Block.of(self.source, self.key, NONE, offset - before, self._noted, before)

    def _finish(self, before: int) -> Block | None:
        if self.life.is_finished:
            return None
        self.life.end()
        return self._block(self._reader.flush(), before)

    def _block(self, found: Lines, before: int) -> Block | None:
        if self._reader.offset == before and not self.life.is_finished:
            return None
        self._noted = self.position()
        return self._reader.block(found, before, self._noted)

    def note(self) -> Block | None:
        """Return a block without lines if the position has changed without any lines."""
        if self.life.is_unidentified or self.identity.fingerprint.length == 0:
            return None
        position, noted = self.position(), self._noted
        if noted is not None and (position == noted or position.offset != noted.offset):
            return None
        self._noted = position
        block = Block.of(self.source, self.key, NONE, 0, position, position.offset)
        return replace(block, lost_bytes=self.seen.take_lost())

    def position(self) -> Position:
        """Return the position up to which lines were returned."""
        device, inode = self.identity.inode
        return Position(
            key=self.key,
            source=self.source,
            path=self.names.masked_path,
            device=device,
            inode=inode,
            fingerprint=self.identity.fingerprint,
            offset=self._reader.counted,
            finished=self.life.is_finished,
            rotated=self.life.is_rotated,
            archive_size=self._reader.archive_size if self.life.is_finished else 0,
            started=self._reader.started,
            wrapper=self._reader.wrapper,
            resume=self._reader.resume,
            chain=self.identity.chain.encode(),
            target=self.names.masked_target,
        )

    def status(self) -> FileStatus:
        """Return the status for the landing page and the lag gauges."""
        path, content, ended = self.names.path, self.content, self.life.is_finished
        lag = 0 if content is None and ended else self._reader.lag(path)
        deleted = content is not None and not content.links and not self.life.is_rotated
        state, note = state_of(
            self._last_error, ended=ended, deleted=deleted, lost=self.seen.is_lost
        )
        return FileStatus(self.source, path, self.offset, lag, self._last_read, note, state)
