"""Paths in, followed files out: which content a path leads to, through every rotation.

A file is known by device and inode as long as its first bytes are the same (`Head`), and by those
first bytes alone once its inode holds something else.
"""

import os
import zlib
from collections.abc import Callable, Iterable

from .content import HEAD_BYTES, Content
from .model import FileStatus
from .register import is_copy
from .rotated import log_of
from .shelf import Shelf
from .tracked import QUIET_SECONDS, Tracked, reason_of, try_open


class Watch:
    """The files behind the paths, and those that have something to read."""

    def __init__(self, shelf: Shelf, clock: Callable[[], float]) -> None:
        """Nothing looked at yet."""
        self._shelf = shelf
        self._live = shelf.live
        self._files = shelf.files
        self._clock = clock
        self.errors: dict[str, FileStatus] = {}
        self.sources: frozenset[str] = frozenset()
        self.skipping: frozenset[str] = frozenset()  # sources whose existing content is passed over
        self._copies: dict[str, tuple[tuple[int, ...], Tracked]] = {}
        self._polls = 0
        self._has_history = any(True for _ in self._files)

    def visit(self, source: str, path: str) -> None:
        """Compare a path with what was known of it."""
        try:
            status = os.stat(path)
        except OSError as error:
            self._gone(path)
            self.errors.pop(path, None)
            if not isinstance(error, FileNotFoundError) or os.path.islink(path):
                self._fail(source, path, reason_of(error))
            return
        live = self._live.get(path)
        if live is not None and live.identity == (status.st_dev, status.st_ino):
            if live.source not in self.sources:
                live.source = source
            self._visit_known(live, status)
            return
        self._gone(path)
        seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        copy = self._copies.get(path)
        if copy is None or copy[0] != seen or not copy[1].is_alive:
            self._identify(source, path, seen)

    def sweep(self, paths: Iterable[str]) -> None:
        """Let go of what no pattern finds any more."""
        wanted = set(paths)
        for path in [path for path in self._live if path not in wanted]:
            if os.path.exists(path):
                file = self._live.pop(path)
                file.names.pop(path, None)
                if not file.names:
                    file.detach()
            else:
                self._gone(path)
        for known in (self.errors, self._copies):
            for path in [path for path in known if path not in wanted]:
                del known[path]

    def tend(self) -> None:
        """Look at every file: what has something to read, and what is over."""
        now = self._clock()
        for file in self._files:
            if file.source not in self.sources or file.lost:
                continue
            if file.blank:
                self._look_again(file)
            elif file.content is None and not file.names and not file.finished:
                self._shelf.search(file)
            is_over = file.rotated and not file.finished and file.is_quiet(now)
            if not file.blank and (file.has_more or is_over):
                self._shelf.lanes.add(file)
        self._shelf.let_go()
        self._polls += 1
        self._has_history = True

    def open(self, file: Tracked) -> bool:
        """Make sure that the file can be read; False where it can't."""
        if file.content is None:
            content, file.last_error = try_open(file.path)
            file.retry = content is None
            if content is not None and not self._shelf.attach(file, content, file.path):
                self.replaced(file)
        if file.content is not None:
            self._shelf.handles.use(file)
            if file.blank:
                self._look_again(file)
        return file.content is not None and not file.blank

    def replaced(self, file: Tracked) -> None:
        """The file was truncated or overwritten: finish its content in a copy, begin anew."""
        names = tuple(file.names)
        file.detach()
        file.identity = (0, 0)
        file.rotated = True
        for name in names:
            self._live.pop(name, None)
        file.names.clear()
        self._shelf.search(file)
        for name in names:
            try:
                status = os.stat(name)
            except OSError:
                continue
            self._identify(file.source, name, (status.st_dev, status.st_ino))

    def _visit_known(self, file: Tracked, status: os.stat_result) -> None:
        state = (status.st_size, status.st_mtime_ns)
        changed, file.state = state != file.state, state
        content = file.content
        if file.blank and changed:
            file.quiet_since = self._clock()
        if content is None:
            if changed or file.retry:
                self._shelf.lanes.add(file)
        elif content.is_stale:
            file.detach()
            file.retry = True
        elif not file.blank and changed and self._is_other(file, content, status.st_size):
            self.replaced(file)

    @staticmethod
    def _is_other(file: Tracked, content: Content, size: int) -> bool:
        """Whether the open file holds something else; plain content is checked as it is read."""
        if size < content.progress:
            return True
        try:
            return content.is_gzip and file.head.length > 0 and not content.matches(file.head)
        except (OSError, zlib.error):
            return False

    def _gone(self, path: str) -> None:
        """The path no longer leads to the file that was followed there."""
        file = self._live.pop(path, None)
        if file is None:
            return
        del file.names[path]
        # A name from an earlier poll is a second name; one found in this poll is the new one.
        if any(since < self._polls for since in file.names.values()):
            file.path = next(iter(file.names))
            self._shelf.touched[file] = None
            return
        self._shelf.retire(file, path)

    def _settle(self, path: str, file: Tracked) -> None:
        self._live[path] = file
        file.names.setdefault(path, self._polls)
        self.errors.pop(path, None)
        self._copies.pop(path, None)

    def _fail(self, source: str, path: str, reason: str) -> None:
        self.errors[path] = FileStatus(source, path, 0, 0, 0.0, reason)

    def _identify(self, source: str, path: str, seen: tuple[int, ...]) -> None:
        """Find out whether a path's content is known, and follow it."""
        for same in self._files.by_identity((seen[0], seen[1])):
            if same.content is not None and same.holds(same.content):
                if self._live.get(path) is not same:
                    self._settle(path, same)
                    same.path = path
                    self._shelf.touched[same] = None
                return
        content, reason = try_open(path)
        if content is None:
            self._fail(source, path, reason)
            return
        try:
            copied = self._adopt(source, path, content)
        except (OSError, zlib.error) as error:
            content.close()
            self._fail(source, path, reason_of(error))
            return
        if copied is not None:
            self._copies[path] = (seen, copied)

    def _adopt(self, source: str, path: str, content: Content) -> Tracked | None:
        """Follow an open file, as a known one or as a new one; the original where it is a copy."""
        known = self._files.owner(content)
        self._files.disown(content, known)
        if known is not None and known.is_alive:
            if is_copy(known, content, path):
                content.close()
                return known
            known = None
        if known is None:
            known = self._begin(source, path, content)
            if known.has_more and not known.blank:
                self._shelf.lanes.add(known)
        else:
            known.source = source
            self._take_back(known, content, path)
        self._settle(path, known)
        return None

    def _begin(self, source: str, path: str, content: Content) -> Tracked:
        """Follow new content."""
        new = self._shelf.new(source, path)
        if self._has_history:
            self._shelf.finish_history(source, path)
        new.quiet_since = self._clock()
        is_skipped = source in self.skipping
        new.blank = not content.begin() if is_skipped else self._is_unsure(new, content)
        self._shelf.add(new, content)
        if is_skipped:
            new.skip_to_end()
        return new

    def _is_unsure(self, file: Tracked, content: Content) -> bool:
        """Whether this may become a copy of known content: empty yet, or a copy's short start."""
        begin = content.begin()
        if not begin:
            return True
        if len(begin) >= HEAD_BYTES or not self._has_history or log_of(file.path) == file.path:
            return False
        now = self._clock()
        return not file.is_quiet(now) and now - content.mtime < QUIET_SECONDS

    def _look_again(self, file: Tracked) -> None:
        """See whether a file that was too short tells by now whose content it is."""
        content = file.content
        if content is None or not content.size:
            return
        content.restart()
        try:
            known = self._files.owner(content)
            if known is not None and known.is_alive and not is_copy(known, content, file.path):
                known = None
            if known is None:
                file.blank = self._is_unsure(file, content)
                file.learn_head(content)
                self._files.note(file)
                self._shelf.touched[file] = None
            else:
                self._hand_over(file, known)
        except (OSError, zlib.error) as error:
            file.last_error = reason_of(error)

    def _hand_over(self, file: Tracked, known: Tracked) -> None:
        """The content of a file that was too short to tell is that of a known one."""
        names, path = tuple(file.names), file.path
        for name in names:
            del self._live[name]
        self._files.remove(file)
        self._shelf.handles.drop(file)
        content = file.release()
        if content is None or known.is_alive:
            if content is not None:
                content.close()
            return
        self._take_back(known, content, path)
        for name in names:
            self._settle(name, known)

    def _take_back(self, known: Tracked, content: Content, path: str) -> None:
        """Go on with a known file; under another name it was rotated there."""
        moved = os.path.basename(known.path) != os.path.basename(path)
        self._shelf.attach(known, content, path)
        known.quiet_since = self._clock()
        if moved:
            self._shelf.retire(known, known.origin)
        if known.has_more:
            self._shelf.lanes.add(known)
