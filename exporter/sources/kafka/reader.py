"""Read a topic in its own thread, which may wait for brokers indefinitely."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable

from ...config import Kafka
from ...errors import ConfigError
from ...positions import PartitionOffset
from ..model import Block, FileState
from .blocks import Cut, PartitionBlocks, note
from .client import Client, Ended, Topic, Trouble
from .partition import Partition, absent
from .start import Bounds, Start, start
from .telling import tell

# Bytes of blocks that wait to be counted.
_MAX_WAITING = 8 << 20
_POLLED = 1000
_POLL_SECONDS = 0.2
_LOOK_SECONDS = 5.0
_GRACE_SECONDS = 3.0
_BACK_OFF = 1.0, 30.0


class Reader(threading.Thread):
    """A thread that puts the blocks of a topic's partitions into a queue.

    `lock` guards the state that other threads read: the queue, the partitions and the trouble.
    """

    def __init__(
        self,
        kafka: Kafka,
        cut: Cut,
        counted: Iterable[PartitionOffset],
        ledger: str,
        *,
        at_end: bool,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`counted`: the ledger's offsets of partitions. `ledger`: its identity."""
        super().__init__(name=f"kafka {cut.source}", daemon=True)
        self._kafka = kafka
        self._cut = cut
        # Offsets up to which partitions are durably counted, and up to which they are read.
        self._counted = {one.key: one for one in counted}
        self._at = dict(self._counted)
        self._rewinds = 0
        self._ledger = ledger
        self._at_end = at_end
        self._clock = clock
        self.lock = threading.Condition()
        self.partitions: dict[int, Partition] = {}
        self.trouble: Trouble | None = None
        self._troubled = 0.0
        self.errors: dict[str, int] = {}
        self.is_found = False  # whether the topic was ever found
        self._blocks: deque[Block] = deque()
        self._waiting = 0
        self._noted: dict[int, int] = {}
        self._is_stopped = False
        self._client: Client | None = None

    # Called by other threads.

    def take(self, seconds: float) -> Block | None:
        """Return the next block, None if none arrives within this many seconds."""
        with self.lock:
            if not self._blocks and seconds:
                self.lock.wait(seconds)
            if not self._blocks:
                return None
            block = self._blocks.popleft()
            self._waiting -= block.size
            self.lock.notify_all()
            return block

    @property
    def lasting_trouble(self) -> Trouble | None:
        """The trouble, unless it may pass at once, as when another broker takes the lead."""
        is_lasting = time.monotonic() - self._troubled >= _GRACE_SECONDS
        return self.trouble if is_lasting else None

    @property
    def is_empty(self) -> bool:
        """Whether no block waits."""
        return not self._blocks

    def note_committed(self, offsets: Iterable[PartitionOffset]) -> None:
        """Note the counted offsets of partitions, to be committed to the group."""
        with self.lock:
            for one in offsets:
                self._counted[one.key] = one
                partition = self.partitions.get(one.partition)
                if partition is not None and partition.at.key == one.key:
                    self._noted[one.partition] = one.offset

    def rewind(self) -> None:
        """Read everything after the last commit again."""
        with self.lock:
            self._rewinds += 1
            self._at = dict(self._counted)
            self._blocks.clear()
            self._waiting = 0
            self.lock.notify_all()

    def stop(self) -> None:
        """Ask the thread to end."""
        with self.lock:
            self._is_stopped = True
            self.lock.notify_all()

    # Run by the thread itself.

    def run(self) -> None:
        """Read until stopped."""
        pause = _BACK_OFF[0]
        while not self._is_stopped:
            try:
                client, rewinds = self._connected(), self._rewinds
                topic = self._begin(client, rewinds)
                pause = _BACK_OFF[0]
                self._read(client, topic, rewinds)
            except Trouble as trouble:
                self._fail(trouble)
                self._wait(pause)
                pause = min(2 * pause, _BACK_OFF[1])
        if self._client is not None:
            self._tell_group(self._client)
            self._client.close()

    def _connected(self) -> Client:
        """Return the client, which is created once its secrets can be read."""
        if self._client is None:
            try:
                self._client = Client(self._kafka)
            except (ConfigError, UnicodeDecodeError) as error:
                raise Trouble("configuration", str(error)) from error
        return self._client

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self.lock:
            while not self._is_stopped and (left := until - time.monotonic()) > 0:
                self.lock.wait(left)

    def _fail(self, trouble: Trouble) -> None:
        """Note a trouble, which counts as one error until it ends or its kind changes."""
        with self.lock:
            if self.trouble is None:
                self._troubled = time.monotonic()
            if self.trouble is None or self.trouble.kind != trouble.kind:
                self.errors[trouble.kind] = self.errors.get(trouble.kind, 0) + 1
            self.trouble = trouble

    def _begin(self, client: Client, rewinds: int) -> Topic:
        """Find the offset to read each partition from, and assign the partitions."""
        topic = client.look()
        wanted = self._kafka.assigned(topic.partitions)
        there = tuple(number for number in wanted if number < topic.partitions)
        first, end, notes = client.beginnings(there), client.ends(there), client.notes(there)
        found: dict[int, Partition] = {}
        for number in wanted:
            if number not in there:
                found[number] = absent(topic, number)
                continue
            bounds = Bounds(first[number], end[number])
            new = PartitionOffset(topic.cluster, topic.name, number, topic.id, 0)
            known = self._at.get(new.key)
            begun = start(
                topic, number, bounds, known, notes.get(number), self._ledger, at_end=self._at_end
            )
            found[number] = self._partition(begun, bounds, known, rewinds)
        client.assign({n: one.offset for n, one in found.items() if one.blocks is not None})
        with self.lock:
            self.partitions, self.is_found = found, True
        return topic

    def _partition(
        self, begun: Start, bounds: Bounds, known: PartitionOffset | None, rewinds: int
    ) -> Partition:
        before = self.partitions.get(begun.at.partition)
        wanted = bounds.end if before is None else before.wanted
        if begun.refused:
            return Partition(begun.at, None, bounds.end, 0, begun.refused, FileState.unreadable)
        found = Partition(begun.at, PartitionBlocks(self._cut, begun.at), bounds.end, wanted)
        if known is None or begun.skip is not None:
            tell(begun, self._cut.source)
            told = note(self._cut, known or begun.at, begun.at, begun.skip)
            self._put([told], [found], rewinds)
        return found

    def _read(self, client: Client, topic: Topic, rewinds: int) -> None:
        """Read until the topic has changed or a rewind is requested."""
        look_at = time.monotonic() + _LOOK_SECONDS
        while not self._is_stopped and self._rewinds == rewinds:
            self._poll(client, rewinds)
            self._wait_for_room()
            if time.monotonic() >= look_at:
                self._tell_group(client)
                if self._has_changed(client, topic):
                    return
                look_at = time.monotonic() + _LOOK_SECONDS

    def _poll(self, client: Client, rewinds: int) -> None:
        touched: dict[int, Partition] = {}
        blocks: list[Block] = []
        failed: Trouble | None = None
        for one in client.poll(_POLLED, _POLL_SECONDS):
            if isinstance(one, Trouble):
                failed = one
                continue
            number = int(one.partition if isinstance(one, Ended) else one.partition() or 0)
            partition = self.partitions[number]
            assert partition.blocks is not None  # others are not assigned
            touched[number] = partition
            if isinstance(one, Ended):
                partition.blocks.end(one.offset)
                partition.end = max(partition.end, one.offset)
            else:
                value = one.value()
                assert value is None or isinstance(value, bytes)  # no deserializer is configured
                blocks.extend(partition.blocks.add(int(one.offset() or 0), value))
        now = self._clock()
        for partition in touched.values():
            assert partition.blocks is not None  # as above
            blocks.extend(partition.blocks.take())
            partition.end = max(partition.end, partition.blocks.at.offset)
            partition.last_read = now
        self._put(blocks, touched.values(), rewinds)
        if failed is not None:
            raise failed
        if touched:
            self.trouble = None

    def _put(self, blocks: list[Block], touched: Iterable[Partition], rewinds: int) -> None:
        """Queue blocks, unless a rewind was requested meanwhile."""
        with self.lock:
            if self._rewinds != rewinds:
                return
            self._blocks.extend(blocks)
            self._waiting += sum(block.size for block in blocks)
            for partition in touched:
                if partition.blocks is not None:
                    partition.at = self._at[partition.at.key] = partition.blocks.at
            self.lock.notify_all()

    def _wait_for_room(self) -> None:
        with self.lock:
            while self._waiting > _MAX_WAITING and not self._is_stopped:
                self.lock.wait()

    def _has_changed(self, client: Client, topic: Topic) -> bool:
        """Update the ends of partitions; return True if the topic is no longer the same."""
        try:
            if client.look() != topic:
                return True
            ends = client.ends(
                tuple(n for n, one in self.partitions.items() if one.blocks is not None)
            )
        except Trouble as trouble:
            # The client reconnects to brokers by itself and continues.
            self._fail(trouble)
            return trouble.state is FileState.missing
        with self.lock:
            self.trouble = None
            for number, end in ends.items():
                self.partitions[number].end = end
        return False

    def _tell_group(self, client: Client) -> None:
        with self.lock:
            noted, self._noted = self._noted, {}
        if noted:
            client.note(noted, self._ledger)
