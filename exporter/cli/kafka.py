"""The command `kafka`: show or set a ledger's offsets, or import those of other ledgers."""

import contextlib
import time
from dataclasses import replace
from pathlib import Path

from ..config import Config, Storage
from ..config.options import Options
from ..counting.delta import Delta
from ..errors import ExporterError
from ..ledger.adoption import adopt, offsets_of
from ..ledger.database import FILE
from ..ledger.open import open_ledger
from ..logs import get
from ..positions import PartitionOffset
from ..tables import COUNT, TABLE, Column, Table, render

_COLUMNS = (
    Column("cluster", "Cluster", in_table=False),
    Column("topic", "Topic"),
    Column("partition", "Partition", COUNT),
    Column("offset", "Next offset", COUNT),
    Column("lines", "Message lines counted", COUNT, is_rare=True),
    Column("skipped", "Skipped", COUNT),
    Column("topic_id", "Topic id", in_table=False),
)

log = get(__name__)


def run_kafka(config: Config, given: Options) -> str:
    """Run the command; return the offsets as text. No exporter may be using the ledger."""
    storage = config.storage
    if given.files:
        taken = adopt(storage, [Path(one) for one in given.files])
        log.info("imported", ids=taken.ids, partitions=len(taken.offsets), always=True)
    if not (storage.path / FILE).exists():
        raise ExporterError(f"{storage.path}: holds no ledger")
    with contextlib.closing(open_ledger(storage).ledger) as ledger:
        if given.seek is not None:
            found = [one for one, _ in offsets_of(ledger).values()]
            now_ms = time.time_ns() // 1_000_000
            ledger.commit(Delta(offsets=_sought(found, given.seek, storage), built_ms=now_ms))
        found = sorted((one for one, _ in offsets_of(ledger).values()), key=_order)
    return render(_table(found), given.format or TABLE)


def _order(one: PartitionOffset) -> tuple[str, str, int]:
    return one.cluster, one.topic, one.partition


def _sought(
    known: list[PartitionOffset], seek: tuple[str, int, int], storage: Storage
) -> tuple[PartitionOffset, ...]:
    topic, partition, offset = seek
    found = [one for one in known if (one.topic, one.partition) == (topic, partition)]
    if not found:
        raise ExporterError(
            f"{storage.path}: has no offset of partition {partition} of topic {topic}"
        )
    if len(found) > 1:
        raise ExporterError(f"{storage.path}: has topics {topic} of several clusters")
    return (replace(found[0], offset=offset, lines=0),)


def _table(found: list[PartitionOffset]) -> Table:
    rows = [
        (one.cluster, one.topic, one.partition, one.offset, one.lines, one.skipped, one.topic_id)
        for one in found
    ]
    return Table(_COLUMNS, rows, empty="the ledger has no offsets of Kafka partitions")
