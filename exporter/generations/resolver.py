"""Follow a file of generation ids, and ask ZenMux's API for each until its bill is there."""

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiohttp

from ..account.fields import Sample
from ..api import ApiClient, ApiError, ApiHealth, ErrorKind, Json
from ..catalogue import account as names
from ..config import Account, Source
from ..logs import get
from ..sources import Block, Sources, SourceSpec
from .progress import Batch, Progress
from .spool import Spool
from .wanted import Wanted, completed, is_billed, wanted

ENDPOINT = "generation"
_PATH = "management/generation"
_RESULTS = ("resolved", "unbilled", "not_found", "invalid")
# A bill comes three to five minutes after the answer, and an id may come before it is known.
_PATIENCE = 900.0
_ASK_AGAIN = 60.0
_POLL = 0.5
_WORKERS = 4
MOST_OPEN = 2000
_BLOCK_BYTES = 16 << 10

log = get(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class _Open:
    """An id that is not done, since when, and whether an answer without a bill was handed in."""

    wanted: Wanted
    batch: Batch
    since: float
    due: float
    is_known: bool = False
    is_done: bool = False


class Resolver:
    """Resolves the ids of one source; its answers stand in the file that the source reads."""

    def __init__(
        self,
        source: Source,
        settings: Account,
        health: ApiHealth,
        max_line: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make the file of answers; raises OSError."""
        assert source.path is not None
        spool = Path(source.path)
        self._source = source
        self._settings = settings
        self._health = health
        self._clock = clock
        self._spool = Spool(spool)
        self._progress = Progress(spool.with_name("progress.json"))
        spec = SourceSpec(source.name, source.ids, source.start_at, "lines")
        self._sources = Sources([spec], self._progress.positions, max_line, clock)
        self._open: list[_Open] = []
        self._results = dict.fromkeys(_RESULTS, 0)
        self._thread = ThreadPoolExecutor(1, "ids")
        health.expect(ENDPOINT)

    async def run(self) -> None:
        """Resolve until cancelled."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            settings = self._settings
            client = ApiClient(session, settings.base_url, settings.key, self._health)
            while True:
                try:
                    await self.step(client)
                except* OSError as failed:
                    log.warning("answers can't be stored, trying again", error=failed.exceptions[0])
                await asyncio.sleep(_POLL)

    async def step(self, client: ApiClient) -> None:
        """Read ids that are new, ask for those that are due, and save how far all is done."""
        while len(self._open) < MOST_OPEN:
            block = await self._in_thread(self._next_block)
            if block is None:
                break
            self._take(block)
        now = self._clock()
        due = iter([one for one in self._open if one.due <= now])
        async with asyncio.TaskGroup() as group:
            for _ in range(_WORKERS):
                group.create_task(self._ask_all(client, due))
        self._open = [one for one in self._open if not one.is_done]
        await self._in_thread(self._progress.save)

    def samples(self) -> Iterator[Sample]:
        """Yield the numbers of ids by what became of them."""
        name = self._source.name
        yield Sample(names.GENERATIONS_OPEN, (name,), len(self._open))
        for result, number in self._results.items():
            yield Sample(names.GENERATIONS, (name, result), number)

    def close(self) -> None:
        """Close all files."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._sources.close()
        self._spool.close()

    def _next_block(self) -> Block | None:
        self._sources.poll()
        return self._sources.read(_BLOCK_BYTES)

    def _take(self, block: Block) -> None:
        now, found = self._clock(), []
        for line in block.lines:
            one = wanted(line)
            if one is not None:
                found.append(one)
            elif line.strip():
                self._results["invalid"] += 1
                log.warning("a line holds no generation id", source=block.source, file=block.file)
        batch = self._progress.begin(block.position, len(found))
        self._open.extend(_Open(one, batch, now, now) for one in found)

    async def _ask_all(self, client: ApiClient, due: Iterator[_Open]) -> None:
        for one in due:
            await self._ask(client, one)

    async def _ask(self, client: ApiClient, one: _Open) -> None:
        query = {"id": one.wanted.id}
        try:
            answer = await client.get(ENDPOINT, _PATH, query, _generation)
        except ApiError as error:
            self._health.gave_up(ENDPOINT, error)
            # Only of this kind is it certain that another id may be answered.
            self._wait(one, "not_found" if error.kind is ErrorKind.REFUSED else "")
            return
        self._health.succeeded(ENDPOINT, self._clock())
        if is_billed(answer) or not one.is_known:
            record = completed(answer, one.wanted)
            await self._in_thread(partial(self._spool.append, record))
            one.is_known = True
        if is_billed(answer):
            self._done(one, "resolved")
        else:
            self._wait(one, "unbilled")

    def _wait(self, one: _Open, result: str) -> None:
        """Ask again later; give up with a result, if there is one, when it took too long."""
        now = self._clock()
        if result and now - one.since >= _PATIENCE:
            log.warning(
                "a generation id is given up",
                source=self._source.name,
                reason=result,
                id=one.wanted.id,
                always=True,
            )
            self._done(one, result)
        else:
            one.due = now + _ASK_AGAIN

    def _done(self, one: _Open, result: str) -> None:
        self._results[result] += 1
        one.batch.open -= 1
        one.is_done = True

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


def _generation(data: Json) -> Json:
    """Return an answer that is a record; raises `ApiError` if it is none."""
    if not any(data.get(name) is not None for name in ("model", "modelSlug")):
        raise ApiError(ErrorKind.UNEXPECTED, "the answer has no model")
    return data
