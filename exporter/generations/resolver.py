"""Follow a file of generation ids, and ask ZenMux's API for each until its bill is there."""

import asyncio
import heapq
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import NoReturn, TypeVar

import aiohttp

from ..account.fields import Sample
from ..api import ApiClient, ApiError, ApiHealth, ErrorKind, Json, Limits
from ..catalogue import account as names
from ..config import Account, Source
from ..logs import get
from ..pipeline.troubles import Troubles
from ..sources import Block, FileStatus, Sources, SourceSpec
from .progress import Batch, Progress
from .spool import Spool
from .wanted import Wanted, completed, parsed, wanted

ENDPOINT = "generation"
_PATH = "management/generation"
_RESULTS = ("resolved", "unbilled", "not_found", "failed", "invalid")
# A bill comes three to five minutes after the answer, and an id may come before it is known.
_PATIENCE = 900.0
_ASK_AGAIN = 60.0
# An id that so often failed between answers for others fails by itself.
_MOST_FAILURES = 60
_POLL = 0.5
_WORKERS = 4
MOST_OPEN = 2000
_BLOCK_BYTES = 16 << 10
# An id that failed is asked for again later: meanwhile others have their turn.
LIMITS = Limits(attempts=1)
# After these no id will be answered for a while: how long nothing is asked, in seconds.
_STANDSTILL = dict.fromkeys(
    (
        ErrorKind.KEY,
        ErrorKind.UNAUTHORIZED,
        ErrorKind.FORBIDDEN,
        ErrorKind.REDIRECT,
        ErrorKind.RATE_LIMITED,
    ),
    60.0,
)
_BREATH = 2.0

log = get(__name__)

T = TypeVar("T")


@dataclass(slots=True)
class _Open:
    """An id that is not done: which batches wait for it, since when, and how asking went."""

    wanted: Wanted
    batches: list[Batch]
    since: float
    is_known: bool = False  # whether an answer without a bill was handed in
    asked: float = 0.0
    failures: int = 0


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    one: _Open = field(compare=False)


class Resolver:
    """Resolves the ids of one source; its answers stand in the file that the source reads."""

    def __init__(
        self,
        source: Source,
        settings: Account,
        health: ApiHealth,
        max_line: int,
        clock: Callable[[], float] = time.time,
        is_behind: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make the file of answers; raises OSError.

        `is_behind`: whether answers wait to be read. Then no more are asked for: rotation would
        take those that nobody has read.
        """
        assert source.path is not None
        spool = Path(source.path)
        self._source = source
        self._settings = settings
        self._health = health
        self._clock = clock
        self._is_behind = is_behind
        self._spool = Spool(spool)
        self._progress = Progress(spool.with_name("progress.json"))
        spec = SourceSpec(source.name, source.ids, source.start_at, "lines")
        self._sources = Sources([spec], self._progress.positions, max_line, clock)
        self._open: dict[str, _Open] = {}
        self._due: list[_Due] = []
        self._numbers = count()
        self._still_until = 0.0
        self._results = dict.fromkeys(_RESULTS, 0)
        self._troubles = Troubles()
        self.files: tuple[FileStatus, ...] = ()
        self._thread = ThreadPoolExecutor(1, "ids")
        health.expect(ENDPOINT)

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
            try:
                await self.read()
            except OSError as error:
                log.warning("progress of generation ids can't be stored", error=error)
            await asyncio.sleep(_POLL)

    async def _keep_asking(self, client: ApiClient) -> NoReturn:
        while True:
            pause = await self.ask(client)
            await asyncio.sleep(pause * random.uniform(1.0, 2.0))  # noqa: S311

    async def read(self) -> None:
        """Read ids that are new, and save how far all is done."""
        while len(self._open) < MOST_OPEN:
            block = await self._in_thread(self._next_block)
            if block is None:
                break
            self._take(block)
        self.files = await self._in_thread(self._look)
        await self._in_thread(self._save)

    async def ask(self, client: ApiClient) -> float:
        """Ask for all ids that are due; return how long to pause, in seconds."""
        while self._due and max(self._due[0].at, self._still_until) <= self._clock():
            if self._is_behind():
                return _BREATH
            one = heapq.heappop(self._due).one
            try:
                if not await self._ask(client, one):
                    return _BREATH
            except OSError as error:
                log.warning("answers can't be stored, trying again", error=error)
                self._ask_later(one)
                return _BREATH
        return _POLL

    @property
    def name(self) -> str:
        """The source's name."""
        return self._source.name

    @property
    def numbers(self) -> dict[str, int]:
        """How many ids are open, and what became of the others."""
        return {"open": len(self._open), **self._results}

    def samples(self) -> Iterator[Sample]:
        """Yield the numbers of ids by what became of them."""
        yield Sample(names.GENERATIONS_OPEN, (self.name,), len(self._open))
        for result, number in self._results.items():
            yield Sample(names.GENERATIONS, (self.name, result), number)

    def close(self) -> None:
        """Close all files."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._sources.close()
        self._spool.close()

    def _save(self) -> None:
        # Once for all answers since the last time: for each it would bound how many come a second.
        # In front of the progress, by which they are not asked for again.
        self._spool.sync()
        self._progress.save()

    def _look(self) -> tuple[FileStatus, ...]:
        """See how far each file of ids is, and warn of those that are not read."""
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
                self._results["invalid"] += 1
                log.warning("a line holds no generation id", source=block.source, file=block.file)
        batch = self._progress.begin(block.position)
        for one in found:
            self._add(one, batch)

    def _add(self, one: Wanted, batch: Batch) -> None:
        known = self._open.get(one.id)
        if known is None:
            self._open[one.id] = new = _Open(one, [], self._clock())
            self._push(new, new.since)
            known = new
        else:
            # The first line wins, as with records; a later one fills in.
            known.wanted = Wanted(one.id, {**one.own, **known.wanted.own})
        if batch not in known.batches[-1:]:
            known.batches.append(batch)
            batch.open += 1

    async def _ask(self, client: ApiClient, one: _Open) -> bool:
        """Ask for an id; return False if it is no use to ask for the next at once."""
        asked, one.asked = one.asked, self._clock()
        try:
            answer = await client.get(ENDPOINT, _PATH, {"id": one.wanted.id}, _generation)
        except ApiError as error:
            # Only of this kind is it certain that another id may be answered.
            if error.kind is ErrorKind.REFUSED:
                self._wait(one, "not_found")
                return True
            self._failed(one, asked, error)
            return False
        self._health.succeeded(ENDPOINT, self._clock())
        one.failures = 0
        await self._hand_in(one, answer)
        return True

    async def _hand_in(self, one: _Open, answer: Json) -> None:
        record = completed(answer, one.wanted)
        found = parsed(record)
        is_billed = found is not None and found.bill is not None
        if is_billed or not one.is_known:
            await self._in_thread(partial(self._spool.append, record))
            one.is_known = True
        if is_billed:
            self._done(one, "resolved")
            return
        if found is not None and found.time_ms is not None:
            # Of a request of days ago the bill would be there.
            one.since = min(one.since, found.time_ms / 1000)
        self._wait(one, "unbilled")

    def _failed(self, one: _Open, asked: float, error: ApiError) -> None:
        self._health.gave_up(ENDPOINT, error)
        still = max(_STANDSTILL.get(error.kind, 0.0), min(error.wait, LIMITS.most_delay))
        self._still_until = max(self._still_until, self._clock() + still if still else 0.0)
        if not still and 0 < asked < self._health.successes[ENDPOINT]:
            one.failures += 1
        self._wait(one, "failed" if one.failures >= _MOST_FAILURES else "")

    def _wait(self, one: _Open, result: str) -> None:
        """Ask again later; give up with a result, if there is one, when it took too long."""
        if not result or self._clock() - one.since < _PATIENCE:
            self._ask_later(one)
            return
        log.warning(
            "a generation id is given up", source=self._source.name, reason=result, id=one.wanted.id
        )
        self._done(one, result)

    def _ask_later(self, one: _Open) -> None:
        self._push(one, self._clock() + _ASK_AGAIN)

    def _push(self, one: _Open, at: float) -> None:
        heapq.heappush(self._due, _Due(at, next(self._numbers), one))

    def _done(self, one: _Open, result: str) -> None:
        self._results[result] += 1
        del self._open[one.wanted.id]
        for batch in one.batches:
            batch.open -= 1

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)


def _generation(data: Json) -> Json:
    """Return an answer that is a record; raises `ApiError` if it is none."""
    if not any(data.get(name) is not None for name in ("model", "modelSlug")):
        raise ApiError(ErrorKind.UNEXPECTED, "the answer has no model")
    return data
