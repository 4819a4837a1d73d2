"""The contenders, from plain decoding to durable totals; each returns the lines it counted."""

import asyncio
import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from exporter import memory
from exporter.config import Config, Source, Storage
from exporter.counting.counter import RecordCounter
from exporter.formats.parser import Parser
from exporter.formats.registry import SCHEMAS
from exporter.ledger.open import open_ledger
from exporter.metrics.published import PublishedState
from exporter.pipeline.ingest import Ingest, specs
from exporter.pipeline.loop import Pipeline
from exporter.sources import Sources, read_file

from .lines import Workload
from .peers import client_library, has_mtail, is_meta, mtail

Contender = Callable[[Workload], int]
_LINE_BYTES = 1 << 20


def typed(workload: Workload) -> int:
    """Only decode each line into typed objects: the upper limit for any Python program."""
    decode = SCHEMAS["zenmux" if is_meta(workload) else "native"].decode
    for line in workload.lines:
        decode(line)
    return len(workload.lines)


def parsed(workload: Workload) -> int:
    """Parse lines into records, with all rules for records."""
    parse = Parser().parse
    for line in workload.lines:
        parse(line)
    return len(workload.lines)


def counted(workload: Workload) -> int:
    """Count files into totals in memory, like `once`."""
    with tempfile.TemporaryDirectory() as directory:
        config = _config(workload, directory)
        ingest, state = Ingest(config, RecordCounter(config), lambda: 1.9e9), PublishedState(2000)
        for path in workload.paths:
            for block in read_file("bench", str(path), _LINE_BYTES):
                for _ in ingest.count_in_steps(block):
                    pass
        state.publish(ingest.build(), 0)
        return _counted(state)


def durable(workload: Workload) -> int:
    """Do all that `run` does: follow, parse, count, commit with a full sync, publish."""
    before = gc.get_threshold()
    memory.tune()  # as `run` does
    try:
        with tempfile.TemporaryDirectory() as directory:
            return asyncio.run(_caught_up(_config(workload, directory)))
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _caught_up(config: Config) -> int:
    opened = open_ledger(config.storage)
    sources = Sources(specs(config), opened.restored.positions, _LINE_BYTES, time.time)
    pipeline = Pipeline(config, sources, opened, _Nobody())
    running = asyncio.create_task(pipeline.run())
    try:
        # The pipeline sends no event when it has caught up.
        while not pipeline.counted_existing and not running.done():  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        if running.done():
            running.result()
        return _counted(pipeline.state)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        pipeline.close()
        sources.close()
        opened.ledger.close()


class _Nobody:
    """An observer of commits that ignores them."""

    def succeeded(self, seconds: float, size: int) -> None:
        """Do nothing."""

    def failed(self) -> None:
        """Do nothing; the commit is retried."""

    def set_facts(self, evicted: int, missing: int) -> None:
        """Do nothing."""

    def set_replayed(self, size: int) -> None:
        """Do nothing."""


def _config(workload: Workload, directory: str) -> Config:
    pattern = str(workload.paths[0].parent / "*.jsonl")
    source = Source(name="bench", type="file", path=pattern)
    return Config(sources=(source,), storage=Storage(path=Path(directory)))


def _counted(state: PublishedState) -> int:
    return sum(one.value for one in state.counters["zenmux_exporter_records_total"])


def contenders() -> dict[str, Contender]:
    """Return the contenders that can run on this machine."""
    found: dict[str, Contender] = {
        "typed decoding": typed,
        "parse": parsed,
        "parse + count": counted,
        "durable": durable,
        "json + client library": client_library,
    }
    if has_mtail():
        found["mtail"] = mtail
    return found
