"""The pipeline: blocks of lines in, counted, committed, then published in one step.

It drives the counting on the event loop in slices of a few milliseconds, so that a scrape never
waits for a backlog.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from .aggregates import Aggregates
from .ahead import Ahead
from .config import Config
from .ingest import Ingest, specs
from .ledger import Delta
from .ledger.files import LedgerError
from .ledger.load import load_ids
from .ledger.opening import Opened
from .ledger.query import Filter, Page, compensations
from .logs import get
from .sources import FileStatus, Follower

_SLICE_SECONDS = 0.005
# A batch takes this long, and ten times as long as committing the last one did: what a series
# costs at each commit is small beside its records.
_BATCH_SECONDS = 0.5, 10.0
_BATCH_FACTOR = 10
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_FREEZE_AFTER = 5000

__all__ = ["Checkpoints", "Ingest", "Pipeline", "specs"]

log = get(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class Checkpoints(Protocol):
    """Who wants to know how commits go."""

    def succeeded(self, seconds: float, size: int) -> None:
        """A commit took so long and left the ledger with so many bytes."""

    def failed(self) -> None:
        """A commit failed and will be tried again."""

    def set_replayed(self, size: int) -> None:
        """Bytes that stood behind the committed positions at start."""


class Pipeline:
    """Follows the sources for ever; the one writer of the ledger and of the published state."""

    def __init__(
        self,
        config: Config,
        follower: Follower,
        opened: Opened,
        checkpoints: Checkpoints,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Takes back the ledger's totals; nothing is read before `run`."""
        self.ingest = Ingest(config, opened.folder, clock)
        self.state = Aggregates(config.storage.compensated_requests)
        self.lock = asyncio.Lock()
        self.trouble = ""
        self.files: Sequence[FileStatus] = ()
        self._ledger = opened.ledger
        self._follower = follower
        # Files and ledger belong to a thread each, which ends before they are closed.
        self._files_thread = ThreadPoolExecutor(1, "files")
        self._ledger_thread = ThreadPoolExecutor(1, "ledger")
        self._ahead = Ahead(follower, self._call, self.ingest.is_plain)
        self._checkpoints = checkpoints
        self._clock = clock
        positions = {position.key: position for position in opened.positions}
        self.state.restore(opened.restored, int(clock() * 1000), positions)
        self.counted_existing = opened.restored.counted_existing
        self._uncommitted = True
        self._born = 0
        self._batch_seconds = _BATCH_SECONDS[0]
        self._reloaded: Config | None = None
        self._committing: asyncio.Future[None] | None = None

    async def _call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that uses the files."""
        return await _within(self._files_thread, partial(function, *args, **kwargs))

    async def _write(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call something that uses the ledger."""
        return await _within(self._ledger_thread, partial(function, *args, **kwargs))

    def close(self) -> None:
        """Wait for what is being read and written."""
        if self._committing is not None:
            self._committing.cancel()
        for thread in (self._files_thread, self._ledger_thread):
            thread.shutdown(wait=True, cancel_futures=True)
        self._ahead.close()

    def reload(self, config: Config) -> None:
        """Take another configuration from the next batch on; storage and buckets stay."""
        self._reloaded = config

    async def _configure(self) -> None:
        config, self._reloaded = self._reloaded, None
        if config is not None:
            self.ingest.configure(config)
            await self._call(self._follower.configure, specs(config))

    async def run(self) -> None:
        """Read, count, commit and publish until cancelled."""
        await self._write(load_ids, self._ledger, self.ingest.folder)
        await self._call(self._follower.poll)
        self.files = await self._call(self._follower.status)
        if self.state.positions:
            self._checkpoints.set_replayed(sum(file.lag_bytes for file in self.files))
        while True:
            if self._ahead.is_empty:
                await self._configure()
            await self._call(self._ahead.adapt, sum(file.lag_bytes for file in self.files))
            idle = await self._fill(time.monotonic())
            done = idle and self._follower.initial_done and not self.counted_existing
            if self._uncommitted or done:
                await self._publish(existing_counted=done)
            if idle:
                # Else the next batch is counted while this one is committed.
                await self._settle()
            if done:
                self.counted_existing = True
                log.info("existing content is counted", always=True)
            self.files = await self._call(self._follower.status)
            if idle:
                await asyncio.sleep(_POLL_SECONDS)
                await self._call(self._follower.poll)

    async def _fill(self, begun: float) -> bool:
        """Count blocks until the batch is full or old; True where nothing is left to read."""
        # How long a batch may last is known better once the last commit is through.
        while not self.ingest.is_full and time.monotonic() < begun + self._batch_seconds:
            block, found = await self._ahead.next(drain=self._reloaded is not None)
            if block is None:
                return not self._reloaded
            self._uncommitted = True
            pause = time.monotonic() + _SLICE_SECONDS
            for _ in self.ingest.slices(block, found):
                if time.monotonic() >= pause:
                    await asyncio.sleep(0)
                    pause = time.monotonic() + _SLICE_SECONDS
        return False

    async def _publish(self, *, existing_counted: bool) -> None:
        """Seal what was counted, and have it committed and shown once what came before it is."""
        begun = time.monotonic()
        unseen = self.state.compensated.take_unseen()
        sealing = self.ingest.sealing(unseen, existing_counted=existing_counted)
        delta = await _unhurried(sealing)
        self._uncommitted = False
        sealed = time.monotonic() - begun
        await self._settle()
        # Known before the commit ends: the next batch begins at once.
        self._pace(max(sealed, self._batch_seconds / _BATCH_FACTOR))
        self._committing = asyncio.ensure_future(self._show(delta, sealed))

    async def _settle(self) -> None:
        """Wait until what was sealed is committed and shown."""
        committing, self._committing = self._committing, None
        if committing is not None:
            await committing

    async def _show(self, delta: Delta, sealed: float) -> None:
        """Commit, then publish in one step between two scrapes."""
        begun = time.monotonic()
        await self._commit(delta)
        async with self.lock:
            self.state.publish(delta, int(self._clock() * 1000))
        self._pace(sealed + time.monotonic() - begun)
        self._born += len(delta.born)
        if self._born > _FREEZE_AFTER:
            # Series live for ever: the collector would walk all of them, blocking the loop.
            self._born = 0
            gc.freeze()

    def _pace(self, took: float) -> None:
        least, most = _BATCH_SECONDS
        self._batch_seconds = min(max(least, took * _BATCH_FACTOR), most)

    async def visited(self, name: str, last: int) -> None:
        """A scraper was shown everything up to a birth: make that durable, then trust it."""
        scrapers, now_ms = self.state.scrapers, int(self._clock() * 1000)
        mark = scrapers.visited(name, now_ms, last)
        if mark is None:
            return
        forgotten = tuple(scrapers.stale(now_ms))
        try:
            await self._write(self._ledger.save_scraper, name, mark, forgotten)
        except LedgerError as error:
            log.warning("a scraper's mark can't be kept", error=error)
        else:
            scrapers.durable(name, mark, forgotten)

    async def compensations(self, wanted: Filter) -> Page:
        """A page of the compensated requests on record."""
        return await self._write(compensations, self._ledger, wanted)

    async def _commit(self, delta: Delta) -> None:
        """Make a delta durable; while that fails nothing new is shown, and reading will stop."""
        while True:
            begun = time.monotonic()
            try:
                await self._write(self._ledger.commit, delta)
            except LedgerError as error:
                self.trouble = str(error)
                self._checkpoints.failed()
                log.warning("ledger can't be written, reading pauses", error=error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self.trouble:
                    log.info("ledger is written again", always=True)
                self.trouble = ""
                self._checkpoints.succeeded(time.monotonic() - begun, self._ledger.size())
                return


async def _within(thread: ThreadPoolExecutor, function: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(thread, function)


async def _unhurried(steps: Generator[None, None, R]) -> R:
    """What steps come to, with room for others between them."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        await asyncio.sleep(0)
