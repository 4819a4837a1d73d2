"""Where reading a partition begins, and what that passes over.

The ledger decides. What the group has noted is only compared: where another ledger has read on,
this one does not know what was counted.
"""

from dataclasses import dataclass, replace

from ...positions import PartitionOffset
from ..messages import Skip
from .client import Note, Topic


@dataclass(frozen=True, slots=True)
class Start:
    """Where a partition is read from; `refused`: why it is not read, empty if it is."""

    at: PartitionOffset
    skip: Skip | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The offsets of a partition's first message and behind its last one."""

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
    """Return where to read a partition from.

    `known`: how far it is counted. `note`: what stands in the group, and `reader`: what this ledger
    is called there. `at_end`: what is there at the first start is not read.
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
        "zenmux-exporter kafka (docs/kafka.md, replicas), or count anew under another group"
    )
