"""Scrapes: render the published state and acknowledge what a scraper received."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from aiohttp import web

from ..metrics.body import Body, gzip_body, gzip_end, plain_body, plain_end
from ..metrics.exposition import Renderer
from ..metrics.process import ProcessMetrics
from ..metrics.text_format import Format
from .connection import Connections
from .delivery import Deliveries, NoRoom, fully_written
from .health import unready_reason
from .negotiation import CONTENT_TYPES, accepts_gzip, choose_format
from .protocols import Pipeline
from .refusals import refusal
from .scraper import ScraperLocks, scraper_name
from .sharing import Batched, Shared
from .state import state_body

P = ParamSpec("P")
R = TypeVar("R")

_STATE = "state"
_MAKE = {False: (plain_body, plain_end), True: (gzip_body, gzip_end)}


class Scrapes:
    """The server of a pipeline's published state.

    Rendering runs in threads. Clients that see the same state share one body, which is kept as
    long as one of them reads it.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        process: ProcessMetrics,
        connections: Connections,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`process`: metrics to append; `clock` returns Unix seconds."""
        self._pipeline = pipeline
        self._process = process
        self._connections = connections
        self._clock = clock
        self._renderer = Renderer(pipeline.state)
        self._locks = ScraperLocks()
        self._deliveries = Deliveries(connections)
        self._bodies: Shared[Body] = Shared()
        self._sizes: dict[Hashable, int] = {}
        self._ends = {form: Batched(partial(self._end, form)) for form in Format}
        # Threads of their own, started now: without free memory none could be started later.
        self._threads = ThreadPoolExecutor(2, "scrapes")
        for _ in self._threads.map(time.sleep, (0.001, 0.001)):
            pass

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Answer a scrape in the format and encoding that the client prefers."""
        scraper = scraper_name(request)
        form = choose_format(",".join(request.headers.getall("Accept", [])))
        compress = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
        headers = {"Content-Type": CONTENT_TYPES[form], "Vary": "Accept, Accept-Encoding"}
        if compress:
            headers["Content-Encoding"] = "gzip"
        async with self._locks.hold(scraper):
            try:
                body, last_number = await self._metrics(form, scraper, compress=compress)
            except NoRoom:
                return self._no_room()
            end = _MAKE[compress][1](body, await self._ends[form].get())
            response, is_whole = await self._deliveries.send(
                request, headers, body, end, pool=compress
            )
            del body  # it is delivered: free its memory
            if is_whole and scraper and request.method == "GET" and await fully_written(request):
                await self._pipeline.acknowledge(scraper, last_number)
            return response

    async def respond_state(self, request: web.Request) -> web.StreamResponse:
        """Answer with the positions and the totals that belong to them."""
        try:
            body = await self._state()
        except NoRoom:
            return self._no_room()
        headers = {"Content-Type": "application/json"}
        response, _ = await self._deliveries.send(request, headers, body, b"", pool=_STATE)
        return response

    def forget(self) -> None:
        """Drop cached texts."""
        self._renderer.forget()

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _metrics(self, form: Format, scraper: str, *, compress: bool) -> tuple[Body, int]:
        """Return the state's body and the number of its newest series."""
        pipeline = self._pipeline
        await self._deliveries.make_room(self._sizes.get((form, compress), 0), pool=compress)
        async with pipeline.lock:
            state = pipeline.state
            shown = state.shown(scraper, int(self._clock() * 1000)) if scraper else None
            if shown is not None and shown >= state.last_number:
                shown = None
            last_number = state.last_number
            requests = pipeline.counted_existing
            key = (form, compress, requests, shown, state.version)
            found = self._bodies.find(key)
            if found is None:
                lines = await self._in_thread(
                    self._renderer.lines, form, requests=requests, shown=shown
                )
                found = self._bodies.make(key, self._in_thread(_MAKE[compress][0], lines))
        return await self._made((form, compress), found), last_number

    async def _state(self) -> Body:
        pipeline = self._pipeline
        await self._deliveries.make_room(self._sizes.get(_STATE, 0), pool=_STATE)
        async with pipeline.lock:
            key = (_STATE, pipeline.state.version)
            found = self._bodies.find(key)
            if found is None:
                positions = tuple(pipeline.state.positions.values())
                lines = await self._in_thread(self._renderer.lines, Format.TEXT)
                found = self._bodies.make(key, self._in_thread(state_body, positions, lines))
        return await self._made(_STATE, found)

    async def _made(self, kind: Hashable, found: Body | asyncio.Task[Body]) -> Body:
        body = found if isinstance(found, Body) else await asyncio.shield(found)
        self._sizes[kind] = body.size
        return body

    def _no_room(self) -> web.Response:
        self._connections.count_refused("memory")
        return refusal(503, "too many responses wait for slow clients", Retry_After="1")

    async def _end(self, form: Format) -> bytes:
        """Return the exposition of the process's current metrics."""
        self._process.set_ready(not unready_reason(self._pipeline))
        self._process.set_sources(self._pipeline.source_status)
        self._process.set_unseen(self._pipeline.state.compensated.unseen)
        self._process.set_connections(len(self._connections))
        return self._process.render(form)

    def _in_thread(
        self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[R]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, partial(function, *args, **kwargs))
