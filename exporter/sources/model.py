"""Input and output of the sources, as plain data."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..config import Kafka
from ..positions import Position
from .cutters import AUTO
from .framing import Gap, Lines, offsets_of
from .line_cutter import bare, newlines_for_nuls, split
from .messages import Messages, PartitionStatus
from .nuls import NUL
from .receiver import Receiver

STDIN = "-"
# Shown as the path of push sources, by type.
PUSHED = {
    "push": "POST /api/v1/records",
    "generation_ids": "POST /api/v1/records",
    "otlp": "POST /v1/traces, /v1/logs",
}
BLOCK_BYTES = 1 << 20  # read from a followed file at a time


@dataclass(frozen=True, slots=True)
class SourceSpec:
    """A configured source: `path` is a file, a glob, or `STDIN`; one of `PUSHED` if `is_pushed`.

    `wrapper`: what wraps its records. `shown`: the path that the user configured, if another one.
    """

    name: str
    path: str
    start_at: str = "beginning"
    wrapper: str = AUTO
    is_pushed: bool = False
    shown: str = ""
    kafka: Kafka | None = None

    @property
    def is_stdin(self) -> bool:
        """Whether it is standard input."""
        return self.path == STDIN

    @property
    def is_file(self) -> bool:
        """Whether the source reads files."""
        return not (self.is_stdin or self.is_pushed or self.kafka is not None)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one file, and the position after them; no lines if only that has changed.

    `text` has the lines as in the file, each with the newline or NUL that ends it; `gaps` are the
    parts of the file missing in between. `start`: the offset of the first line. `unstorable`: lines
    that the ledger refused. `nul_bytes`: NUL bytes among those read. `lost_bytes`: bytes known to
    be lost with this file. `ends`: the content ends here. `wrapper`: `document` if the lines are
    elements of arrays, else empty. `is_replayed`: the lines were counted before, and are read again
    for an unfinished record. `head`: the beginning of the content, if it is CSV. `ticket`: of a
    pushed batch. `messages`: the Kafka messages that contain the lines.
    """

    source: str
    key: str
    text: bytes
    too_long: int
    size: int
    position: Position | None
    start: int = 0
    gaps: tuple[Gap, ...] = ()
    unstorable: int = 0
    nul_bytes: int = 0
    lost_bytes: int = 0
    ends: bool = False
    wrapper: str = ""
    is_replayed: bool = False
    head: bytes = b""
    ticket: Receiver | None = None
    messages: Messages | None = None

    @classmethod
    def of(
        cls,
        source: str,
        key: str,
        found: Lines,
        size: int,
        position: Position | None,
        start: int,
        *,
        ends: bool = False,
        wrapper: str = "",
    ) -> "Block":
        """Return a block of lines just cut from a stream."""
        return cls(
            source,
            key,
            found.text,
            found.too_long,
            size,
            position,
            start,
            found.gaps,
            nul_bytes=found.nul_bytes,
            ends=ends,
            wrapper=wrapper,
        )

    def cut(self, lines: int) -> "tuple[Block, Block | None]":
        """Return at most this many first lines, with the position after them, and the rest."""
        ended, at = self._ended, 0
        for _ in range(lines):
            at = ended.find(b"\n", at) + 1
            if not 0 < at < len(ended):
                return self, None
        before = sum(gap.place < at for gap in self.gaps)
        done, left = self.messages.cut(at, ended) if self.messages else (None, None)
        gaps, behind = self.gaps[:before], self.gaps[before:]
        found = Lines(self.text[:at], gaps, self._nul_bytes_in(self.text[:at], gaps))
        position = self.position and replace(
            self.position,
            offset=self.start + found.size,
            finished=False,
            archive_size=0,
            chain="",
        )
        first = replace(
            self,
            text=found.text,
            too_long=found.too_long,
            size=found.size,
            position=position,
            gaps=gaps,
            nul_bytes=found.nul_bytes,
            lost_bytes=0,
            ends=False,
            messages=done,
        )
        rest = replace(
            self,
            text=self.text[at:],
            too_long=self.too_long - found.too_long,
            size=self.size - found.size,
            start=self.start + found.size,
            gaps=tuple(gap._replace(place=gap.place - at) for gap in behind),
            nul_bytes=self.nul_bytes - found.nul_bytes,
            messages=left,
        )
        return first, rest

    @property
    def _ended(self) -> bytes:
        """The text with a newline at the end of each line."""
        return newlines_for_nuls(self.text) if self.nul_bytes else self.text

    def _nul_bytes_in(self, text: bytes, gaps: Iterable[Gap]) -> int:
        return text.count(NUL) + sum(gap.nul_bytes for gap in gaps) if self.nul_bytes else 0

    @property
    def file(self) -> str:
        """The file's path, or the partition; without either, the key."""
        if self.messages is not None:
            return self.messages.name
        return self.key if self.position is None else self.position.path

    @property
    def wrapper_told(self) -> str:
        """The wrapper that earlier lines have shown."""
        known = self.position or (self.messages and self.messages.begin)
        return known.wrapper if known else ""

    def place(self, offset: int) -> int:
        """Return the offset to show to users, which for Kafka is the message's."""
        return offset if self.messages is None else self.messages.of_byte(offset - self.start)

    @property
    def first(self) -> int:
        """The offset of the first line in `text`."""
        return self.start + sum(gap.size for gap in self.gaps if not gap.place)

    @property
    def lines(self) -> list[bytes]:
        """The lines without their ends."""
        return [bare(line) for lines in self.some_lines() for line in lines]

    def some_lines(self) -> Iterator[list[bytes]]:
        """Yield the lines, each with a newline, a few at a time so that they stay in CPU caches."""
        return split(self._ended)

    @property
    def starts(self) -> list[int]:
        """The offset in the file of each line."""
        return offsets_of(self._places[:-1], self.start, self.gaps)

    @property
    def breaks(self) -> set[int]:
        """The indexes of lines that can't continue an unfinished record.

        A line that was too long is missing before them, or they begin another message.
        """
        missing = {gap.place for gap in self.gaps if gap.too_long}
        if self.messages is not None:
            missing.update(self.messages.ends)
        return {index for index, place in enumerate(self._places) if place in missing}

    @property
    def _places(self) -> list[int]:
        """The place in the text where each line begins, and where the last one ends."""
        ended, places = self._ended, [0]
        while place := ended.find(b"\n", places[-1]) + 1:
            places.append(place)
        return places


class FileState(StrEnum):
    """The state of a source's file; `last_error` of its status has details."""

    reading = "reading"  # followed, even when everything was read
    done = "done"  # read to its end for good
    copy = "copy"  # has only content of another file, and is not counted
    unreadable = "unreadable"  # can't be opened, read or decoded; retried once it changes
    missing = "missing"  # a path or pattern that leads to no file
    lost = "lost"  # was gone before it was read to its end
    beyond_cap = "beyond_cap"  # not read: there are too many files


@dataclass(frozen=True, slots=True)
class FileStatus:
    """How far a file was read, what is left, and its last error.

    `path` is a pattern if that matches nothing. `files`: the number of files described. `is_topic`:
    the status is that of a Kafka topic, or of one `partition`.
    """

    source: str
    path: str
    offset: int
    lag_bytes: int
    last_read: float
    last_error: str
    state: FileState = FileState.reading
    files: int = 1
    is_topic: bool = False
    partition: PartitionStatus | None = None


_DELETED = "the file is deleted but still mounted: mount its directory instead"
_LOST = "the file is gone: its unread content is lost"


def state_of(error: str, *, ended: bool, deleted: bool, lost: bool) -> tuple[FileState, str]:
    """Return the state of a followed file and the reason; `error`: its last read error."""
    if lost:
        return FileState.lost, _LOST
    note = _DELETED if deleted else error
    if error:
        return FileState.unreadable, note
    return FileState.done if ended else FileState.reading, note


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The bytes left to read in all files of a source, and its last read (Unix time).

    `path` is as configured. `files`: the number of files in each state. `partitions`: of Kafka;
    `errors`: the Kafka client's errors since the start, by kind.
    """

    source: str
    lag_bytes: int
    last_read: float
    path: str = ""
    files: Mapping[FileState, int] = field(default_factory=dict)
    partitions: tuple[PartitionStatus, ...] = ()
    errors: Mapping[str, int] = field(default_factory=dict)


def by_source(specs: Iterable[SourceSpec], files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
    """Sum up the statuses of files by source, with each source and state even if it has no file."""
    paths = {spec.name: spec.shown or spec.path for spec in specs}
    lag = dict.fromkeys(paths, 0)
    read = dict.fromkeys(paths, 0.0)
    states = {name: dict.fromkeys(FileState, 0) for name in paths}
    partitions: dict[str, list[PartitionStatus]] = {name: [] for name in paths}
    for file in files:
        if file.source in lag:
            partitions[file.source] += [file.partition] if file.partition else []
            lag[file.source] += file.lag_bytes
            read[file.source] = max(read[file.source], file.last_read)
            states[file.source][file.state] += file.files
    return tuple(
        SourceStatus(
            name, lag[name], read[name], paths[name], states[name], tuple(partitions[name])
        )
        for name in paths
    )
