"""Read generation ids from files and clients; request them from ZenMux until they are billed."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import aiohttp

from ..account.fields import Sample
from ..api.client import ApiClient
from ..api.health import ApiHealth
from ..catalogue import account as names
from ..config import Account, Source
from ..logs import get
from ..pipeline.pushes import ANSWER_SECONDS, FullError, UnansweredError
from ..pipeline.steps import within
from ..pipeline.troubles import Troubles
from ..receipts import Receipt
from ..sources import Block, Body, FileStatus, Sources, SourceSpec
from ..wrappers import LINES
from .asking import LIMITS, Asking
from .journal import MOST_WAITING, Journal
from .open_ids import OpenIds
from .progress import Progress
from .received import Sorted, receipt_of, received
from .spool import Spool
from .storing import Storing
from .wanted import Wanted, wanted

_POLL = 0.5
_WORKERS = 4
MOST_OPEN = 2000
_BLOCK_BYTES = 16 << 10
_STEP = 1000  # ids of a push that are processed in one go

log = get(__name__)

T = TypeVar("T")


class Counted(Protocol):
    """Lookup of what is counted of ids."""

    async def restored(self) -> None:
        """Wait until the counted ids are restored after a start."""

    def flags(self, identity: str) -> int:
        """Return what is counted of an id; 0 if nothing is."""

    async def committed(self) -> bool:
        """Wait until what is counted now is durable; return False if it was rolled back."""


class Resolver:
    """Resolver for the ids of one source; writes the answers to the file that the source reads."""

    def __init__(
        self,
        source: Source,
        settings: Account,
        health: ApiHealth,
        max_line: int,
        counted: Counted,
        clock: Callable[[], float] = time.time,
        is_behind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Create the file of answers; raises OSError.

        `is_behind`: whether answers wait to be read. Then no more are requested, since rotation
        would remove unread ones.
        """
        answers = Path(source.answers)
        self.name = source.name
        self._settings = settings
        self._health = health
        self._clock = clock
        self._counted = counted
        self._spool = Spool(answers)
        self._journal = Journal(answers.with_name("pushed"))
        self._progress = Progress(answers.with_name("progress.json"))
        path, positions = source.path, self._progress.positions
        specs = [] if path is None else [SourceSpec(source.name, path, source.start_at, LINES)]
        self._sources = Sources(specs, positions, max_line, clock)
        self._storing = Storing("answers for generation ids", source.name)
        self._keeping = Storing("pushed generation ids", source.name)
        self._ids = OpenIds()
        self._asking = Asking(
            source.name,
            self._ids,
            health,
            hand_in=self._hand_in,
            flags=counted.flags,
            is_held=lambda: bool(self._storing.trouble) or is_behind(),
            clock=clock,
        )
        self._receiving = asyncio.Lock()
        self._troubles = Troubles()
        self.files: tuple[FileStatus, ...] = ()
        self._thread = ThreadPoolExecutor(1, "ids")

    async def run(self) -> None:
        """Resolve until cancelled."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            settings = self._settings
            client = ApiClient(session, settings.base_url, settings.key, self._health, LIMITS)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_reading())
                for _ in range(_WORKERS):
                    group.create_task(self._keep_asking(client))

    async def _keep_reading(self) -> NoReturn:
        while True:
            await self.read()
            await asyncio.sleep(_POLL)

    async def _keep_asking(self, client: ApiClient) -> NoReturn:
        while True:
            pause = await self.ask(client)
            await asyncio.sleep(pause * random.uniform(1.0, 2.0))  # noqa: S311

    async def read(self) -> None:
        """Read new ids and save the progress."""
        is_new = True
        while is_new and (room := MOST_OPEN - len(self._ids)) > 0:
            # Share the room, so that neither a large file nor pushed ids starve the other.
            is_new = self._take_pushed((room + 1) // 2)
            block = await within(self._thread, self._next_block)
            if block is not None:
                self._take(block)
                is_new = True
        self.files = await within(self._thread, self._look)
        await self._asking.settle(self._counted.committed)
        try:
            await within(self._thread, self._save)
        except OSError as error:
            self._storing.failed(error)
        else:
            self._storing.succeeded()

    async def ask(self, client: ApiClient) -> float:
        """Request all ids that are due; return how long to pause, in seconds."""
        return await self._asking.ask(client)

    async def receive(self, body: Body) -> Receipt:
        """Accept pushed ids, which are durable on return.

        Raises `FullError` if too many wait, and `UnansweredError` if the ids, or what is counted
        of them, can't be stored.
        """
        found = await within(self._thread, partial(received, body))
        await self._counted.restored()
        # One push at a time: an id must be durable before its duplicate is answered.
        async with self._receiving:
            kept = Sorted()
            ids = iter(found.ids)
            while some := list(islice(ids, _STEP)):
                for one in some:
                    kept.take(one, self._find, self._counted.flags)
                await asyncio.sleep(0)
            if len(self._journal) + len(kept.fresh) > MOST_WAITING:
                raise FullError
            await self._keep([*kept.fresh.values(), *kept.later])
        if kept.has_counted:
            await self._committed()
        self._ids.results["invalid"] += found.rejected
        return receipt_of(found, kept.results.items())

    @property
    def numbers(self) -> dict[str, int]:
        """The number of open ids, and of the others by result."""
        return {"open": self._not_done, **self._ids.results}

    def samples(self) -> Iterator[Sample]:
        """Yield the numbers of open ids, of failures to store, and of ids by result."""
        yield Sample(names.GENERATIONS_OPEN, (self.name,), self._not_done)
        failures = self._storing.failures + self._keeping.failures
        yield Sample(names.GENERATIONS_STORE_FAILURES, (self.name,), failures)
        for result, number in self._ids.results.items():
            yield Sample(names.GENERATIONS, (self.name, result), number)

    def close(self) -> None:
        """Save how far all is done, and close all files."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        try:
            self._save()
        except OSError as error:
            self._storing.failed(error)
        self._sources.close()
        self._spool.close()

    @property
    def _not_done(self) -> int:
        return len(self._ids) + len(self._journal)

    def _find(self, identity: str) -> Wanted | None:
        return self._ids.find(identity) or self._journal.find(identity)

    async def _keep(self, ids: list[Wanted]) -> None:
        """Store pushed ids and add them to the waiting ones."""
        if not ids:
            return
        try:
            file = await within(self._thread, partial(self._journal.write, ids))
        except OSError as error:
            self._keeping.failed(error)
            text = "the ids can't be stored at the moment: send them again"
            raise UnansweredError(text) from error
        self._keeping.succeeded()
        for start in range(0, len(ids), _STEP):
            self._journal.add(ids[start : start + _STEP], file)
            await asyncio.sleep(0)

    async def _committed(self) -> None:
        """Wait until what is counted of pushed ids is durable."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                is_durable = await self._counted.committed()
        except TimeoutError:
            is_durable = False
        if not is_durable:
            raise UnansweredError("what is counted of the ids is not stored yet: send them again")

    def _take_pushed(self, most: int) -> bool:
        """Open waiting ids, up to a number; return True if there were any."""
        taken = 0
        while taken < most and (first := self._journal.first()) is not None:
            one, batches = first
            self._ids.add(one, batches, self._clock())
            self._journal.take(one)
            taken += 1
        return taken > 0

    async def _hand_in(self, record: bytes) -> None:
        try:
            await within(self._thread, partial(self._spool.append, record))
        except OSError as error:
            self._storing.failed(error)
            raise

    def _save(self) -> None:
        # One sync for all answers since the last time: a sync for each would limit their rate.
        # Sync before saving the progress, after which the answers are not requested again.
        self._spool.sync()
        self._progress.save()
        self._journal.remove_done()

    def _look(self) -> tuple[FileStatus, ...]:
        """Return the status of each file of ids; warn about those that are not read."""
        files = self._sources.status()
        self._troubles.look(files)
        return files

    def _next_block(self) -> Block | None:
        self._sources.poll()
        return self._sources.read(_BLOCK_BYTES)

    def _take(self, block: Block) -> None:
        found = []
        for line in block.lines:
            one = wanted(line)
            if one is not None:
                found.append(one)
            elif line.strip():
                self._ids.results["invalid"] += 1
                log.warning("a line has no generation id", source=block.source, file=block.file)
        batch = self._progress.begin(block.position)
        for one in found:
            self._ids.add(one, [batch], self._clock())
