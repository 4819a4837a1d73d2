"""Identify the content of a path: that of a known file, a copy, or a new file.

A file is identified by device and inode while the content read so far is unchanged, and by its
content alone once the inode has something else. A file that begins like a known one is read from
where they differ.
"""

import os
from collections.abc import Callable, Collection

from .content import READ_ERRORS, Content, reason_of
from .file_set import FileSet
from .line_reader import ends_whole
from .matching import Match
from .rotation_search import follow_rotations
from .sightings import QUIET_SECONDS
from .tailed_file import TailedFile

_PATIENCE_SECONDS = 60.0


class Identifier:
    """Identifier of the contents of paths."""

    def __init__(self, files: FileSet, clock: Callable[[], float]) -> None:
        """Use the followed files; with any from before a restart, logs may have rotated since."""
        self._files = files
        self._clock = clock
        self._skipped: Collection[str] = ()
        self._polls = 0
        self._has_history = any(True for _ in files)
        self._waiting: dict[TailedFile, None] = {}

    @property
    def poll(self) -> int:
        """The number of the current poll."""
        return self._polls

    def begin_poll(self, skipped: Collection[str]) -> None:
        """Begin a poll; `skipped`: the sources whose new content is skipped."""
        self._skipped = skipped

    def end_poll(self) -> None:
        """Note that every path was visited."""
        self._polls += 1
        self._has_history = True

    def link(self, path: str, file: TailedFile) -> None:
        """Note that a followed path leads to the file as of the current poll."""
        self._files.link(path, file, self._polls)

    def identify(self, source: str, path: str) -> TailedFile | None:
        """Follow the file that a path leads to; if it is a copy, return the original instead.

        Raise one of `READ_ERRORS`.
        """
        content = Content(path)
        try:
            return self._follow(source, path, content)
        except READ_ERRORS:
            content.close()
            raise

    def _follow(self, source: str, path: str, content: Content) -> TailedFile | None:
        match = self._files.index.find(content)
        self._files.index.disown(content, match.owner)
        if match.original is not None:
            content.close()
            return match.original
        if match.owner is None:
            file = self._begin(source, path, content, match)
        else:
            file = match.owner
            file.adopt(source)
            self._resume(file, content, path)
        self.link(path, file)
        return None

    def _begin(self, source: str, path: str, content: Content, match: Match) -> TailedFile:
        """Follow new content."""
        if self._has_history:
            follow_rotations(self._files, source, path)
        file = self._files.new(source, path)
        file.seen.note_activity(self._clock())
        is_skipped = source in self._skipped
        is_held = not content.first_bytes() if is_skipped else self._is_held(file, content, match)
        if is_held:
            file.life.hold()
        else:
            file.identity.heads = match.heads
        self._files.add(file, content)
        if is_skipped:
            _skip(file)
        elif not is_held:
            self._files.begin(file, content, match)
        self._schedule(file)
        return file

    def _is_held(self, file: TailedFile, content: Content, match: Match) -> bool:
        """Return True if it can't be decided yet where a file's new lines begin.

        That holds for a file without a whole line that may still get one, for a possible copy that
        is still being written, and until the file that this one continues is read up to there.
        """
        now = self._clock()
        if match.file is not None and match.file.offset < match.offset:
            self._waiting[file] = None
            return not file.seen.is_quiet(now, _PATIENCE_SECONDS)
        # An archive may pause while it is written.
        wait = _PATIENCE_SECONDS if content.is_archive else QUIET_SECONDS
        is_settled = file.seen.is_quiet(now, wait) or now - content.mtime >= wait
        if match.has_line or (content.is_archive and content.first_bytes()):
            return match.is_unsure and not is_settled
        may_begin = file.life.is_rotated or ends_whole(content, content.size)
        return not (content.size and may_begin and file.seen.is_quiet(now))

    def look_at_waiting(self) -> None:
        """Continue with files that waited for others to be read."""
        waiting, self._waiting = self._waiting, {}
        for file in waiting:
            if file.life.is_unidentified:
                self.look_again(file)
                self._schedule(file)

    def _schedule(self, file: TailedFile) -> None:
        if file.has_more and not file.life.is_unidentified:
            self._files.schedule(file)

    def look_again(self, file: TailedFile) -> None:
        """Try again to identify the content of an unidentified file."""
        content = file.content
        if content is None or not content.size:
            return
        content.restart()
        try:
            self._decide(file, content)
        except READ_ERRORS as error:
            file.note_error(reason_of(error))

    def _decide(self, file: TailedFile, content: Content) -> None:
        match = self._files.index.find(content)
        if match.original is not None or match.owner is not None:
            self._merge(file, match)
        elif not self._is_held(file, content, match):
            self._files.begin(file, content, match)
        self._files.note_change(file)

    def _merge(self, file: TailedFile, match: Match) -> None:
        """Continue a known file in place of an unidentified one that has its content."""
        followed, path = file.names.followed(), file.names.path
        content = self._files.remove(file)
        if content is None:
            return
        if match.owner is None:
            content.close()
            return
        self._resume(match.owner, content, path)
        for name in followed:
            self.link(name, match.owner)

    def _resume(self, known: TailedFile, content: Content, path: str) -> None:
        """Continue a known file; another name means that it was rotated."""
        has_moved = os.path.basename(known.names.path) != os.path.basename(path)
        self._files.attach(known, content, path)
        known.seen.note_activity(self._clock())
        if has_moved:
            self._files.mark_rotated(known, known.names.origin)
        if known.has_more:
            self._files.schedule(known)


def _skip(file: TailedFile) -> None:
    try:
        file.skip_to_end()
    except READ_ERRORS as error:
        # Content before the damage is skipped nevertheless.
        file.fail(error)
