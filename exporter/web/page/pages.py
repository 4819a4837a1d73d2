"""Make the pages: slow work in a thread, totals once for each published state."""

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from ...metrics.process import ProcessMetrics
from ...values.texts import printable
from ..protocols import GenerationIds, Pipeline
from ..sharing import Batched
from .frame import framed
from .health import Health, facts, observed, since
from .overview import overview
from .request import request_page, unknown_request
from .sources import sources
from .totals import totals_of
from .words import moment, safe

P = ParamSpec("P")
R = TypeVar("R")

_TITLE = "ZenMux exporter"
_FOOT = (
    "<p>Totals since the ledger was created. For ranges of time and trends, use the Grafana"
    " dashboards.</p>\n"
    "<p>How to read this page: docs/page.md of the exporter.</p>\n"
    '<p id="note" role="status">Reload for newer numbers.</p>'
)


class Pages:
    """The pages of one pipeline. Clients that ask at the same time share one overview."""

    def __init__(
        self,
        pipeline: Pipeline,
        process: ProcessMetrics,
        ids: Sequence[GenerationIds] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` returns Unix seconds."""
        self._pipeline = pipeline
        self._process = process
        self._ids = ids
        self._clock = clock
        self._made: tuple[Hashable, str] = (None, "")
        self._overview = Batched(self._render)
        # A thread of its own, started now: without free memory none could be started later.
        self._thread = ThreadPoolExecutor(1, "page")
        self._thread.submit(int).result()

    async def overview(self) -> str:
        """Return the page of the totals and of the exporter's health."""
        return await self._overview.get()

    async def request(self, identity: str) -> tuple[str, bool]:
        """Return a request's page, and True if the request is known."""
        asked = printable(identity)
        found = await self._pipeline.queries.request(asked)
        health = observed(self._pipeline, self._clock(), self._ids)
        if found is None:
            return unknown_request(asked, health), False
        return request_page(found, health), True

    def forget(self) -> None:
        """Drop cached texts."""
        self._made = (None, "")

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _render(self) -> str:
        health = observed(self._pipeline, self._clock(), self._ids)
        counted = await self._counted()
        return await self._in_thread(_page, health, counted, self._process)

    async def _counted(self) -> str:
        """Return the totals as HTML, made once for each published state."""
        state = self._pipeline.state
        async with self._pipeline.lock:
            version, html = self._made
            if version == state.version:
                return html
            version = state.version
            totals = await self._in_thread(totals_of, state)
        html = await self._in_thread(overview, totals)
        self._made = version, html
        return html

    async def _in_thread(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        return await asyncio.get_running_loop().run_in_executor(
            self._thread, partial(function, *args, **kwargs)
        )


def _page(health: Health, counted: str, metrics: ProcessMetrics) -> str:
    process = metrics.values()
    main = f"{_about(health, process)}{counted}"
    main += f'<div class="cards">\n{sources(health)}{facts(health, process)}</div>\n'
    return framed(_TITLE, main, _FOOT, is_live=True, home=False)


def _about(health: Health, process: Mapping[str, float]) -> str:
    now = moment(int(health.now) * 1000)
    told = f'<p class="about">Totals since {since(process)}, as of {now} UTC.'
    if process.get("zenmux_exporter_demo"):
        told += " The data is the demo's."
    told += "</p>\n"
    if health.reason:
        told += f'<p class="banner warn">Not ready: {safe(health.reason)}.</p>\n'
    return told
