"""How far each file and each partition has been counted, and what each scraper has been shown."""

from dataclasses import dataclass, replace

from .values.texts import escape_path, unescape_path


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A hash of a file's first `length` (at most 1024) decompressed bytes."""

    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class Position:
    """How far the content of a file has been counted.

    `key`: the file's name here, in hexadecimal digits; greater than those of files found earlier.
    `offset`: decompressed bytes up to the end of the last counted line. `started`: the offset at
    which reading began; above 0 if existing content was skipped. `finished`: the file was
    rotated away or is a complete archive, and its last line has been counted. `rotated`: the file
    has lost its name. `archive_size`: the size on disk of an archive that was read to its end.
    `wrapper`: what wraps its records, by the first line that shows it; empty as long as none has.
    `resume`: where a record begins that is incomplete at `offset`, None if there is none: reading
    resumes there, and records that end up to `offset` have been counted.
    `chain`: digests of the content up to `offset`, as the sources encode them. `target`: the
    target of the path, if it was a link.
    """

    key: str
    source: str
    path: str
    device: int
    inode: int
    fingerprint: Fingerprint
    offset: int
    finished: bool = False
    rotated: bool = False
    archive_size: int = 0
    started: int = 0
    wrapper: str = ""
    resume: int | None = None
    chain: str = ""
    target: str = ""


def escape_names(position: Position) -> Position:
    """Return the position with names that JSON can hold; `unescape_names` restores them."""
    return replace(
        position,
        key=escape_path(position.key),
        source=escape_path(position.source),
        path=escape_path(position.path),
        target=escape_path(position.target),
    )


def unescape_names(position: Position) -> Position:
    """Return the position with the names that were escaped."""
    return replace(
        position,
        key=unescape_path(position.key),
        source=unescape_path(position.source),
        path=unescape_path(position.path),
        target=unescape_path(position.target),
    )


@dataclass(frozen=True, slots=True)
class PartitionOffset:
    """How far a partition of a Kafka topic has been counted.

    `topic_id`: differs if the topic was deleted and created again. `offset`: that of the next
    message to count. `lines`: how many of its lines have been counted already. `wrapper`: as in
    `Position`. `skipped`: messages that the broker removed before they were read.
    """

    cluster: str
    topic: str
    partition: int
    topic_id: str
    offset: int
    lines: int = 0
    wrapper: str = ""
    skipped: int = 0

    @property
    def key(self) -> str:
        """The partition's name, which stays the same if the topic is created again."""
        return f"kafka {self.cluster}/{self.topic}/{self.partition}"


@dataclass(frozen=True, slots=True)
class ScrapeCursor:
    """How far a scraper has been shown new series: the highest number, and when (Unix ms)."""

    shown: int
    seen_ms: int
