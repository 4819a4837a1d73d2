"""What a source is, what it gives, and how far it has been read."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..framing import split


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source: `path` is a file or glob, `-` standard input."""

    name: str
    path: str
    start_at: str = "beginning"


@dataclass(frozen=True, slots=True)
class Head:
    """The fingerprint of a file: a hash of its first `length` (at most 1024) decompressed bytes."""

    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far the content of a file has been counted, and how to know that content again.

    `offset`: decompressed bytes up to the end of the last counted line. `finished`: the file was
    rotated away or is a complete archive, and its last line has been counted. `rotated`: the file
    has lost its name. `packed`: the size on disk of an archive that was read to its end.
    """

    key: str
    source: str
    path: str
    device: int
    inode: int
    head: Head
    offset: int
    finished: bool = False
    rotated: bool = False
    packed: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one file, and the position after them; no lines where only that has changed.

    `text` holds the lines as they stand, each with its newline.
    """

    source: str
    key: str
    text: bytes
    too_long: int
    utf8: bool
    size: int
    position: Position | None

    @property
    def lines(self) -> list[bytes]:
        """The lines without their newlines."""
        return split(self.text)


@dataclass(frozen=True, slots=True)
class FileStatus:
    """How a file is doing."""

    source: str
    path: str
    offset: int
    lag_bytes: int
    last_read: float
    last_error: str


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """How a source is doing: bytes still to read over all its files, last read (Unix time)."""

    source: str
    lag_bytes: int
    last_read: float


def by_source(names: Iterable[str], files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
    """The statuses of files summed up by source."""
    lag = dict.fromkeys(names, 0)
    read = dict.fromkeys(lag, 0.0)
    for file in files:
        if file.source in lag:
            lag[file.source] += file.lag_bytes
            read[file.source] = max(read[file.source], file.last_read)
    return tuple(SourceStatus(name, lag[name], read[name]) for name in lag)
