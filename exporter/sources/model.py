"""What goes into the sources and what comes out: plain data."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

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
            self.position, offset=self.start + size, finished=False, archive_size=0, chain=""
        )
        first = replace(
            self, text=self.text[:at], too_long=len(gaps), size=size, position=position, gaps=gaps
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
        """The file's path; `STDIN` for standard input."""
        return STDIN if self.position is None else self.position.path

    @property
    def first(self) -> int:
        """The offset of the first line in `text`."""
        return self.start + sum(length for place, length in self.gaps if not place)

    @property
    def lines(self) -> list[bytes]:
        """The lines without their newlines."""
        return split(self.text)


@dataclass(frozen=True, slots=True)
class FileStatus:
    """How far a file was read, what is left, and what went wrong.

    `state`: "reading", "copy" (all that it holds is counted by another name), "unreadable" or
    "lost" (gone before it was read to its end, as far as is known).
    """

    source: str
    path: str
    offset: int
    lag_bytes: int
    last_read: float
    last_error: str
    state: str = "reading"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The bytes left to read in all files of a source, and its last read (Unix time)."""

    source: str
    lag_bytes: int
    last_read: float


def by_source(names: Iterable[str], files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
    """Sum up the statuses of files by source."""
    lag = dict.fromkeys(names, 0)
    read = dict.fromkeys(lag, 0.0)
    for file in files:
        if file.source in lag:
            lag[file.source] += file.lag_bytes
            read[file.source] = max(read[file.source], file.last_read)
    return tuple(SourceStatus(name, lag[name], read[name]) for name in lag)
