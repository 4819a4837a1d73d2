"""The reading state of one partition."""

from dataclasses import dataclass

from ...positions import PartitionOffset
from ..messages import PartitionStatus, name_of
from ..model import FileState, FileStatus
from .blocks import PartitionBlocks
from .client import Topic


@dataclass(slots=True)
class Partition:
    """A partition that is assigned to this exporter, read up to `at`.

    `end`: the offset after its last message, as last looked up. `trouble`: why it is not read.
    `wanted`: the offset at which all messages that existed at the start are read.
    """

    at: PartitionOffset
    blocks: PartitionBlocks | None
    end: int
    wanted: int = 0
    trouble: str = ""
    state: FileState = FileState.reading
    last_read: float = 0.0

    @property
    def offset(self) -> int:
        """The offset of the next message to read."""
        return self.at.offset

    @property
    def is_read(self) -> bool:
        """Whether the messages that existed at the start are read, or can't be."""
        return bool(self.trouble) or self.offset >= self.wanted

    def status(self, source: str, trouble: tuple[FileState, str]) -> FileStatus:
        """Return the status; `trouble`: the problem with the whole topic, if any."""
        state, reason = (self.state, self.trouble) if self.trouble else trouble
        lag = max(0, self.end - self.offset)
        told = PartitionStatus(self.at.partition, self.offset, lag, self.at.skipped)
        name = name_of(self.at.topic, self.at.partition)
        return FileStatus(
            source,
            name,
            self.offset,
            0,
            self.last_read,
            reason,
            state,
            is_topic=True,
            partition=told,
        )


def absent(topic: Topic, number: int) -> Partition:
    """Return a partition that is assigned but does not exist in the topic."""
    at = PartitionOffset(topic.cluster, topic.name, number, topic.id, 0)
    reason = f"the topic has no such partition, it has {topic.partitions}"
    return Partition(at, None, 0, 0, reason, FileState.missing)
