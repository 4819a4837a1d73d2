"""Watch paths: notice new files, rotations, truncations and files that disappeared."""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from .archive_kinds import ArchiveError
from .content import READ_ERRORS, Content, reason_of, try_open
from .file_set import FileSet
from .identification import Identifier
from .losses import Losses
from .matching import is_copy_still
from .model import FileState, FileStatus, SourceSpec
from .rotation_search import find_rotated
from .tailed_file import TailedFile

_Seen = tuple[int, ...]  # device, inode, size and modification time of a path


class PathWatcher:
    """Watcher that keeps the file set in sync with the paths."""

    def __init__(self, files: FileSet, clock: Callable[[], float]) -> None:
        """Start without looking at any path."""
        self._files = files
        self._clock = clock
        self._identifier = Identifier(files, clock)
        self._losses = Losses(files, clock)
        self._sources: Collection[str] = ()
        self._errors: dict[str, FileStatus] = {}
        self._copies: dict[str, _Copy] = {}

    def configure(self, sources: Collection[str]) -> None:
        """Watch only files of these sources."""
        self._sources = frozenset(sources)

    def errors(self) -> tuple[FileStatus, ...]:
        """Return the statuses of paths that can't be read, and of copies."""
        copies = (
            FileStatus(copy.source, path, 0, 0, 0.0, copy.reason, FileState.copy)
            for path, copy in self._copies.items()
        )
        return (*self._errors.values(), *copies)

    @property
    def originals(self) -> frozenset[TailedFile]:
        """The originals of the known copies."""
        return frozenset(copy.original for copy in self._copies.values())

    def poll(self, paths: Mapping[str, SourceSpec], skipped: Collection[str]) -> None:
        """Check every path and every file.

        `skipped`: the sources whose new content is skipped.
        """
        self._identifier.begin_poll(skipped)
        for path, spec in paths.items():
            self._visit(spec.name, path)
        followed = [file for file in self._files if file.source in self._sources]
        for file in followed:
            if not file.life.is_missing:
                self._check(file)
        self._losses.poll(
            [file for file in followed if file.life.is_missing and not file.life.is_finished]
        )
        self._files.close_finished()
        self._identifier.end_poll()

    def forget_all_but(self, paths: Collection[str]) -> None:
        """Drop paths that no pattern matches any more."""
        for path in self._files.paths():
            if path in paths:
                continue
            if os.path.exists(path):
                file = self._files.unlink(path)
                if file is not None and not file.names:
                    file.close()
            else:
                self._unlink(path)
        for path in [path for path in self._errors if path not in paths]:
            del self._errors[path]
        for path in [path for path in self._copies if path not in paths]:
            del self._copies[path]

    def look_at_waiting(self) -> None:
        """Continue with files that waited for others to be read."""
        self._identifier.look_at_waiting()

    def ensure_open(self, file: TailedFile) -> bool:
        """Open a file for reading; return True if it can be read."""
        if file.content is None:
            self._open(file)
        if file.content is not None:
            self._files.use(file)
            if file.life.is_unidentified:
                self._identifier.look_again(file)
        return file.content is not None and not file.life.is_unidentified

    def _open(self, file: TailedFile) -> None:
        path = file.names.path
        content, reason = try_open(path)
        file.note_error(reason)
        if content is None:
            file.close_to_retry()
        elif not self._files.attach(file, content, path):
            self.mark_replaced(file)

    def mark_replaced(self, file: TailedFile) -> None:
        """Finish a truncated or overwritten file's old content from a copy, and follow the new."""
        followed = self._files.mark_replaced(file)
        find_rotated(self._files, file)
        for path in followed:
            try:
                status = os.stat(path)
            except OSError:
                continue
            self._identify(file.source, path, status)

    def _visit(self, source: str, path: str) -> None:
        """Compare a path with its last known state."""
        try:
            status = os.stat(path)
        except OSError as error:
            self._unlink(path)
            self._errors.pop(path, None)
            if not isinstance(error, FileNotFoundError) or os.path.islink(path):
                self._fail(source, path, error)
            return
        file = self._files.at(path)
        if file is None or file.identity.inode != (status.st_dev, status.st_ino):
            self._unlink(path)
            if not self._is_known_copy(path, status):
                self._identify(source, path, status)
            return
        if file.source not in self._sources:
            file.adopt(source)
        self._visit_known(file, status)

    def _visit_known(self, file: TailedFile, status: os.stat_result) -> None:
        """Check a path that leads to the same file as before."""
        if not file.seen.look(status) and (file.content is None or not file.content.is_stale):
            return
        if file.life.is_unidentified:
            file.seen.note_activity(self._clock())
        if file.content is None:
            self._files.schedule(file)
        elif file.content.is_stale:
            file.close_to_retry()
        elif not file.life.is_unidentified and _is_overwritten(file, file.content, status.st_size):
            self.mark_replaced(file)

    def _check(self, file: TailedFile) -> None:
        """Queue a file if it has something to read."""
        if file.life.is_unidentified:
            self._identifier.look_again(file)
        elif file.content is None and not file.names and not file.life.is_finished:
            find_rotated(self._files, file)
        if file.is_due(self._clock()):
            self._files.schedule(file)

    def _unlink(self, path: str) -> None:
        """Note that a path no longer leads to the file that was followed there."""
        file = self._files.unlink(path)
        if file is None:
            return
        if file.names.fall_back(self._identifier.poll):
            self._files.note_change(file)
        else:
            self._files.mark_rotated(file, path)

    def _identify(self, source: str, path: str, status: os.stat_result) -> None:
        """Identify the content of a path, and follow it."""
        try:
            if self._link_second_name(path, status):
                return
            original = self._identifier.identify(source, path)
        except READ_ERRORS as error:
            self._fail(source, path, error, status.st_size)
            return
        if original is not None:
            self._copies[path] = _Copy(source, _seen(status), original, _life(original))
        else:
            self._errors.pop(path, None)
            self._copies.pop(path, None)
        file = self._files.at(path)
        if file is not None:
            file.seen.look(status)

    def _link_second_name(self, path: str, status: os.stat_result) -> bool:
        """If a path leads to an open file, add it to the file's names and return True."""
        for file in self._files.index.at_inode((status.st_dev, status.st_ino)):
            if file.still_holds():
                if self._files.at(path) is not file:
                    self._identifier.link(path, file)
                    file.names.move(path)
                    self._files.note_change(file)
                    self._errors.pop(path, None)
                    self._copies.pop(path, None)
                return True
        return False

    def _is_known_copy(self, path: str, status: os.stat_result) -> bool:
        """Return True if the path led to a copy before and still does."""
        copy, seen = self._copies.get(path), _seen(status)
        if copy is None or copy.life != _life(copy.original) or copy.seen[:2] != seen[:2]:
            return False
        if copy.seen == seen:
            return True
        self._copies[path] = replace(copy, seen=seen)
        return is_copy_still(path, copy.original, copy.seen[2])

    def _fail(self, source: str, path: str, error: OSError | ArchiveError, size: int = 0) -> None:
        state = FileState.unreadable
        self._errors[path] = FileStatus(source, path, 0, size, 0.0, reason_of(error), state)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A path with only known content: its last seen state, and its original's state then."""

    source: str
    seen: _Seen
    original: TailedFile
    life: tuple[bool, bool]

    @property
    def reason(self) -> str:
        """The reason shown in its status."""
        return f"same content as {self.original.names.path}; counted once"


def _life(file: TailedFile) -> tuple[bool, bool]:
    return file.is_alive, file.life.is_missing


def _seen(status: os.stat_result) -> _Seen:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _is_overwritten(file: TailedFile, content: Content, size: int) -> bool:
    """Return True if a changed file has other content.

    A file that has grown is checked when it is read, except for its beginning: until a rotation is
    noticed, the content that it left behind would look like another log.
    """
    if size < content.progress:
        return True
    try:
        if content.is_archive or size != content.offset:
            return file.identity.contradicts(content)
        return file.is_overwritten(content)
    except READ_ERRORS:
        return False
