"""The follower: sources in, blocks of lines with positions out; every byte of every file once."""

import zlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from .discover import Paths
from .model import Block, FileStatus, Head, Position, SourceSpec, SourceStatus, by_source
from .shelf import Shelf
from .stdin import Stdin
from .tracked import Replaced, Tracked, reason_of
from .watch import Watch

_BLOCK = 1 << 20
_STDIN = "-"
_MARK = "start:"


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
        known = tuple(positions)
        self._max_line = max_line
        self._clock = clock
        self._started = {p.source for p in known if p.key == _mark(p.source)}
        self._shelf = Shelf((p for p in known if p.key != _mark(p.source)), max_line, clock)
        self._watch = Watch(self._shelf, clock)
        self._stdin: dict[str, Stdin] = {}
        self._notes: deque[Tracked | SourceSpec] = deque()
        self._polled = False
        self.initial_done = False
        self.configure(specs)

    def configure(self, specs: Sequence[SourceSpec]) -> None:
        """Follow these sources from the next poll on; known files go on where they are."""
        self._specs = tuple(specs)
        self._paths = Paths(specs)
        self._sources = [spec.name for spec in specs]
        self._watch.sources = frozenset(self._sources)
        names = [spec.name for spec in specs if spec.path == _STDIN]
        self._stdin = {n: self._stdin.get(n) or Stdin(n, self._max_line) for n in names}

    def read(self, limit: int = _BLOCK) -> Block | None:
        """The next block of any file, in turns; None where all that is there has been read."""
        if not self._polled:
            self.poll()
        block = self._note() or self._read_files(limit)
        if block is None:
            found = (stdin.read(limit, self._clock()) for stdin in self._stdin.values())
            block = next(filter(None, found), None)
        if block is None:
            self.initial_done = True
        return block

    def _note(self) -> Block | None:
        while self._notes:
            changed = self._notes.popleft()
            block = changed.note() if isinstance(changed, Tracked) else _started(changed)
            if block is not None and block.source in self._watch.sources:
                return block
        return None

    def _read_files(self, limit: int) -> Block | None:
        lanes = self._shelf.lanes
        while (file := lanes.take()) is not None:
            if file.source not in self._watch.sources or not self._watch.open(file):
                continue
            before = file.progress
            block = self._read(file, limit)
            if file.progress != before and file.has_more:
                lanes.again(file)
            if block is not None:
                return block
        return None

    def _read(self, file: Tracked, limit: int) -> Block | None:
        head = file.head
        try:
            block = file.read(limit, self._clock())
        except Replaced:
            self._watch.replaced(file)
            return None
        except (OSError, zlib.error) as error:
            # A damaged archive is tried again once it has changed, anything else at every poll.
            file.last_error = reason_of(error)
            file.retry = isinstance(error, OSError)
            file.detach()
            return None
        if file.head != head:
            self._shelf.files.note(file)
        if block is None and file.finished:
            self._shelf.touched[file] = None
        return block

    def poll(self) -> None:
        """Look at every path: what is new, has grown, was rotated or went away."""
        new = [s for s in self._specs if s.start_at == "end" and s.name not in self._started]
        self._watch.skipping = frozenset(spec.name for spec in new)
        if self._paths.expand(self._clock()):
            self._watch.sweep(self._paths.found)
        for path, spec in self._paths.found.items():
            self._watch.visit(spec.name, path)
        self._watch.tend()
        # The mark comes last: once it is kept, nothing that is there now may look new.
        self._notes.extend((*self._shelf.touched, *new))
        self._shelf.touched.clear()
        self._started.update(spec.name for spec in new)
        self._polled = True

    def status(self) -> tuple[FileStatus, ...]:
        """Every file that is followed or can't be read."""
        files = [f.status() for f in self._shelf.files if f.names or not (f.finished or f.lost)]
        inputs = [stdin.status() for stdin in self._stdin.values()]
        return (*files, *self._watch.errors.values(), *inputs)

    def source_status(self, files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
        """The files' statuses by source."""
        return by_source(self._sources, files)

    def close(self) -> None:
        """Close all files."""
        for file in self._shelf.files:
            file.detach()


def _mark(source: str) -> str:
    """The key under which it is kept that a source with `end` has been started."""
    return _MARK + source


def _started(spec: SourceSpec) -> Block:
    key = _mark(spec.name)
    position = Position(key, spec.name, spec.path, 0, 0, Head(0, ""), 0, finished=True)
    return Block(spec.name, key, b"", 0, utf8=True, size=0, position=position)
