"""Count whole files and return the exposition, without a ledger. Behind `once` and `reconcile`."""

import time
from collections.abc import Callable, Iterable, Iterator

from .config import Config
from .counting.counter import RecordCounter
from .metrics.exposition import Renderer
from .metrics.published import PublishedState
from .metrics.text_format import Format
from .pipeline.ingest import Ingest
from .sources import Beginnings, Block, read_file


def count_once(config: Config, clock: Callable[[], float] = time.time) -> str:
    """Count every source to its end and return the exposition. Raises `ExporterError`."""
    return count_blocks(config, _blocks(config), clock)


def _blocks(config: Config) -> Iterator[Block]:
    beginnings = Beginnings()
    for source in config.sources:
        path = source.path or "-"
        start = beginnings.look(path).offset
        yield from read_file(source.name, path, config.storage.max_line_bytes, start=start)


def count_blocks(
    config: Config, blocks: Iterable[Block], clock: Callable[[], float] = time.time
) -> str:
    """Count blocks in the order given and return the exposition.

    Every block's source must be configured: the source decides how its lines are decoded.
    """
    ingest = Ingest(config, RecordCounter(config), clock)
    state = PublishedState(config.storage.compensated_requests)
    now_ms = int(clock() * 1000)
    for block in blocks:
        for _ in ingest.count_in_steps(block):
            pass
        if ingest.is_full:
            state.publish(ingest.build(), now_ms)
    state.publish(ingest.build(), now_ms)
    return Renderer(state).render(Format.TEXT)
