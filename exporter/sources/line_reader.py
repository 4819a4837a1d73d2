"""Read a content in whole lines; close and reopen it without losing the place."""

import os
from dataclasses import replace

from ..positions import Position
from ..wrappers.rows import CSV, HEAD_BYTES
from .content import READ_ERRORS, Content
from .cutters import AUTO, LINES, CutRules, make_framer
from .document_cutter import DOCUMENT, is_document
from .fingerprints import FINGERPRINT_BYTES
from .framing import Framer, Lines
from .model import Block
from .nuls import NUL
from .resumption import resume_at

_CHUNK = 1 << 18
_END_BYTES = 64


def framer_at(content: Content, offset: int, max_line: int, wrapper: str) -> Framer:
    """Return a framer for a content from an offset on, chosen by its first bytes."""
    if wrapper == AUTO:
        is_array = is_document(content.first_bytes())
        wrapper = AUTO if is_array is None else DOCUMENT if is_array else LINES
    return make_framer(max_line, wrapper, at_start=not offset)


def head_of(content: Content, wrapper: str) -> bytes:
    """Return the beginning of a CSV content, for its header; empty for other content."""
    return content.first_bytes(HEAD_BYTES) if wrapper == CSV else b""


def ends_whole(content: Content, offset: int) -> bool:
    """Return True if a plain file has the end of a JSON text at an offset."""
    if content.is_archive:
        return False
    return content.bytes_before(offset, _END_BYTES).rstrip().endswith((b"}", b"]"))


class LineReader:
    """A place in a content, between two lines; `content` is None while the file is closed."""

    def __init__(self, rules: CutRules, position: Position | None) -> None:
        """Start at the beginning, or at a read position."""
        self.content: Content | None = None
        self.archive_size = 0 if position is None else position.archive_size
        self.started = 0 if position is None else position.started  # the offset of the first read
        self._rules = rules
        self._wrapper = "" if position is None else position.wrapper
        self._offset = 0
        self._resume: int | None = None
        self._counted = 0
        self._is_ended = False  # whether the last counted line has no newline
        if position is not None:
            self._place(position)
        self._known = AUTO
        self._head = b""
        self._seen = self._offset  # how far a closed file was read
        self._framer = make_framer(rules.max_line)

    def _place(self, position: Position) -> None:
        self._offset = position.offset if position.resume is None else position.resume
        self._resume, self._counted = position.resume, position.offset
        self._is_ended = position.finished

    @property
    def offset(self) -> int:
        """The end of the last returned line."""
        if self.content is None:
            return self._offset
        return self.content.offset - self._framer.pending_bytes

    @property
    def counted(self) -> int:
        """The end of the last counted line: everything before it is only read again."""
        return max(self.offset, self._counted)

    @property
    def resume(self) -> int | None:
        """Where rereading began, None once it has reached uncounted lines."""
        return self._resume if self.offset < self._counted else None

    @property
    def is_replaying(self) -> bool:
        """Whether the last data read is not to be counted."""
        return self.content is not None and self.content.offset <= self._counted

    def is_cut(self, content: Content) -> bool:
        """Return True if a plain file is shorter than the part that was read."""
        return content.size < max(content.offset, self._counted)

    def limit(self, size: int) -> int:
        """Return how many bytes to read, as a block must be counted as a whole or not at all."""
        at = 0 if self.content is None else self.content.offset
        return min(size, self._counted - at) if at < self._counted else size

    @property
    def wrapper(self) -> str:
        """The wrapper that the content has shown, empty until then."""
        return self._wrapper or self._framer.wrapper

    @property
    def progress(self) -> tuple[int, int]:
        """A value that changes with every read that returned data, with or without lines."""
        return (0, 0) if self.content is None else (self.content.offset, self.content.progress)

    @property
    def has_pending(self) -> bool:
        """Whether part of a line was read, which must be read again if the file is closed."""
        return self._framer.pending_bytes > 0

    @property
    def has_whole_text(self) -> bool:
        """Whether the unfinished last line ends like a JSON text."""
        content = self.content
        if content is None or not self._framer.pending_bytes:
            return False
        return ends_whole(content, content.offset)

    @property
    def _is_document(self) -> bool:
        return self.wrapper == DOCUMENT

    def open(self, content: Content, source: str, *, at_end: bool) -> None:
        """Continue in this open file; `at_end`: an archive of the known size need not be read.

        `source`: its configured wrapper decides how the content is cut.
        """
        self.close()
        wrapper = self._rules.wrappers.get(source, AUTO)
        if wrapper != AUTO and self._wrapper not in {"", wrapper}:
            self._wrapper = ""  # the configuration has changed
        known = self._wrapper or wrapper
        self._known, self._head = known, b""
        self._framer = framer_at(content, self._offset, self._rules.max_line, known)
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
        """Detach and return the open file."""
        if self.content is not None:
            self._seen = self.content.size - self.content.unread_bytes
        self._offset, self._wrapper = self.offset, self.wrapper
        self._framer = make_framer(self._rules.max_line)
        content, self.content = self.content, None
        return content

    def start_at(self, offset: int) -> None:
        """Start counting at an offset, the end of a line; raise one of `READ_ERRORS`.

        Earlier lines are read nevertheless if a record may continue after the offset.
        """
        at, max_line = offset, self._rules.max_line
        if self.content is not None:
            at = resume_at(self.content, offset, self._known, max_line)
            self._framer = framer_at(self.content, at, max_line, self._known)
            self.content.seek(at)
        self._resume, self._counted, self._is_ended = at, offset, False
        self._offset = at
        self.started = offset

    def pass_to(self, offset: int) -> None:
        """Read on without counting up to an offset ahead, the end of a line."""
        if self.resume is None:
            self._resume = self.offset
        self._counted, self._is_ended = offset, False

    def skip_to_end(self) -> bool:
        """Skip the file's content up to the end of its last complete line.

        Return whether it is a complete archive, whose last line needs no newline.
        """
        content = self.content
        if content is None:
            return False
        try:
            if content.is_archive or self._is_document:
                return self._skip_by_reading(content)
            self.start_at(_end_of_lines(content))
        finally:
            # Even for a damaged archive: content before the damage is not read again.
            self.started = self.counted
        return False

    def _skip_by_reading(self, content: Content) -> bool:
        while chunk := content.read(_CHUNK):
            self.feed(chunk)
        if not content.is_complete:
            return False
        self._framer.flush()
        self.note_archive_size()
        return True

    def rewind(self, position: Position) -> Content | None:
        """Go back to a position; return the open file, which must be opened there again."""
        content = self.release()
        self._place(position)
        self.archive_size, self._wrapper = position.archive_size, position.wrapper
        return content

    def lag(self, path: str) -> int:
        """Return the bytes on disk that are left to count; `path`: where a closed file is.

        An unfinished first line is pending, like any other, and not left to count.
        """
        try:
            if self.content is None:
                # A file that is smaller than what was read is another one: all of it is left.
                size = os.stat(path).st_size
                return size - self._seen if self._seen <= size else size
            if not self.content.offset and _is_unfinished(self.content.first_bytes()):
                return 0
        except READ_ERRORS:
            return 0
        again = 0 if self.content.is_archive else max(0, self._counted - self.content.offset)
        return max(0, self.content.unread_bytes - again)

    def feed(self, chunk: bytes) -> Lines:
        """Return the lines that end in a chunk just read."""
        found = self._framer.feed(chunk)
        if self.content is None:
            return found
        if self.content.offset == self._counted:
            # A line that was returned before ends here again.
            is_ended = self._is_ended or self._framer.waiting_nuls
            return found.then(self._framer.flush()) if is_ended else found
        if self._framer.waiting_nuls:
            self._framer.feed_nuls(self.content.pass_nuls())
        return found

    def flush(self) -> Lines:
        """Return the last line if it has no newline."""
        return self._framer.flush()

    def block(self, found: Lines, before: int, position: Position) -> Block:
        """Return lines as a block; `before` is the offset of the first one."""
        source, key, wrapper = position.source, position.key, position.wrapper
        if before < self._counted and self.offset <= self._counted:
            # The block is not counted; `resume` in its position shows where rereading began.
            again = replace(position, resume=self._resume)
            block = Block.of(source, key, found, 0, again, before, wrapper=wrapper)
            return replace(block, is_replayed=True, head=self._read_head())
        size, ends = self.offset - max(before, self._counted), position.finished
        block = Block.of(source, key, found, size, position, before, ends=ends, wrapper=wrapper)
        return replace(block, head=self._read_head()) if self._known == CSV else block

    def _read_head(self) -> bytes:
        """Return the beginning of a CSV file; read it again while it may still grow."""
        if self.content is not None and len(self._head) < HEAD_BYTES:
            self._head = head_of(self.content, self._known)
        return self._head

    def note_archive_size(self) -> None:
        """Remember the size of an archive that was read to its end."""
        if self.content is not None:
            self.archive_size = self.content.size


def _is_unfinished(begin: bytes) -> bool:
    return len(begin) < FINGERPRINT_BYTES and b"\n" not in begin and NUL not in begin


def _end_of_lines(content: Content) -> int:
    """Return the end of a plain file's last complete line.

    Without any, the file is read from its start, to count its line that is too long.
    """
    end = content.size
    while end:
        start = max(0, end - _CHUNK)
        content.seek(start)
        data = content.read(end - start)
        line_end = max(data.rfind(b"\n"), data.rfind(NUL))
        if line_end >= 0:
            return start + line_end + 1
        end = start
    return 0
