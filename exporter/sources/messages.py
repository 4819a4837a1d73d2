"""The messages of a Kafka partition that contain a block's lines."""

from bisect import bisect_right
from dataclasses import dataclass, replace

from ..positions import PartitionOffset


@dataclass(frozen=True, slots=True)
class Skip:
    """Messages skipped between two blocks.

    `messages`: the number deleted before they were read. `is_reset`: the topic was recreated or
    lost its end, so it is read from its beginning.
    """

    partition: int
    messages: int
    is_reset: bool = False


@dataclass(frozen=True, slots=True)
class Messages:
    """The messages of a block.

    `begin` and `end`: the partition's counted positions before and after the block. `ends`: the
    places in the block's text at which messages end; `offsets`: the offsets of these messages.
    """

    begin: PartitionOffset
    end: PartitionOffset
    ends: tuple[int, ...] = ()
    offsets: tuple[int, ...] = ()
    skip: Skip | None = None

    @property
    def name(self) -> str:
        """The name of the partition."""
        return name_of(self.end.topic, self.end.partition)

    def cut(self, at: int, text: bytes) -> "tuple[Messages, Messages]":
        """Return the messages of the first bytes of the text, and those of the rest.

        `text` has a newline at the end of each line, and `at` is after one.
        """
        whole = bisect_right(self.ends, at)
        before = self.ends[whole - 1] if whole else 0
        lines = text.count(b"\n", before, at) + (0 if whole else self.begin.lines)
        if lines:
            # Messages without lines may precede this one.
            offset = self.offsets[whole]
        else:
            offset = self.offsets[whole - 1] + 1 if whole else self.begin.offset
        middle = replace(self.begin, offset=offset, lines=lines, skipped=self.end.skipped)
        ends = tuple(end - at for end in self.ends[whole:])
        return (
            Messages(self.begin, middle, self.ends[:whole], self.offsets[:whole], self.skip),
            Messages(middle, self.end, ends, self.offsets[whole:]),
        )

    def of_byte(self, place: int) -> int:
        """Return the offset of the message that contains a byte of the text."""
        whole = bisect_right(self.ends, place)
        return self.offsets[whole] if whole < len(self.offsets) else self.end.offset


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """The status of a Kafka partition: the next message, and the number left.

    `skipped`: the number of messages deleted before they were read.
    """

    number: int
    offset: int
    lag: int
    skipped: int


def name_of(topic: str, partition: int) -> str:
    """Return the name of a partition."""
    return f"{topic}[{partition}]"
