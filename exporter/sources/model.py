"""What goes into the sources and what comes out: plain data."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from io import BytesIO

from ..positions import Position
from .framing import Lines, split

STDIN = "-"
BLOCK_BYTES = 1 << 20  # what is read of a followed file at a time


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source: `path` is a file, a glob, or `STDIN`."""

    name: str
    path: str
    start_at: str = "beginning"
    wrapper: str = "auto"

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return self.path == STDIN


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one file, and the position after them; no lines if only that has changed.

    `text` holds the lines as they stand, each with its newline; `gaps` tells where a line is
    missing that was too long, and how long it was. `start`: the offset of the first line.
    `unstorable`: lines that the ledger refused. `nul_bytes`: NUL bytes among those read.
    `lost_bytes`: bytes that are known to be lost with this file. `ends`: the content ends here.
    `is_replayed`: its lines were counted before; they are read again for what is unfinished.
    """

    source: str
    key: str
    text: bytes
    too_long: int
    utf8: bool
    size: int
    position: Position | None
    start: int = 0
    gaps: tuple[tuple[int, int], ...] = ()
    unstorable: int = 0
    nul_bytes: int = 0
    lost_bytes: int = 0
    ends: bool = False
    is_replayed: bool = False

    @classmethod
    def of(
        cls, source: str, key: str, found: Lines, size: int, position: Position | None, start: int
    ) -> "Block":
        """Make a block of lines that were just cut from a stream."""
        text, too_long, utf8, gaps = found
        return cls(source, key, text, too_long, utf8, size, position, start, gaps)

    def cut(self, lines: int) -> "tuple[Block, Block | None]":
        """Return the first lines, at most so many, with the position after them, and the rest."""
        at = 0
        for _ in range(lines):
            at = self.text.find(b"\n", at) + 1
            if not 0 < at < len(self.text):
                return self, None
        gaps = tuple(gap for gap in self.gaps if gap[0] < at)
        size = at + sum(length for _, length in gaps)
        position = self.position and replace(
            self.position, offset=self.start + size, finished=False, archive_size=0
        )
        first = replace(
            self,
            text=self.text[:at],
            too_long=len(gaps),
            size=size,
            position=position,
            gaps=gaps,
            ends=False,
        )
        rest = replace(
            self,
            text=self.text[at:],
            too_long=self.too_long - len(gaps),
            size=self.size - size,
            start=self.start + size,
            gaps=tuple((place - at, length) for place, length in self.gaps[len(gaps) :]),
        )
        return first, rest

    @property
    def file(self) -> str:
        """The file's path; of standard input, which has no position, the source's name."""
        return self.key if self.position is None else self.position.path

    @property
    def first(self) -> int:
        """The offset of the first line in `text`."""
        return self.start + sum(length for place, length in self.gaps if not place)

    @property
    def starts(self) -> list[int]:
        """The offset of each line."""
        starts = []
        gaps = deque(self.gaps)
        at, passed = 0, self.start
        for line in BytesIO(self.text):
            while gaps and gaps[0][0] <= at:
                passed += gaps.popleft()[1]
            starts.append(passed + at)
            at += len(line)
        return starts

    @property
    def lines(self) -> list[bytes]:
        """The lines without their newlines."""
        return split(self.text)


class FileState(StrEnum):
    """How it stands with a file of a source; `reason` of its status tells more."""

    reading = "reading"  # followed, also when everything there is read
    done = "done"  # read to its end for good
    copy = "copy"  # holds what another file holds, and counts nothing
    unreadable = "unreadable"  # can't be opened, read or decoded; tried again once it changes
    missing = "missing"  # a path or pattern that leads to no file
    lost = "lost"  # was gone before it was read to its end
    beyond_cap = "beyond_cap"  # not looked at: there are too many files


@dataclass(frozen=True, slots=True)
class FileStatus:
    """How far a file was read, what is left, and what went wrong.

    `path` is a pattern if that matches nothing. `files`: how many files this tells of.
    """

    source: str
    path: str
    offset: int
    lag_bytes: int
    last_read: float
    last_error: str
    state: FileState = FileState.reading
    files: int = 1


def state_of(error: str, *, is_finished: bool) -> FileState:
    """Return the state of a followed file; `error`: why it could not be read last."""
    if error:
        return FileState.unreadable
    return FileState.done if is_finished else FileState.reading


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The bytes left to read in all files of a source, and its last read (Unix time).

    `path` is as configured. `files`: how many files there are in each state.
    """

    source: str
    lag_bytes: int
    last_read: float
    path: str = ""
    files: Mapping[FileState, int] = field(default_factory=dict)


def by_source(specs: Iterable[SourceSpec], files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
    """Sum up the statuses of files by source; every source is told of, and every state."""
    paths = {spec.name: spec.path for spec in specs}
    lag = dict.fromkeys(paths, 0)
    read = dict.fromkeys(paths, 0.0)
    states = {name: dict.fromkeys(FileState, 0) for name in paths}
    for file in files:
        if file.source in lag:
            lag[file.source] += file.lag_bytes
            read[file.source] = max(read[file.source], file.last_read)
            states[file.source][file.state] += file.files
    return tuple(
        SourceStatus(name, lag[name], read[name], paths[name], states[name]) for name in paths
    )
