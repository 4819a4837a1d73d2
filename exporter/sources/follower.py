"""The follower: every byte of every file once, through rename, copy, truncation and compression.

A file is known by device and inode as long as its first bytes are the same (`Head`), and by those
first bytes alone once its inode holds something else.
"""

import os
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from .content import Content
from .discover import Paths, siblings
from .model import Block, FileStatus, Position, SourceSpec, SourceStatus, by_source
from .register import Register, is_copy
from .rotated import Newcomers, unseen_rotations
from .stdin import Stdin
from .tracked import Replaced, Tracked, try_open

_BLOCK = 1 << 18
_STDIN = "-"
_MAX_OPEN = 256


class Follower:
    """Follows all sources; one thread at a time."""

    def __init__(
        self,
        specs: Sequence[SourceSpec],
        positions: Iterable[Position],
        max_line: int,
        clock: Callable[[], float],
    ) -> None:
        """`positions`: how far files were counted before a restart."""
        self._max_line = max_line
        self._clock = clock
        self._stdin: dict[str, Stdin] = {}
        self.configure(specs)
        self._files = Register(Tracked(p.source, p.path, max_line, p) for p in positions)
        self._resumed = frozenset(file.source for file in self._files)
        self._live: dict[str, Tracked] = {}
        self._newcomers = Newcomers()
        self._errors: dict[str, FileStatus] = {}
        self._rotated: deque[Tracked] = deque()
        self._current: deque[Tracked] = deque()
        self._polled = False
        self.initial_done = False

    def configure(self, specs: Sequence[SourceSpec]) -> None:
        """Follow these sources from the next poll on; known files go on where they are."""
        self._paths = Paths(specs)
        self._sources = [spec.name for spec in specs]
        names = [spec.name for spec in specs if spec.path == _STDIN]
        self._stdin = {n: self._stdin.get(n) or Stdin(n, self._max_line) for n in names}

    def read(self, limit: int = _BLOCK) -> Block | None:
        """The next block of any file, in turns; None where all that is there has been read."""
        if not self._polled:
            self.poll()
        while self._rotated or self._current:
            file = (self._rotated or self._current).popleft()
            before = file.at
            block = self._read(file, limit)
            if file.at > before and file.has_more:
                # Rotated files are read one after the other, current ones in turns.
                if file.rotated:
                    self._rotated.appendleft(file)
                else:
                    self._current.append(file)
            if block is not None:
                return block
        block = next(filter(None, (stdin.read(limit) for stdin in self._stdin.values())), None)
        if block is None:
            self.initial_done = True
        return block

    def _read(self, file: Tracked, limit: int) -> Block | None:
        head = file.head
        try:
            block = file.read(limit, self._clock())
        except Replaced:
            self._replaced(file)
            return None
        except (OSError, zlib.error) as error:
            # Tried again once the file has changed.
            file.last_error = getattr(error, "strerror", None) or str(error)
            file.detach()
            return None
        if file.head != head:
            self._files.note(file)
        return block

    def poll(self) -> None:
        """Look at every path: what is new, has grown, was rotated or went away."""
        now = self._clock()
        paths = self._paths.expand(now)
        for spec, path in paths:
            self._visit(spec, path)
        for file in self._files:
            if file.source not in self._sources or (file.finished and not file.has_more):
                continue
            if file.content is None and not self._is_live(file):
                self._search(file)
            if file.has_more or (file.rotated and file.is_quiet(now)):
                self._enqueue(file)
        self._close_idle()
        self._polled = True

    def _is_live(self, file: Tracked) -> bool:
        return self._live.get(file.path) is file

    def _enqueue(self, file: Tracked) -> None:
        queue = self._rotated if file.rotated else self._current
        if file not in queue:
            queue.append(file)

    def _visit(self, spec: SourceSpec, path: str) -> None:
        """Compare a path with what was known of it."""
        try:
            status = os.stat(path)
        except OSError as error:
            self._gone(path)
            if not isinstance(error, FileNotFoundError) or os.path.islink(path):
                self._fail(spec, path, error.strerror or str(error))
            return
        live = self._live.get(path)
        if live is not None and live.identity == (status.st_dev, status.st_ino):
            self._visit_known(live, status)
            return
        self._gone(path)
        self._identify(spec, path, (status.st_dev, status.st_ino))

    def _visit_known(self, file: Tracked, status: os.stat_result) -> None:
        content, state = file.content, (status.st_size, status.st_mtime_ns)
        if content is None and state != file.state:
            file.state = state
            content, file.last_error = try_open(file.path)
            if content is not None:
                self._attach(file, content, file.path)
        elif content is not None:
            file.state = state
            if not content.is_gzip and status.st_size < content.at:
                self._replaced(file)

    def _gone(self, path: str) -> None:
        """The path no longer leads to the file that was followed there."""
        file = self._live.pop(path, None)
        if file is not None:
            file.rotated = True
            file.quiet_since = self._clock()

    def _fail(self, spec: SourceSpec, path: str, reason: str) -> None:
        self._errors[path] = FileStatus(spec.name, path, 0, 0, 0.0, reason)

    def _identify(self, spec: SourceSpec, path: str, identity: tuple[int, int]) -> None:
        """Find out whether a path's content is known, and follow it."""
        same = next((f for f in self._files.by_identity(identity) if f.content), None)
        if same is not None and same.content is not None and same.holds(same.content):
            if self._live.get(path) is not same:
                self._live[path] = same
                same.path = path
            return
        content, reason = try_open(path)
        if content is None:
            self._fail(spec, path, reason)
            return
        self._errors.pop(path, None)
        try:
            self._adopt(spec, path, content)
        except (OSError, zlib.error) as error:
            content.close()
            self._fail(spec, path, getattr(error, "strerror", None) or str(error))

    def _adopt(self, spec: SourceSpec, path: str, content: Content) -> None:
        """Follow an open file: as a known one, or as a new one; leave copies alone."""
        known = self._files.owner(content)
        self._files.disown(content, known)
        if known is not None and known.is_alive:
            if is_copy(known, content, path):
                content.close()
                return
            known = None
        if known is None:
            if self._newcomers.is_unsettled(path, content, self._live, self._clock()):
                content.close()
                return
            if self._resumed or self._polled:
                self._finish_history(spec, path)
            known = Tracked(spec.name, path, self._max_line, None)
            known.attach(content, path)
            self._files.add(known)
            if spec.start_at == "end" and not self._polled and spec.name not in self._resumed:
                known.skip_to_end()
        else:
            # A known file under another name was rotated there.
            known.rotated = known.path != path
            known.source = spec.name
            self._attach(known, content, path)
        self._live[path] = known
        known.quiet_since = self._clock()
        if known.has_more:
            self._enqueue(known)

    def _finish_history(self, spec: SourceSpec, path: str) -> None:
        """New content under a followed name: read what was rotated away since the last look.

        Rotations newer than the newest known one are the log's too, though nobody saw them under
        its name: it may have rotated more than once.
        """
        for file in self._files:
            if file.path == path and file.content is None and not file.finished:
                self._search(file)
        for sibling in unseen_rotations(self._files, path):
            content, _ = try_open(sibling)
            if content is not None:
                file = Tracked(spec.name, sibling, self._max_line, None)
                file.attach(content, sibling)
                file.rotated = True
                file.quiet_since = self._clock()
                self._files.add(file)
                self._enqueue(file)

    def _attach(self, file: Tracked, content: Content, path: str) -> None:
        if file.holds(content):
            try:
                file.attach(content, path)
                self._files.note(file)
            except (OSError, zlib.error) as error:
                file.last_error = getattr(error, "strerror", None) or str(error)
            return
        content.close()
        self._replaced(file)

    def _replaced(self, file: Tracked) -> None:
        """The file was truncated or overwritten: finish its content in a copy, begin anew."""
        path = file.path
        file.detach()
        file.identity = (0, 0)
        file.rotated = True
        if self._live.get(path) is file:
            del self._live[path]
        self._search(file)
        spec = SourceSpec(file.source, path)
        try:
            status = os.stat(path)
        except OSError:
            return
        self._identify(spec, path, (status.st_dev, status.st_ino))

    def _search(self, file: Tracked) -> None:
        """Look for the content of a file beside the place where it was."""
        if file.head.length == 0:
            file.finished = True
            return
        for path in siblings(file.path):
            content, _ = try_open(path)
            if content is None:
                continue
            owner = self._live.get(path)
            if (owner is None or owner is file) and self._owns(file, content):
                self._attach(file, content, path)
                file.rotated = True
                file.quiet_since = self._clock()
                self._enqueue(file)
                return
            content.close()
        # Nowhere now; a copy that a pattern brings later is still recognised.
        file.finished = True

    def _owns(self, file: Tracked, content: Content) -> bool:
        try:
            return file.holds(content) and self._files.owner(content) is file
        except (OSError, zlib.error):
            return False

    def _close_idle(self) -> None:
        """Keep few files open: finished ones need none, and idle ones can be opened again."""
        opened = [file for file in self._files if file.content is not None]
        for file in opened:
            if file.finished and not self._is_live(file) and not file.has_more:
                file.detach()
        idle = [f for f in opened if f.content is not None and not f.has_more and not f.rotated]
        idle.sort(key=lambda file: file.last_read)
        for file in idle[: max(0, len(opened) - _MAX_OPEN)]:
            file.detach()

    def status(self) -> tuple[FileStatus, ...]:
        """Every file that is followed or can't be read."""
        files = [file.status() for file in self._files if not file.finished or self._is_live(file)]
        return (*files, *self._errors.values())

    def source_status(self, files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
        """The files' statuses by source."""
        return by_source(self._sources, files)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.detach()
