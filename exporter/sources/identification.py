"""Find out whose content a path leads to: a known file's, a copy's, or a new one's.

A file is known by device and inode as long as its first bytes are the same, and by those first
bytes alone once its inode holds something else.
"""

import os
from collections.abc import Callable, Collection

from .content import READ_ERRORS, Content, reason_of
from .copies import is_copy_of
from .file_set import FileSet
from .fingerprints import FINGERPRINT_BYTES
from .rotation import log_of
from .rotation_search import follow_rotations
from .tailed_file import QUIET_SECONDS, TailedFile


class Identifier:
    """Recognise contents."""

    def __init__(self, files: FileSet, clock: Callable[[], float]) -> None:
        """Files known from before a restart make new content a possible rotation of theirs."""
        self._files = files
        self._clock = clock
        self._skipped: Collection[str] = ()
        self._polls = 0
        self._has_history = any(True for _ in files)

    @property
    def poll(self) -> int:
        """The number of the present poll."""
        return self._polls

    def begin_poll(self, skipped: Collection[str]) -> None:
        """`skipped`: the sources of which new content is passed over."""
        self._skipped = skipped

    def end_poll(self) -> None:
        """Every path was looked at."""
        self._polls += 1
        self._has_history = True

    def link(self, path: str, file: TailedFile) -> None:
        """A followed path leads to the file, as of the present poll."""
        self._files.link(path, file, self._polls)

    def identify(self, source: str, path: str) -> TailedFile | None:
        """Follow what a path leads to; if it is a copy, return the original instead.

        Raise one of `READ_ERRORS`.
        """
        content = Content(path)
        try:
            return self._follow(source, path, content)
        except READ_ERRORS:
            content.close()
            raise

    def _follow(self, source: str, path: str, content: Content) -> TailedFile | None:
        known = self._files.index.owner(content)
        self._files.index.disown(content, known)
        if known is None or known.is_alive:
            if known is not None and is_copy_of(known, content, path):
                content.close()
                return known
            file = self._begin(source, path, content)
        else:
            file = known
            file.adopt(source)
            self._resume(file, content, path)
        self.link(path, file)
        return None

    def _begin(self, source: str, path: str, content: Content) -> TailedFile:
        """Follow new content."""
        file = self._files.new(source, path)
        if self._has_history:
            follow_rotations(self._files, source, path)
        file.note_activity(self._clock())
        is_skipped = source in self._skipped
        is_unsure = not content.first_bytes() if is_skipped else self._may_be_copy(file, content)
        if is_unsure:
            file.hold_back()
        self._files.add(file, content)
        if is_skipped:
            _skip(file)
        if file.has_more and not file.is_unidentified:
            self._files.schedule(file)
        return file

    def _may_be_copy(self, file: TailedFile, content: Content) -> bool:
        """Return whether this may become a copy of known content: empty yet, or a copy's start."""
        begin = content.first_bytes()
        if not begin:
            return True
        path = file.names.path
        if len(begin) >= FINGERPRINT_BYTES or not self._has_history or log_of(path) == path:
            return False
        now = self._clock()
        return not file.is_quiet(now) and now - content.mtime < QUIET_SECONDS

    def look_again(self, file: TailedFile) -> None:
        """See whether an unidentified file tells by now whose content it is."""
        content = file.content
        if content is None or not content.size:
            return
        content.restart()
        try:
            self._decide(file, content)
        except READ_ERRORS as error:
            file.note_error(reason_of(error))

    def _decide(self, file: TailedFile, content: Content) -> None:
        known = self._files.index.owner(content)
        is_new = known is None or (
            known.is_alive and not is_copy_of(known, content, file.names.path)
        )
        if known is not None and not is_new:
            self._merge(file, known)
            return
        if not self._may_be_copy(file, content):
            file.identify(content)
            self._files.index.update(file)
        self._files.note_change(file)

    def _merge(self, file: TailedFile, known: TailedFile) -> None:
        """Go on with a known file in place of an unidentified one that has its content."""
        followed, path = file.names.followed(), file.names.path
        content = self._files.remove(file)
        if content is None:
            return
        if known.is_alive:
            content.close()
            return
        self._resume(known, content, path)
        for name in followed:
            self.link(name, known)

    def _resume(self, known: TailedFile, content: Content, path: str) -> None:
        """Go on with a known file; under another name it was rotated there."""
        has_moved = os.path.basename(known.names.path) != os.path.basename(path)
        self._files.attach(known, content, path)
        known.note_activity(self._clock())
        if has_moved:
            self._files.mark_rotated(known, known.names.origin)
        if known.has_more:
            self._files.schedule(known)


def _skip(file: TailedFile) -> None:
    try:
        file.skip_to_end()
    except READ_ERRORS as error:
        # What stands before the damage is passed over all the same.
        file.fail(error)
