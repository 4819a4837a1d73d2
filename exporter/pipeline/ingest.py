"""Count the records of blocks and build deltas. Free of asyncio, since `once` uses it too."""

import time
from collections.abc import Callable, Collection, Generator, Iterator
from typing import Final, final

from ..catalogue.own import KAFKA_RESETS, KAFKA_SKIPPED_MESSAGES
from ..config import Config, Source
from ..counting.counter import INVALID, RecordCounter
from ..counting.delta import Delta
from ..receipts import Receipt
from ..sources import PUSHED, STDIN, Block, Receiver, SourceSpec
from .first_lines import FirstLines
from .parsing import Tally
from .reading import RecordReader

# A batch takes some tens of megabytes at most.
_BATCH_LINES: Final = 1_000_000
_BATCH_SERIES: Final = 100_000
_BATCH_CHANGED_IDS: Final = 50_000
_BATCH_COMPENSATED: Final = 10_000


@final
class Ingest:
    """Counter of the lines of all sources, for deltas."""

    def __init__(
        self,
        config: Config,
        counter: RecordCounter,
        clock: Callable[[], float] = time.time,
        first_lines: FirstLines | None = None,
    ) -> None:
        """`clock` returns Unix seconds. `first_lines` is told how every line was counted."""
        self._counter = counter
        self._clock = clock
        self.lines = 0
        self.first_lines = first_lines or FirstLines()
        self._pushed: dict[Receiver, Receipt] = {}
        self._committing: dict[Receiver, Receipt] = {}
        self._reader = RecordReader(config)
        self.first_lines.mappings.watch(self._reader.matches())

    def restart(self, counter: RecordCounter) -> None:
        """Count with another counter from the last commit on; forget everything read since."""
        self._counter = counter
        self._reader.go_back()
        self.lines = 0
        for ticket in (*self._pushed, *self._committing):
            ticket.take_back()
        self._pushed, self._committing = {}, {}

    def note_built(self) -> None:
        """Note that the built delta is being committed."""
        self._reader.note_built()
        self._committing, self._pushed = self._pushed, {}

    def note_committed(self) -> None:
        """Note that the delta is committed."""
        self._reader.note_committed()
        committed, self._committing = self._committing, {}
        for ticket, receipt in committed.items():
            ticket.commit(receipt)

    @property
    def has_pushed(self) -> bool:
        """Whether a pushed batch was counted since the last delta was built."""
        return bool(self._pushed)

    def knows(self, source: str) -> bool:
        """Return True if a source has this name."""
        return self._reader.knows(source)

    def configure(self, config: Config) -> None:
        """Use another configuration of labels, keys and fields; call it between two batches."""
        self._reader.configure(config)
        self.first_lines.mappings.watch(self._reader.matches())
        self._counter.configure(config)

    def count_in_steps(self, block: Block) -> Iterator[None]:
        """Count a block, pausing every few dozen records."""
        counter = self._counter
        counter.now_ms = int(self._clock() * 1000)
        results: dict[str, int] = {}
        tally = Tally()
        told = self.first_lines.of_block(block.source, block.file, block.place)
        for records in self._reader.read(block, tally):
            for record in records:
                result = counter.count(record)
                results[result] = results.get(result, 0) + 1
            told.reached(results, tally.invalid, tally.places)
            yield
        told.reached(results, tally.invalid, tally.places)
        if tally.invalid:
            results[INVALID] = sum(tally.invalid.values())
        self.lines += tally.lines
        counter.count_source(
            block.source,
            block.size,
            results,
            tally.invalid,
            tally.faults,
            0 if block.is_replayed else block.nul_bytes,
            block.lost_bytes,
        )
        position = self._reader.position(block)
        if position is not None:
            counter.reach(position)
        offset = self._reader.offset(block)
        if offset is not None:
            counter.deltas.reach(offset)
            self._count_skip(block.source, offset.partition, block)
        if block.ticket is not None and not block.is_replayed:
            receipt = block.ticket.count(
                (block.start, block.start + block.size),
                results,
                tally.errors,
                self._reader.resume(block),
                is_done=block.ends,
            )
            self._pushed[block.ticket] = receipt
            counter.deltas.keep(receipt)

    def _count_skip(self, source: str, partition: int, block: Block) -> None:
        """Count what was skipped before a block; a partition's first block creates the series."""
        skip = None if block.messages is None else block.messages.skip
        labels = source, str(partition)
        count_own = self._counter.requests.count_own
        count_own(KAFKA_SKIPPED_MESSAGES, labels, 0 if skip is None else skip.messages)
        count_own(KAFKA_RESETS, labels, 0 if skip is None else int(skip.is_reset))

    def forget(self, keys: Collection[str]) -> bool:
        """Drop the positions of files; return True if there are any."""
        self._counter.deltas.forget(keys)
        return bool(keys)

    def build(self, *, existing_counted: bool = False) -> Delta:
        """Return the delta of what was counted since the last one."""
        steps = self.build_in_steps(existing_counted=existing_counted)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                delta: Delta = end.value
                return delta

    def build_in_steps(self, *, existing_counted: bool = False) -> Generator[None, None, Delta]:
        """Build the same with pauses; nothing may be counted until it ends."""
        self.lines = 0
        now_ms = int(self._clock() * 1000)
        self._counter.create_own()
        return self._counter.deltas.build_in_steps(now_ms, existing_counted=existing_counted)

    @property
    def is_full(self) -> bool:
        """Whether the batch is large enough to be committed."""
        series, changed_ids, compensated = self._counter.deltas.sizes
        return (
            self.lines >= _BATCH_LINES
            or series >= _BATCH_SERIES
            or changed_ids >= _BATCH_CHANGED_IDS
            or compensated >= _BATCH_COMPENSATED
        )


def specs(config: Config) -> list[SourceSpec]:
    """Return the part of the configuration that the sources need."""
    return [_spec(source) for source in config.sources]


def _spec(source: Source) -> SourceSpec:
    if source.answers:
        # `start_at` applies to the ids; their answers are always read from the beginning.
        return SourceSpec(source.name, source.answers, shown=source.path or PUSHED[source.type])
    path = source.path or PUSHED.get(source.type, STDIN)
    if source.kafka is not None:
        path = source.kafka.topic
    start, wrapper = source.start_at, source.wrapper
    return SourceSpec(
        source.name, path, start, wrapper, is_pushed=source.is_pushed, kafka=source.kafka
    )
