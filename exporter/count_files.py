"""Count whole files without a ledger and return the exposition, for `once` and `reconcile`."""

import time
from collections.abc import Callable, Iterable, Iterator

from .config import Config
from .counting.counter import RecordCounter
from .counting.facts_in_memory import FactsInMemory
from .counting.facts_segments import FactsLimits
from .errors import ExporterError
from .metrics.exposition import Renderer
from .metrics.published import PublishedState
from .metrics.text_format import Format
from .pipeline.first_lines import FirstLines
from .pipeline.ingest import Ingest
from .pipeline.ownership import files_to_read
from .progress import progress, size_of
from .sources import Beginnings, Block, read_file


def count_once(
    config: Config,
    clock: Callable[[], float] = time.time,
    first_lines: FirstLines | None = None,
    unread: list[ExporterError] | None = None,
) -> str:
    """Count every source to its end and return the exposition.

    `first_lines` sees all lines, and warns of a source without a valid one. The errors of files
    that can't be read to their end are added to `unread`; raises `ExporterError` if none can.
    """
    first_lines = first_lines or FirstLines()
    unread = [] if unread is None else unread
    text = count_blocks(config, blocks_of(config, unread), clock, first_lines)
    first_lines.finish()
    return text


def blocks_of(config: Config, unread: list[ExporterError]) -> Iterator[Block]:
    """Yield the blocks of all sources, each read to its end, and show the progress.

    The errors of files that can't be read are added to `unread`; raises `ExporterError` if none
    can.
    """
    files = files_to_read(config, unread)
    is_any_read = False
    with progress("reading", "B", size_of([path for _, path in files])) as advance:
        beginnings = Beginnings()
        for source, path in files:
            limit, wrapper = config.storage.max_line_bytes, source.wrapper
            try:
                start = beginnings.look(path).offset
                for block in read_file(source.name, path, limit, advance, wrapper, start):
                    yield block
                    is_any_read = True
            except ExporterError as error:
                unread.append(error)
            else:
                is_any_read = True
    if unread and not is_any_read:
        raise unread.pop()


def count_blocks(
    config: Config,
    blocks: Iterable[Block],
    clock: Callable[[], float] = time.time,
    first_lines: FirstLines | None = None,
) -> str:
    """Count blocks in the order given and return the exposition.

    Every block's source must be configured: the source decides how its lines are decoded.
    """
    ingest = Ingest(config, RecordCounter(config), clock, first_lines)
    state = PublishedState(config.storage.compensated_requests)
    facts = FactsInMemory(FactsLimits.of(config.storage))
    now_ms = int(clock() * 1000)
    for block in blocks:
        for _ in ingest.count_in_steps(block):
            pass
        if ingest.is_full:
            state.publish(facts.completed(ingest.build()), now_ms)
    state.publish(facts.completed(ingest.build()), now_ms)
    return Renderer(state).render(Format.TEXT)
