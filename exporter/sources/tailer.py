"""Tail files: return every byte of every file once, in blocks of lines with positions."""

import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from ..positions import Position
from .content import READ_ERRORS, reason_of
from .file_set import FileSet
from .gone_files import GoneFiles
from .lifecycle import Replaced
from .model import Block, FileStatus, SourceSpec
from .path_watcher import PathWatcher
from .paths import Paths
from .read_scheduler import ReadScheduler
from .relatives import limited, pass_known
from .start_marks import StartMarks, mark_of, without_marks
from .tailed_file import TailedFile


class Tailer:
    """Tailer of the files of all sources, used by one thread at a time."""

    def __init__(
        self,
        positions: Iterable[Position],
        max_line: int,
        clock: Callable[[], float],
        max_files: int = sys.maxsize,
    ) -> None:
        """`positions`: how far files were counted before a restart."""
        known = tuple(positions)
        self._max_files = max_files
        self._clock = clock
        self._marks = StartMarks(known)
        self._scheduler = ReadScheduler()
        self._files = FileSet(without_marks(known), self._scheduler, max_line, clock)
        self._watcher = PathWatcher(self._files, clock)
        self._notes: deque[TailedFile | SourceSpec] = deque()
        self._gone = GoneFiles(self._files)
        self._forgotten: tuple[str, ...] = ()
        self._polled = False
        self.configure(())

    def configure(self, specs: Sequence[SourceSpec]) -> None:
        """Follow these sources from the next poll on; known files continue where they are."""
        self._specs = tuple(specs)
        self._paths = Paths(specs, self._max_files)
        self._sources: Collection[str] = frozenset(spec.name for spec in specs)
        self._watcher.configure(self._sources)
        self._files.configure({spec.name: spec.wrapper for spec in specs})

    def poll(self) -> None:
        """Check every path for files that are new, have grown, were rotated or disappeared."""
        unstarted = self._marks.unstarted(self._specs)
        if self._paths.expand(self._clock()):
            self._watcher.forget_all_but(self._paths.found)
        self._watcher.poll(self._paths.found, {spec.name for spec in unstarted})
        # Marks come last: once one is stored, no existing file may look new.
        self._notes.extend((*self._files.take_changed(), *unstarted))
        self._marks.add(unstarted)
        noted = (one for one in self._notes if isinstance(one, TailedFile))
        self._forgotten += self._gone.poll({*self._watcher.originals, *noted})
        self._polled = True

    def take_forgotten(self) -> tuple[str, ...]:
        """Return the keys of the positions that were forgotten since the last call."""
        forgotten, self._forgotten = self._forgotten, ()
        return forgotten

    def read(self, limit: int) -> Block | None:
        """Return the next block of any file, in turns; None if everything has been read."""
        if not self._polled:
            self.poll()
        return self._next_note() or self._read_files(limit)

    def _next_note(self) -> Block | None:
        """Return a block for a position that changed without lines."""
        while self._notes:
            changed = self._notes.popleft()
            block = changed.note() if isinstance(changed, TailedFile) else mark_of(changed)
            if block is not None and block.source in self._sources:
                return block
        return None

    def _read_files(self, limit: int) -> Block | None:
        while (file := self._next_file()) is not None:
            if file.source not in self._sources or not self._watcher.ensure_open(file):
                continue
            before = file.progress
            block = self._read_file(file, limit)
            if file.progress != before and file.has_more:
                self._scheduler.add(file)
            if block is not None:
                return block
        return None

    def _next_file(self) -> TailedFile | None:
        file = self._scheduler.take()
        if file is None:
            self._watcher.look_at_waiting()
            file = self._scheduler.take()
        return file

    def _read_file(self, file: TailedFile, limit: int) -> Block | None:
        known, now = (file.identity.fingerprint, file.identity.heads), self._clock()
        try:
            block = pass_known(file, now) if file.relatives else None
            block = block or file.read(limited(file, limit), now)
        except Replaced:
            self._watcher.mark_replaced(file)
            return None
        except READ_ERRORS as error:
            file.fail(error)
            return None
        if (file.identity.fingerprint, file.identity.heads) != known:
            self._files.index.update(file)
        if block is None and file.life.is_finished:
            self._files.note_change(file)
        return block

    def rewind(self, committed: Mapping[str, Position]) -> None:
        """Return everything after these positions (by key) again; files stay open."""
        self._notes.clear()
        for file in self._files:
            try:
                if file.rewind(committed.get(file.key)):
                    self._scheduler.add(file)
            except READ_ERRORS as error:
                file.note_error(reason_of(error))
                file.close_to_retry()
            self._files.note_change(file)
        self._marks.rewind(committed)
        # Existing content is known by now, so this skips nothing.
        unstarted = self._marks.unstarted(self._specs)
        self._notes.extend((*self._files.take_changed(), *unstarted))
        self._marks.add(unstarted)

    def status(self) -> tuple[FileStatus, ...]:
        """Return the status of every file that is followed or can't be read."""
        files = [
            file.status()
            for file in self._files
            if file.names
            or file.seen.is_lost
            or not (file.life.is_finished or file.life.is_missing)
        ]
        # A path may lead to a file since it was looked up.
        troubles = (one for one in self._paths.troubles if self._files.at(one.path) is None)
        return (*files, *self._watcher.errors(), *troubles)

    def close(self) -> None:
        """Close all files."""
        for file in self._files:
            file.close()
