"""Decide where to start reading a partition, and which messages that skips.

The ledger's offset decides. The group's offset is only compared: if another ledger has read
further, this one does not know what was counted.
"""

from dataclasses import dataclass, replace

from ...positions import PartitionOffset
from ..messages import Skip
from .client import Note, Topic


@dataclass(frozen=True, slots=True)
class Start:
    """The position to read a partition from; `refused`: why it is not read, else empty."""

    at: PartitionOffset
    skip: Skip | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The offset of a partition's first message, and the one after its last message."""

    first: int
    end: int


def start(
    topic: Topic,
    number: int,
    bounds: Bounds,
    known: PartitionOffset | None,
    note: Note | None,
    reader: str,
    *,
    at_end: bool,
) -> Start:
    """Return the position to read a partition from.

    `known`: the counted offset. `note`: the group's offset, and `reader`: the name of this ledger
    there. `at_end`: messages that exist at the first start are not read.
    """
    offset = bounds.end if at_end else bounds.first
    new = PartitionOffset(topic.cluster, topic.name, number, topic.id, offset)
    others = note.offset if note is not None and note.reader not in ("", reader) else -1
    if known is None:
        return Start(new, refused=_refused(others) if others >= 0 else "")
    if known.topic_id != topic.id or known.offset > bounds.end:
        begun = replace(new, offset=bounds.first, wrapper=known.wrapper, skipped=known.skipped)
        return Start(begun, Skip(number, 0, is_reset=True))
    if others > known.offset:
        return Start(known, refused=_refused(others))
    missing = bounds.first - known.offset
    if missing <= 0:
        return Start(known)
    moved = replace(known, offset=bounds.first, lines=0, skipped=known.skipped + missing)
    return Start(moved, Skip(number, missing))


def _refused(offset: int) -> str:
    return (
        f"another ledger has counted it up to offset {offset}: take that ledger's state over with "
        "zenmux-exporter kafka (docs/kafka.md, replicas), or start over with another group"
    )
