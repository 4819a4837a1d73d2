"""One followed file: which content it is, how far it was read, and the next block of it."""

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

    `life` is its state: `lifecycle` lists what leads where.
    """

    def __init__(
        self, key: str, source: str, path: str, rules: CutRules, position: Position | None = None
    ) -> None:
        """Make a new file, or one that was read before a restart."""
        self.key, self.source = key, source
        self.names = Names(path, "" if position is None else position.target)
        self.identity = Identity(position)
        self.life = Lifecycle(position)
        self._reader = LineReader(rules, position)
        self._noted = position
        self.seen = Sightings()
        self._last_read, self._last_error = 0.0, ""
        self._start = self.position()
        # Files that began as this one did, and may have been read further.
        self.relatives: list[TailedFile] = []

    @property
    def offset(self) -> int:
        """How far its lines were given out, to be counted."""
        return self._reader.counted

    @property
    def started(self) -> int:
        """Where the first of its own lines begins: what stands before was passed over."""
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
        """Return whether this open file has the content that is followed here."""
        return self.identity.is_of(content, self._reader.counted)

    def still_holds(self) -> bool:
        """Return whether it is open and what it was."""
        content = self.content
        if content is None:
            return False
        return not self.identity.contradicts(content) if content.is_archive else self.holds(content)

    def adopt(self, source: str) -> None:
        """It belongs to another source now; whatever was left unread is looked at anew."""
        self.source = source
        self.seen.forget()

    def begin(self, content: Content, start: int) -> None:
        """It is new content from an offset on; raise one of `READ_ERRORS`."""
        self.life.identify()
        self.identity.learn(content)
        self.identity.start_at(content, start)
        self._reader.start_at(start)
        self._start = self.position()

    def mark_rotated(self, origin: str, now: float) -> None:
        """It was rotated away from the path `origin`."""
        self.life.rotate()
        self.names.mark_rotated(origin)
        self.seen.note_activity(now)

    def mark_replaced(self) -> tuple[str, ...]:
        """Its names lead to other content now; return them."""
        followed = self.names.clear()
        self.close()
        self.identity.forget_inode()
        self.life.rotate()
        if followed:
            self.seen.take_back()
        return followed

    def attach(self, content: Content, path: str) -> None:
        """Go on in this open file, at the offset reached so far; raise one of `READ_ERRORS`."""
        self.close()
        is_at_end = self.life.is_finished and self.identity.inode == content.inode
        self.identity.move(content)
        self.names.move(path)
        self.life.find()
        self.seen.find(is_archive=content.is_archive)
        # Last, so that a damaged archive leaves the file closed: the caller closes the archive.
        if not self.life.is_unidentified:
            self.identity.learn(content)
        self._reader.open(content, self.source, at_end=is_at_end)

    def skip_to_end(self) -> None:
        """Pass over the complete lines that it holds; raise one of `READ_ERRORS`."""
        try:
            if self._reader.skip_to_end():
                self.life.end()
            if self.content is not None and not self.life.is_unidentified:
                self.identity.learn(self.content)
                self.identity.skip(self.content, self.offset)
        finally:
            self._start = self.position()

    def rewind(self, committed: Position | None) -> bool:
        """Go back to what was committed, None for nothing; return whether that is further back.

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
        """Close the file; the beginning of an unfinished line will be read again."""
        self._reader.close()

    def close_to_retry(self) -> None:
        """Close the file and open it again at the next poll."""
        self.close()
        self.seen.forget()

    def release(self) -> Content | None:
        """Hand over the open file."""
        return self._reader.release()

    def note_error(self, reason: str) -> None:
        """Remember what went wrong last; empty once it went well."""
        self._last_error = reason

    def fail(self, error: OSError | ArchiveError) -> None:
        """Reading failed: try a damaged archive again once it has changed, else at each poll."""
        self.note_error(reason_of(error))
        self.close()
        if isinstance(error, OSError):
            self.seen.forget()

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
        return content.unread_bytes > 0 or (not self.life.is_finished and content.is_complete)

    def is_due(self, now: float) -> bool:
        """Return whether it has something to read, or a last line that waited long enough."""
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
        """Return what ends where reading stands, since nothing more comes."""
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
        """Return whether its open file is not what was read up to so many bytes before now."""
        if content.is_archive:
            return False
        offset = content.offset - news
        return self._reader.is_cut(content) or self.identity.is_overwritten(content, offset, news)

    def pass_to(self, offset: int, now: float) -> Block:
        """Pass over lines that are counted already; return a block without lines."""
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
        """Return a block without lines if the position has changed and no line told so."""
        if self.life.is_unidentified or self.identity.fingerprint.length == 0:
            return None
        position, noted = self.position(), self._noted
        if noted is not None and (position == noted or position.offset != noted.offset):
            return None
        self._noted = position
        block = Block.of(self.source, self.key, NONE, 0, position, position.offset)
        return replace(block, lost_bytes=self.seen.take_lost())

    def position(self) -> Position:
        """Return how far the file has been given out."""
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
        """Return what the page and the lag gauges show."""
        path, content, ended = self.names.path, self.content, self.life.is_finished
        lag = 0 if content is None and ended else self._reader.lag(path)
        deleted = content is not None and not content.links and not self.life.is_rotated
        state, note = state_of(
            self._last_error, ended=ended, deleted=deleted, lost=self.seen.is_lost
        )
        return FileStatus(self.source, path, self.offset, lag, self._last_read, note, state)
