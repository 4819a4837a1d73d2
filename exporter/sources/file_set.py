"""The followed files: their paths, the open ones, and those that have changed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from ..positions import Position
from .content import READ_ERRORS, Content, reason_of
from .cutters import CutRules
from .file_index import FileIndex
from .matching import Match
from .open_files import OpenFiles
from .read_scheduler import ReadScheduler
from .tailed_file import TailedFile

_KEEP_DELETED_SECONDS = 60.0


class FileSet:
    """All followed files."""

    def __init__(
        self,
        positions: Iterable[Position],
        scheduler: ReadScheduler,
        max_line: int,
        clock: Callable[[], float],
    ) -> None:
        """`positions`: how far files were counted before a restart."""
        self._rules = CutRules(max_line)
        self._scheduler = scheduler
        self._clock = clock
        known = sorted(positions, key=lambda position: position.key)
        self._newest = int(known[-1].key, 16) if known else 0
        self.index = FileIndex(TailedFile(p.key, p.source, p.path, self._rules, p) for p in known)
        self._open = OpenFiles()
        self._by_path: dict[str, TailedFile] = {}
        self._changed: dict[TailedFile, None] = {}
        self._last_rotated: dict[str, TailedFile] = {}  # by former path

    def configure(self, wrappers: Mapping[str, str]) -> None:
        """Set the wrapper of each source."""
        self._rules.wrappers.update(wrappers)

    def __iter__(self) -> Iterator[TailedFile]:
        """Iterate over the files in the order in which they were found."""
        return iter(self.index)

    def new(self, source: str, path: str) -> TailedFile:
        """Create a file that is not open yet, to be passed to `add`.

        Its key is greater than all earlier ones, so that unread files of a log are read in the
        order in which they were found, even after a restart.
        """
        self._newest += 1
        return TailedFile(f"{self._newest:032x}", source, path, self._rules)

    def add(self, file: TailedFile, content: Content) -> None:
        """Follow new content; raise one of `READ_ERRORS`."""
        file.attach(content, file.names.path)
        self.index.add(file)
        self._open.use(file)
        self.note_change(file)

    def begin(self, file: TailedFile, content: Content, match: Match) -> None:
        """Read a new file from where it differs from all known files."""
        file.identity.heads = match.heads
        file.begin(content, match.offset)
        for one in match.held:
            one.relatives.append(file)
        self.index.update(file)

    def attach(self, file: TailedFile, content: Content, path: str) -> bool:
        """Continue a known file; close the open file if it does not have its content."""
        try:
            if file.holds(content):
                file.attach(content, path)
                self.index.update(file)
                self._open.use(file)
                self.note_change(file)
                return True
        except READ_ERRORS as error:
            file.note_error(reason_of(error))
        content.close()
        return False

    def remove(self, file: TailedFile) -> Content | None:
        """Stop following a file that has another one's content; return its open file."""
        for path in file.names.followed():
            del self._by_path[path]
        self.index.remove(file)
        self._open.drop(file)
        return file.release()

    def forget(self, files: Collection[TailedFile]) -> None:
        """Forget closed files that no path leads to."""
        self.index.forget(files)
        for file in files:
            self._open.drop(file)
            self._changed.pop(file, None)
            file.relatives.clear()
        for file in self:
            file.relatives[:] = [one for one in file.relatives if one not in files]
        last = self._last_rotated
        self._last_rotated = {path: file for path, file in last.items() if file not in files}

    def use(self, file: TailedFile) -> None:
        """Mark a file as the most recently used open one."""
        self._open.use(file)

    def schedule(self, file: TailedFile) -> None:
        """Queue a file to be read."""
        self._scheduler.add(file)

    def mark_rotated(self, file: TailedFile, origin: str) -> None:
        """Mark a file as rotated away from the path `origin`; it is read before its successors."""
        file.mark_rotated(origin, self._clock())
        self._last_rotated[origin] = file
        self._scheduler.mark_rotated(file)
        self.note_change(file)

    def mark_replaced(self, file: TailedFile) -> tuple[str, ...]:
        """Detach a file from its paths, which have other content now; return them."""
        followed = file.mark_replaced()
        for path in followed:
            self._by_path.pop(path, None)
        return followed

    def note_change(self, file: TailedFile) -> None:
        """Remember that the position of a file may have changed."""
        self._changed[file] = None

    def take_changed(self) -> tuple[TailedFile, ...]:
        """Return the files whose position may have changed since the last call."""
        changed = tuple(self._changed)
        self._changed.clear()
        return changed

    def paths(self) -> tuple[str, ...]:
        """Return the followed paths that lead to a file."""
        return tuple(self._by_path)

    def at(self, path: str) -> TailedFile | None:
        """Return the file that a path leads to."""
        return self._by_path.get(path)

    def leads_to(self, path: str, content: Content) -> TailedFile | None:
        """Return the file that a path leads to, None unless its inode is this content's."""
        file = self.at(path)
        return file if file is not None and file.identity.inode == content.inode else None

    def link(self, path: str, file: TailedFile, poll: int) -> None:
        """Note that a followed path leads to the file."""
        self._by_path[path] = file
        file.names.add(path, poll)

    def unlink(self, path: str) -> TailedFile | None:
        """Detach a path; return the file that it led to."""
        file = self._by_path.pop(path, None)
        if file is not None:
            file.names.drop(path)
        return file

    def close_finished(self) -> None:
        """Close rotated files that are finished.

        The newest one of each path stays open, since a writer may still use it, unless it is
        deleted.
        """
        now, newest = self._clock(), set(self._last_rotated.values())
        for file in self._open:
            if file.life.is_finished and not file.names and not file.has_more:
                is_deleted = not file.is_alive and file.seen.is_quiet(now, _KEEP_DELETED_SECONDS)
                if file not in newest or is_deleted:
                    file.close()
                    self._open.drop(file)
