"""HTTP: the published state as /metrics, a landing page, health and readiness. No counting here."""

import asyncio
import contextlib
import fcntl
import gzip
import html
import socket
import sys
import termios
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from . import __version__
from .aggregates import Aggregates
from .api import Ask, compensations
from .exposition import Format, render
from .negotiation import CONTENT_TYPES, accepts_gzip, choose_format
from .process import ProcessMetrics
from .sources import FileStatus

_GZIP_LEVEL = 4
_NAME_LENGTH = 128
_WRITE_SECONDS = 10.0
_TURN_SECONDS = 2.0
_WRITE_CHECK_SECONDS = 0.005
_SCRAPER_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"


class Turns:
    """Lets a scraper's next request wait until it is settled what the one before has shown."""

    def __init__(self) -> None:
        """Nobody is being served."""
        self._locks: dict[str, asyncio.Lock] = {}

    @contextlib.asynccontextmanager
    async def of(self, scraper: str) -> AsyncIterator[None]:
        """One request of a scraper after the other, but none waits long for a slow one."""
        lock = self._locks.setdefault(scraper, asyncio.Lock()) if scraper else asyncio.Lock()
        held = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_TURN_SECONDS):
                held = await lock.acquire()
        try:
            yield
        finally:
            if held:
                lock.release()
            if not lock.locked():
                self._locks.pop(scraper, None)


@dataclass(frozen=True, slots=True)
class View:
    """What the handlers need to see of the running exporter."""

    state: Aggregates
    lock: asyncio.Lock
    process: ProcessMetrics
    not_ready: Callable[[], str]
    files: Callable[[], Sequence[FileStatus]]
    refresh: Callable[[], None]
    show_requests: Callable[[], bool]
    reload: Callable[[], str] | None
    shown: Callable[[str], int | None]
    visited: Callable[[str, int], Awaitable[None]]
    turns: Turns
    compensations: Ask


VIEW = web.AppKey("view", View)


def make_app(view: View) -> web.Application:
    """The application; the caller runs it."""
    app = web.Application()
    app[VIEW] = view
    app.router.add_get("/", landing)
    app.router.add_get("/metrics", metrics)
    app.router.add_get("/-/healthy", healthy)
    app.router.add_get("/-/ready", ready)
    app.router.add_get("/api/v1/state", state)
    app.router.add_get("/api/v1/compensations", compensated)
    app.router.add_route("POST", "/-/reload", reload)
    app.router.add_route("PUT", "/-/reload", reload)
    return app


async def metrics(request: web.Request) -> web.StreamResponse:
    """The exposition of one published state, rendered off the event loop."""
    view = request.app[VIEW]
    scraper = scraper_name(request)
    async with view.turns.of(scraper):
        return await _scrape(request, scraper)


async def _scrape(request: web.Request, scraper: str) -> web.StreamResponse:
    view = request.app[VIEW]
    form = choose_format(",".join(request.headers.getall("Accept", [])))
    compress = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
    view.refresh()
    async with view.lock:
        last = view.state.last_birth
        shown = view.shown(scraper) if scraper else None
        text = await asyncio.to_thread(
            render, view.state, form, requests=view.show_requests(), shown=shown
        )
    body = await asyncio.to_thread(_body, text, view.process, form, compress=compress)
    headers = {"Content-Type": CONTENT_TYPES[form], "Vary": "Accept, Accept-Encoding"}
    if compress:
        headers["Content-Encoding"] = "gzip"
    response = web.Response(body=body, headers=headers)
    await response.prepare(request)
    await response.write_eof()
    if scraper and request.method == "GET" and await fully_written(request):
        view.state.compensated.scraped()
        await view.visited(scraper, last)
    return response


def _body(text: str, process: ProcessMetrics, form: Format, *, compress: bool) -> bytes:
    body = text.encode() + process.render(form)
    return gzip.compress(body, _GZIP_LEVEL, mtime=0) if compress else body


def scraper_name(request: web.Request) -> str:
    """Who scrapes: its `scraper` parameter, else its address and program; empty: nobody."""
    name = request.query.get("scraper", "")
    if name:
        return f"scraper {name[:_NAME_LENGTH]}"
    if _SCRAPER_HEADER not in request.headers:
        return ""
    return f"{request.remote} {request.headers.get('User-Agent', '')[:_NAME_LENGTH]}"


async def fully_written(request: web.Request) -> bool:
    """Whether the whole response has left for the client, and the client did not go before."""
    deadline = time.monotonic() + _WRITE_SECONDS
    handed_over = False
    while time.monotonic() < deadline:
        transport = request.transport
        if transport is None or transport.is_closing():
            return handed_over
        handed_over = transport.get_write_buffer_size() == 0
        if handed_over and not _unacknowledged(transport.get_extra_info("socket")):
            return True
        await asyncio.sleep(_WRITE_CHECK_SECONDS)
    return False


def _unacknowledged(connection: socket.socket) -> int:
    """Bytes that the kernel holds for a client which has not received them."""
    count = fcntl.ioctl(connection.fileno(), termios.TIOCOUTQ, b"\0" * 4)
    return int.from_bytes(count, sys.byteorder)


async def compensated(request: web.Request) -> web.Response:
    """The compensated requests on record, newest first."""
    return await compensations(request, request.app[VIEW].compensations)


async def state(request: web.Request) -> web.Response:
    """Read positions and metrics of one published state: what `reconcile` compares."""
    view = request.app[VIEW]
    async with view.lock:
        text = await asyncio.to_thread(render, view.state, Format.TEXT)
        positions = list(view.state.positions.values())
    body = await asyncio.to_thread(msgspec.json.encode, {"positions": positions, "metrics": text})
    return web.Response(body=body, content_type="application/json")


async def healthy(_request: web.Request) -> web.Response:
    """200 while the process can answer."""
    return web.Response(text="ZenMux exporter is healthy.\n")


async def ready(request: web.Request) -> web.Response:
    """200 when the totals are complete; else 503 and why."""
    reason = request.app[VIEW].not_ready()
    if reason:
        return web.Response(status=503, text=f"ZenMux exporter is not ready: {reason}\n")
    return web.Response(text="ZenMux exporter is ready.\n")


async def reload(request: web.Request) -> web.Response:
    """Load the configuration anew; 403 unless it was allowed, 500 where it is faulty."""
    action = request.app[VIEW].reload
    if action is None:
        text = "reloading over HTTP is off: start with --web.enable-lifecycle, or send SIGHUP\n"
        return web.Response(status=403, text=text)
    faults = action()
    if faults:
        return web.Response(status=500, text=f"failed to reload the configuration:\n{faults}\n")
    return web.Response()


async def landing(request: web.Request) -> web.Response:
    """Version, links, and how far each file is read."""
    view = request.app[VIEW]
    rows = "".join(_row(status) for status in view.files())
    reason = view.not_ready()
    state = f"not ready: {html.escape(reason)}" if reason else "ready"
    page = _PAGE.format(version=__version__, state=state, rows=rows)
    return web.Response(text=page, content_type="text/html")


def _row(status: FileStatus) -> str:
    cells = (
        status.source,
        status.path,
        f"{status.offset:,}",
        f"{status.lag_bytes:,}",
        status.last_error or "",
    )
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>\n"


_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>ZenMux exporter</title>
<style>body{{font-family:sans-serif;margin:2em}}td,th{{padding:.2em .8em;text-align:left}}</style>
</head>
<body>
<h1>ZenMux exporter</h1>
<p>Prometheus metrics of ZenMux requests and insurance payouts. Version {version}, {state}.</p>
<ul>
<li><a href="/metrics">Metrics</a></li>
<li><a href="/-/healthy">Healthy</a></li>
<li><a href="/-/ready">Ready</a></li>
</ul>
<table>
<tr><th>Source</th><th>File</th><th>Bytes read</th><th>Bytes to read</th><th>Last error</th></tr>
{rows}</table>
</body>
</html>
"""
