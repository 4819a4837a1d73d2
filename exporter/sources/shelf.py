"""The files that are followed, and how those that were rotated away are found and let go."""

import zlib
from collections.abc import Callable, Iterable

from .content import Content
from .discover import siblings
from .handles import Handles
from .lanes import Lanes
from .model import Position
from .register import Register
from .rotated import unseen_rotations
from .tracked import Tracked, reason_of, try_open

_KEEP_DELETED_SECONDS = 60.0


class Shelf:
    """All files, those that paths lead to (`live`), and those that have something to read."""

    def __init__(
        self, positions: Iterable[Position], max_line: int, clock: Callable[[], float]
    ) -> None:
        """`positions`: how far files were counted before a restart."""
        self._max_line = max_line
        self._clock = clock
        self.files = Register(self.new(p.source, p.path, p) for p in positions)
        self.live: dict[str, Tracked] = {}
        self.lanes = Lanes()
        self.handles = Handles()
        self.touched: dict[Tracked, None] = {}  # whose position may have changed
        self._newest: dict[str, Tracked] = {}  # what was rotated away last, by its former path

    def new(self, source: str, path: str, position: Position | None = None) -> Tracked:
        """A file that is not open yet."""
        return Tracked(source, path, self._max_line, position)

    def add(self, file: Tracked, content: Content) -> None:
        """Follow new content."""
        file.attach(content, file.path)
        self.files.add(file)
        self.handles.use(file)
        self.touched[file] = None

    def attach(self, file: Tracked, content: Content, path: str) -> bool:
        """Go on with a known file; False where the open file does not hold its content."""
        try:
            if file.holds(content):
                file.attach(content, path)
                self.files.note(file)
                self.handles.use(file)
                self.touched[file] = None
                return True
        except (OSError, zlib.error) as error:
            file.last_error = reason_of(error)
        content.close()
        return False

    def retire(self, file: Tracked, origin: str) -> None:
        """The file was rotated away from the path `origin`."""
        file.rotated = True
        file.origin = origin
        file.quiet_since = self._clock()
        self._newest[origin] = file
        self.lanes.retire(file)
        self.touched[file] = None

    def search(self, file: Tracked) -> None:
        """Look for the content of a file beside the place where it was."""
        # Nowhere is for now: a copy that a pattern brings later is still recognised.
        file.lost = True
        for path in siblings(file.path) if file.head.length else ():
            content, _ = try_open(path)
            if content is None:
                continue
            if self.live.get(path, file) is not file or not self._owns(file, content):
                content.close()
            elif self.attach(file, content, path):
                self.retire(file, file.origin)
                self.lanes.add(file)
                return

    def _owns(self, file: Tracked, content: Content) -> bool:
        try:
            return file.holds(content) and self.files.owner(content) is file
        except (OSError, zlib.error):
            return False

    def finish_history(self, source: str, path: str) -> None:
        """New content under a followed name: read what was rotated away since the last look.

        Rotations newer than the newest known one are the log's too, though nobody saw them under
        its name: it may have rotated more than once.
        """
        for file in self.files:
            if file.path == path and file.content is None and not file.finished:
                self.search(file)
        for sibling in unseen_rotations(self.files, path):
            content, _ = (None, "") if sibling in self.live else try_open(sibling)
            if content is not None:
                file = self.new(source, sibling)
                self.add(file, content)
                self.retire(file, path)
                self.lanes.add(file)

    def let_go(self) -> None:
        """Close rotated files that are finished.

        Of each path the newest is kept for a writer that still holds it, unless it is deleted.
        """
        now, newest = self._clock(), set(self._newest.values())
        for file in self.handles:
            if file.finished and not file.names and not file.has_more:
                is_deleted = not file.is_alive and file.is_quiet(now, _KEEP_DELETED_SECONDS)
                if file not in newest or is_deleted:
                    file.detach()
                    self.handles.drop(file)
