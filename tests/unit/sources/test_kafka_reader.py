"""A topic reader's queue, without a broker."""

from exporter.config import Kafka
from exporter.positions import PartitionOffset
from exporter.sources import Block
from exporter.sources.kafka.blocks import Cut, PartitionBlocks
from exporter.sources.kafka.partition import Partition
from exporter.sources.kafka.reader import Reader

AT = PartitionOffset("cluster", "requests", 3, "id-1", 10)
CUT = Cut("kafka", 1 << 10, "auto")


def reader() -> tuple[Reader, Partition]:
    """A reader with one partition that is counted up to offset 10."""
    one = Reader(Kafka(("b:1",), "requests"), CUT, [AT], "ledger 1", at_end=False)
    partition = Partition(AT, PartitionBlocks(CUT, AT), 12, 12)
    one.partitions[3] = partition
    return one, partition


def blocks(partition: Partition, *values: bytes) -> list[Block]:
    """The blocks of the partition's next messages."""
    made = partition.blocks
    assert made is not None
    found = [block for one in values for block in made.add(made.at.offset, one)]
    return [*found, *made.take()]


def test_taken_in_order() -> None:
    """Blocks are taken once and in order; queueing them advances the partition."""
    one, partition = reader()
    found = blocks(partition, b"{}", b"[1]")
    assert partition.offset == 10
    one._put(found, [partition], 0)
    assert (partition.offset, partition.is_read) == (12, True)
    assert [one.take(0), one.take(0), one.take(0)] == [*found, None]
    assert one.is_empty


def test_read_again() -> None:
    """A rewind empties the queue and resumes from the last commit."""
    one, partition = reader()
    found = blocks(partition, b"{}", b"[1]")
    one._put(found, [partition], 0)
    counted = found[0].messages
    assert counted is not None
    one.note_committed([counted.end])
    one.rewind()
    assert one.take(0) is None
    assert one._at == {AT.key: counted.end}
    # Blocks read before the rewind are dropped.
    one._put(blocks(partition, b"{}"), [partition], 0)
    assert one.take(0) is None
    assert one._at == {AT.key: counted.end}


def test_notes_of_its_own_partitions() -> None:
    """Committed offsets of other topics are ignored."""
    one, _ = reader()
    other = PartitionOffset("cluster", "others", 3, "id-9", 70)
    one.note_committed([PartitionOffset("cluster", "requests", 3, "id-1", 11), other])
    assert one._noted == {3: 11}
