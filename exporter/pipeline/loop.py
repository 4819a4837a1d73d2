"""Read, parse, count, commit and publish, forever.

Counting runs on the event loop in slices of a few milliseconds, so that scrapes never wait for a
backlog. Files and the ledger have a thread each.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from ..config import Config
from ..counting.buckets import scaled_buckets
from ..counting.delta import Delta
from ..ledger.errors import LedgerError, UnstorableError
from ..ledger.open import Opened
from ..ledger.restore import check_buckets
from ..logs import get
from ..metrics.published import PublishedState
from ..sources import BLOCK_BYTES, Block, FileStatus, Sources, SourceStatus
from .backlog import Backlog
from .bisection import Bisection
from .checkpoints import Checkpoints
from .commits import Commits
from .first_lines import FirstLines, tell_existing
from .ingest import Ingest, specs
from .pace import Pace
from .pushes import Pushes
from .queries import Queries
from .restoring import reread_counter, restore_ids, restored_counter
from .steps import timed, unhurried, within
from .troubles import Troubles

_SLICE_SECONDS = 0.005
# A file's block if clients may push: smaller, so that they wait less.
_SHARED_BYTES = 1 << 17
_POLL_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_FREEZE_AFTER = 5000

log = get(__name__)

P = ParamSpec("P")
R = TypeVar("R")


class Pipeline:
    """The pipeline from sources to metrics; only writer of the ledger and the published state."""

    def __init__(
        self,
        config: Config,
        sources: Sources,
        opened: Opened,
        checkpoints: Checkpoints,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Restore the ledger's totals; nothing is read before `run`. Raises `LedgerError`."""
        self._config = config
        self._ledger = opened.ledger
        check_buckets(opened.ledger, opened.restored, scaled_buckets(config))
        self._counter = restored_counter(config, opened.restored)
        self.first_lines = FirstLines()
        self._ingest = Ingest(config, self._counter, clock, self.first_lines)
        self._troubles, self._backlog = Troubles(), Backlog()
        self._begun: float | None = None  # until existing content is read
        limit = config.storage.compensated_requests
        self.state = PublishedState.restore(opened.restored, limit, int(clock() * 1000))
        self.lock = asyncio.Lock()
        self.trouble = ""
        self.files: Sequence[FileStatus] = ()
        self.source_status: Sequence[SourceStatus] = sources.source_status(())
        self.counted_existing = opened.restored.counted_existing
        self._sources = sources
        self._is_pushed = False  # whether a pushed batch ended the last pause
        # Threads end before the objects that they use are closed.
        self._files_thread = ThreadPoolExecutor(1, "files")
        self._ledger_thread = thread = ThreadPoolExecutor(1, "ledger")
        self.pushes = Pushes(config, sources.inbox, opened.ledger, thread, lambda: self.trouble)
        self._commits, self._created = Commits(), 0
        self.queries = Queries(opened.ledger, thread, lambda: self._counter.ids, self._commits)
        self._bisection, self._pace = Bisection(), Pace()
        self._checkpoints = checkpoints
        self._clock = clock
        self._reloaded: Config | None = None
        self._committing: asyncio.Future[None] | None = None
        self._poll_at = 0.0

    async def _use_files(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await within(self._files_thread, partial(function, *args, **kwargs))

    async def _use_ledger(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await within(self._ledger_thread, partial(function, *args, **kwargs))

    def close(self) -> None:
        """Stop, after waiting for reads and writes in progress."""
        if self._committing is not None:
            self._committing.cancel()
        self.pushes.close()
        for thread in (self._files_thread, self._ledger_thread):
            thread.shutdown(wait=True, cancel_futures=True)

    def reload(self, config: Config) -> None:
        """Use another configuration from the next batch on, except for storage and buckets."""
        self._reloaded = config

    async def run(self) -> None:
        """Read, count, commit and publish until cancelled."""
        self._begun = time.monotonic()
        await self._use_ledger(restore_ids, self._ledger, self._counter)
        await self._use_files(self._sources.poll)
        await self._look()
        if self.state.positions:
            self._checkpoints.set_replayed(sum(file.lag_bytes for file in self.files))
        while True:
            try:
                await self._count_batch()
            except UnstorableError as error:
                await self._take_back(error)

    async def _count_batch(self) -> None:
        """Count a batch and start its commit; if nothing is left to read, pause and poll."""
        if self._bisection.is_empty:
            await self._configure()
        idle = await self._fill(time.monotonic())
        self._commits.is_due |= self._ingest.forget(self._sources.take_forgotten())
        done = idle and self._sources.initial_done and not self.counted_existing
        if self._commits.is_due or done:
            await self._publish(existing_counted=done)
        if idle or self._bisection.is_on:
            # Otherwise the next batch is counted while this one is committed.
            await self._settle()
        if done:
            self.counted_existing = True
        if not self._is_pushed:
            await self._look()
        self._backlog.look(self.files, self.first_lines.lines, is_read=idle)
        if idle:
            self._tell()
            await self._pause()

    async def _pause(self) -> None:
        """Wait for a pushed batch, or poll the files when that is due."""
        self._is_pushed = await self.pushes.come_within(self._poll_at - time.monotonic())
        if not self._is_pushed:
            await self._retrying(self._ledger.check_identity)
            await self._use_files(self._sources.poll)
            self._poll_at = time.monotonic() + _POLL_SECONDS

    async def _look(self) -> None:
        """Update the status of each file, and warn of those that are not read."""
        self.files, self.source_status = await self._use_files(self._status)

    def _status(self) -> tuple[Sequence[FileStatus], Sequence[SourceStatus]]:
        files = self._sources.status()
        self._troubles.look(files)
        return files, self._sources.source_status(files)

    def _tell(self) -> None:
        """Log once that existing content is read; warn of sources without a valid line."""
        if self._begun is None or not self._sources.initial_done:
            self.first_lines.check()
            return
        tell_existing(self.first_lines, self.files, time.monotonic() - self._begun)
        self._begun = None

    async def _configure(self) -> None:
        if self._reloaded is None:
            return
        # Finish the commit first: then no client waits for a source that is removed.
        await self._settle()
        self._config, self._reloaded = self._reloaded, None
        self._ingest.configure(self._config)
        self.pushes.configure(self._config)
        await self._use_files(self._sources.configure, specs(self._config))

    async def _fill(self, begun: float) -> bool:
        """Count blocks until the batch is full or old; return True if nothing is left to read."""
        is_full = False
        # Evaluated again for each block: the limit changes when the last commit ends.
        while not is_full and time.monotonic() < begun + self._pace.longest(
            has_pushed=self._ingest.has_pushed
        ):
            block = await self._next_block()
            if block is None:
                return True
            self._commits.is_due = True
            lines = self._ingest.lines
            pause = time.monotonic() + _SLICE_SECONDS
            for _ in self._ingest.count_in_steps(block):
                if time.monotonic() >= pause:
                    await asyncio.sleep(0)
                    pause = time.monotonic() + _SLICE_SECONDS
            self._bisection.counted(block, self._ingest.lines - lines)
            is_full = self._ingest.is_full or self._bisection.is_full
        return False

    async def _next_block(self) -> Block | None:
        if (again := self._bisection.take()) is not None:
            return again
        limit = _SHARED_BYTES if self.pushes.has_sources else BLOCK_BYTES
        block = await self._use_files(self._sources.read, limit)
        return None if block is None else self._bisection.fit(block)

    async def _publish(self, *, existing_counted: bool) -> None:
        """Build the delta of what was counted; start its commit once the previous one is done."""
        begun = time.monotonic()
        delta = await unhurried(self._ingest.build_in_steps(existing_counted=existing_counted))
        built = time.monotonic() - begun
        await self._settle()
        self._commits.begin()
        self._bisection.built()
        self._ingest.note_built()
        # Noted before the commit ends, since the next batch begins at once.
        self._pace.built(built)
        self._committing = asyncio.ensure_future(self._commit(delta, built))

    async def _settle(self) -> None:
        """Wait until the last delta is committed and published."""
        committing, self._committing = self._committing, None
        if committing is not None:
            await committing

    async def _commit(self, delta: Delta, built: float) -> None:
        """Commit, then publish in one step between two scrapes; raises `UnstorableError`."""
        begun = time.monotonic()
        took, completed = await self._retrying(timed, self._ledger.commit, delta)
        self._checkpoints.succeeded(took, self._ledger.size())
        self._checkpoints.set_facts(self._ledger.facts_evicted, self._ledger.facts_missing)
        async with self.lock:
            self.state.publish(completed, int(self._clock() * 1000))
        self._bisection.committed()
        self._commits.end()
        self._sources.note_committed(delta.offsets)
        self._ingest.note_committed()
        self._pace.committed(built + time.monotonic() - begun)
        self._created += len(delta.created)
        if self._created > _FREEZE_AFTER:
            # Series live forever: the garbage collector would walk them all and block the loop.
            self._created = 0
            gc.freeze()

    async def acknowledge(self, scraper: str, shown: int) -> None:
        """Note that a scraper received a whole response with the series up to `shown`.

        Its cursor is durable before the published state uses it.
        """
        update = self.state.cursor_update(scraper, shown, int(self._clock() * 1000))
        if update is not None:
            cursor, forgotten = update.cursor, update.forgotten
            try:
                await self._use_ledger(self._ledger.save_cursor, scraper, cursor, forgotten)
            except LedgerError as error:
                log.warning("a scraper's cursor was not saved", error=error)
                update = None
        self.state.acknowledge(update)

    async def _retrying(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Use the ledger, retrying until it works; publishing and reading stop meanwhile.

        Raises `UnstorableError` if the batch's lines are the cause.
        """
        while True:
            try:
                done = await self._use_ledger(function, *args, **kwargs)
            except LedgerError as error:
                if isinstance(error, UnstorableError) and self._bisection.committing.lines:
                    raise
                if self.trouble != str(error):
                    log.warning("ledger write failed, ingestion paused", error=error)
                self.trouble = str(error)
                self._checkpoints.failed()
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                if self.trouble:
                    log.info("ledger is written again", always=True)
                self.trouble = ""
                return done

    async def _take_back(self, error: UnstorableError) -> None:
        """Roll back to the last commit, and count everything after it in smaller batches."""
        if not self._bisection.is_on:
            log.warning("a line can't be stored; looking for it", error=error)
            await self._use_files(self._sources.rewind, self.state.positions)
        self._counter = await self._retrying(reread_counter, self._ledger, self._config)
        self._ingest.restart(self._counter)
        self._commits.lose()
        if (found := self._bisection.refused(self._ingest.knows)) is not None:
            log.warning(
                "a line can't be stored; it counts as invalid",
                source=found.source,
                file=found.file,
                position=found.place(found.first),
                error=error,
                always=True,
            )
