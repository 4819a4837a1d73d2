"""Scrapes: render the published state and acknowledge what a scraper received."""

import asyncio
import gzip
import time
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from ..metrics.exposition import Renderer
from ..metrics.process import ProcessMetrics
from ..metrics.text_format import Format
from ..positions import Position
from .delivery import fully_written
from .health import unready_reason
from .negotiation import CONTENT_TYPES, accepts_gzip, choose_format
from .protocols import Pipeline
from .scraper import ScraperLocks, scraper_name

_GZIP_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state at one moment: its text with all series, and the read positions."""

    text: str
    positions: tuple[Position, ...]


class Scrapes:
    """Serves the published state of a pipeline; rendering runs in a thread."""

    def __init__(
        self,
        pipeline: Pipeline,
        process: ProcessMetrics,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`process`: metrics to append; `clock` gives Unix seconds."""
        self._pipeline = pipeline
        self._process = process
        self._clock = clock
        self._renderer = Renderer(pipeline.state)
        self._locks = ScraperLocks()

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """Answer a scrape in the format and encoding that the client prefers."""
        scraper = scraper_name(request)
        async with self._locks.hold(scraper):
            form = choose_format(",".join(request.headers.getall("Accept", [])))
            text, last_number = await self._render(form, scraper)
            response = await self._response(request, form, text)
            await response.prepare(request)
            await response.write_eof()
            if scraper and request.method == "GET" and await fully_written(request):
                await self._pipeline.acknowledge(scraper, last_number)
            return response

    async def snapshot(self) -> Snapshot:
        """Return the positions with the totals that go with them."""
        pipeline = self._pipeline
        async with pipeline.lock:
            text = await asyncio.to_thread(self._renderer.render, Format.TEXT)
            return Snapshot(text, tuple(pipeline.state.positions.values()))

    async def _render(self, form: Format, scraper: str) -> tuple[str, int]:
        """Return the state's text and the number of its newest series."""
        pipeline = self._pipeline
        self._refresh()
        async with pipeline.lock:
            state = pipeline.state
            shown = state.shown(scraper, int(self._clock() * 1000)) if scraper else None
            requests = pipeline.counted_existing
            text = await asyncio.to_thread(
                self._renderer.render, form, requests=requests, shown=shown
            )
            return text, state.last_number

    def _refresh(self) -> None:
        """Bring the process's metrics up to date."""
        self._process.set_ready(not unready_reason(self._pipeline))
        self._process.set_sources(self._pipeline.source_status)
        self._process.set_unseen(self._pipeline.state.compensated.unseen)

    async def _response(self, request: web.Request, form: Format, text: str) -> web.Response:
        compress = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
        body = await asyncio.to_thread(self._body, form, text, compress=compress)
        headers = {"Content-Type": CONTENT_TYPES[form], "Vary": "Accept, Accept-Encoding"}
        if compress:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, headers=headers)

    def _body(self, form: Format, text: str, *, compress: bool) -> bytes:
        body = text.encode() + self._process.render(form)
        return gzip.compress(body, _GZIP_LEVEL, mtime=0) if compress else body
