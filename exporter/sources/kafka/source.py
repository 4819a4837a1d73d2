"""A topic as a source: the blocks that its reader has queued, and its status."""

import time
from collections.abc import Callable, Iterable, Mapping

from ...config import Kafka
from ...positions import PartitionOffset
from ..model import Block, FileState, FileStatus, SourceSpec
from .blocks import Cut
from .reader import Reader

# While more messages are expected, a short wait is faster than a later poll.
_WAIT_SECONDS = 0.02
# Without brokers for this long, existing content counts as read on a first start.
_PATIENCE_SECONDS = 30.0
_STOP_SECONDS = 5.0


class KafkaSource:
    """A Kafka topic as a source, used by the sources' thread."""

    def __init__(
        self,
        spec: SourceSpec,
        kafka: Kafka,
        max_line: int,
        offsets: Iterable[PartitionOffset],
        ledger: str,
        clock: Callable[[], float],
    ) -> None:
        """`offsets`: the counted offsets of partitions. `ledger`: the ledger's identity."""
        self._name = spec.name
        self._topic = kafka.topic
        self._reader = Reader(
            kafka,
            Cut(spec.name, max_line, spec.wrapper),
            offsets,
            ledger,
            at_end=spec.start_at == "end",
            clock=clock,
        )
        self._until = time.monotonic() + _PATIENCE_SECONDS

    def poll(self) -> None:
        """Start the reader; raises RuntimeError if it has crashed."""
        if not self._reader.ident:
            self._reader.start()
        elif not self._reader.is_alive():
            raise RuntimeError(f"the thread of the source {self._name} has crashed")

    def read(self, _limit: int) -> Block | None:
        """Return the next block, None if there is none now."""
        return self._reader.take(_WAIT_SECONDS if self._is_behind() else 0)

    def _is_behind(self) -> bool:
        reader = self._reader
        return reader.trouble is None and any(
            one.blocks is not None and one.offset < one.end for one in [*reader.partitions.values()]
        )

    @property
    def initial_done(self) -> bool:
        """Whether messages that existed at the start are read, or could not be for some time."""
        reader = self._reader
        if reader.is_found:
            with reader.lock:
                return reader.is_empty and all(one.is_read for one in reader.partitions.values())
        return time.monotonic() > self._until

    def note_committed(self, offsets: Iterable[PartitionOffset]) -> None:
        """Note the durably counted offsets of partitions."""
        self._reader.note_committed(offsets)

    def rewind(self) -> None:
        """Return everything after the last commit again."""
        self._reader.rewind()

    @property
    def errors(self) -> Mapping[str, int]:
        """How often the topic became unreadable, by kind of error."""
        return dict(self._reader.errors)

    def status(self) -> tuple[FileStatus, ...]:
        """Return the status of each partition, or of the topic while none is known."""
        reader = self._reader
        with reader.lock:
            trouble = reader.lasting_trouble
            state = (FileState.reading, "")
            if trouble is not None:
                state = trouble.state, f"{trouble.reason} ({trouble.kind})"
            found = tuple(one.status(self._name, state) for one in reader.partitions.values())
        if found:
            return found
        unknown = FileStatus(self._name, self._topic, 0, 0, 0.0, state[1], state[0], is_topic=True)
        return (unknown,)

    def close(self) -> None:
        """Stop the reader and disconnect from the brokers."""
        self._reader.stop()
        if self._reader.ident:
            self._reader.join(_STOP_SECONDS)
