"""All sources as one: the interface of a source, and reading several in turns."""

import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from ..config import Kafka
from ..positions import PartitionOffset, Position
from .expansion import expand
from .kafka import KafkaSource
from .model import BLOCK_BYTES, Block, FileStatus, SourceSpec, SourceStatus, by_source
from .push import Inbox
from .secret_names import revealed
from .stdin import Stdin
from .tailer import Tailer

# A smaller block costs as much as one of this many bytes.
_LEAST_BYTES = 1 << 10


class Source(Protocol):
    """A source of lines, used by one thread at a time."""

    def poll(self) -> None:
        """Look for new data."""

    def read(self, limit: int) -> Block | None:
        """Return the next block, of about `limit` bytes; None if there is none now."""

    def status(self) -> tuple[FileStatus, ...]:
        """Return the status of each file or its equivalent."""

    def close(self) -> None:
        """Release all resources."""


class Sources:
    """All configured sources, used by one thread at a time."""

    def __init__(
        self,
        specs: Sequence[SourceSpec],
        positions: Iterable[Position],
        max_line: int,
        clock: Callable[[], float],
        max_files: int = sys.maxsize,
        offsets: Iterable[PartitionOffset] = (),
        ledger: str = "",
    ) -> None:
        """`positions`, `offsets`: how far files and partitions were counted before a restart.

        `ledger`: the ledger's identity.
        """
        self._offsets, self._ledger = tuple(offsets), ledger
        self._kafka: dict[str, KafkaSource] = {}
        self._max_line = max_line
        self._clock = clock
        self._tailer = Tailer(revealed(positions, _paths(specs)), max_line, clock, max_files)
        self._stdin: dict[str, Stdin] = {}
        self.inbox = Inbox(clock)
        self.initial_done = False  # whether all content that existed at the start was read
        self.configure(specs)

    def configure(self, specs: Sequence[SourceSpec]) -> None:
        """Read these sources from the next poll on; known ones continue where they are."""
        self._specs = tuple(specs)
        self._tailer.configure([spec for spec in specs if spec.is_file])
        inputs = [spec for spec in specs if spec.is_stdin]
        self._stdin = {
            one.name: self._stdin.get(one.name) or self._new_stdin(one) for one in inputs
        }
        self.inbox.configure({spec.name: spec.path for spec in specs if spec.is_pushed})
        self._kafka = {
            spec.name: self._kafka.get(spec.name) or self._new_kafka(spec, spec.kafka)
            for spec in specs
            if spec.kafka is not None
        }
        self._given = 0  # bytes returned in this turn
        self._turns: deque[Source] = deque(
            (self._tailer, *self._stdin.values(), self.inbox, *self._kafka.values())
        )

    def _new_kafka(self, spec: SourceSpec, kafka: Kafka) -> KafkaSource:
        limit = self._max_line
        return KafkaSource(spec, kafka, limit, self._offsets, self._ledger, self._clock)

    def _new_stdin(self, spec: SourceSpec) -> Stdin:
        return Stdin(spec.name, self._max_line, self._clock, spec.wrapper)

    def poll(self) -> None:
        """Look for new files, data and rotations."""
        for source in self._turns:
            source.poll()

    def read(self, limit: int = BLOCK_BYTES) -> Block | None:
        """Return the next block of any source, None if everything has been read.

        Sources take turns of `limit` bytes, so that two hundred small batches don't wait for as
        many large blocks of a file.
        """
        for _ in range(len(self._turns)):
            block = self._turns[0].read(limit)
            if block is not None:
                self._given += max(block.size, _LEAST_BYTES)
            if block is None or self._given >= limit:
                self._turns.rotate(-1)
                self._given = 0
            if block is not None:
                return block
        if all(one.initial_done for one in self._kafka.values()):
            self.initial_done = True
        return None

    def note_committed(self, offsets: Iterable[PartitionOffset]) -> None:
        """Note the durably counted offsets of partitions."""
        for one in self._kafka.values():
            one.note_committed(offsets)

    def take_forgotten(self) -> tuple[str, ...]:
        """Return the keys of the positions that were forgotten since the last call."""
        return self._tailer.take_forgotten()

    def rewind(self, committed: Mapping[str, Position]) -> None:
        """Return again what came after these positions, by their keys.

        Standard input and pushed batches can't be read again.
        """
        self._tailer.rewind(committed)
        for one in self._kafka.values():
            one.rewind()

    def status(self) -> tuple[FileStatus, ...]:
        """Return the status of every file, of standard input, and of push sources."""
        streams: tuple[Source, ...] = (*self._stdin.values(), *self._kafka.values())
        inputs: tuple[Source, ...] = (self._tailer, *streams, self.inbox)
        return tuple(status for source in inputs for status in source.status())

    def source_status(self, files: Iterable[FileStatus]) -> tuple[SourceStatus, ...]:
        """Sum up the statuses of files by source."""
        return tuple(
            replace(one, errors=self._kafka[one.source].errors)
            if one.source in self._kafka
            else one
            for one in by_source(self._specs, files)
        )

    def close(self) -> None:
        """Close all files."""
        for source in self._turns:
            source.close()


def _paths(specs: Iterable[SourceSpec]) -> Iterator[str]:
    """Yield the paths as typed, and the files that they lead to."""
    for spec in specs:
        if spec.is_file:
            yield spec.path
            yield from expand(spec.path).files
