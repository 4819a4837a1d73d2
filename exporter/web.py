"""HTTP: the published state as /metrics, a landing page, health and readiness. No counting here."""

import asyncio
import gzip
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from . import __version__
from .aggregates import Aggregates
from .exposition import Format, render
from .negotiation import CONTENT_TYPES, accepts_gzip, choose_format
from .process import ProcessMetrics
from .sources import FileStatus

_GZIP_LEVEL = 4
_SCRAPER_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"


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
    app.router.add_route("POST", "/-/reload", reload)
    app.router.add_route("PUT", "/-/reload", reload)
    return app


async def metrics(request: web.Request) -> web.StreamResponse:
    """The exposition of one published state, rendered off the event loop."""
    view = request.app[VIEW]
    form = choose_format(",".join(request.headers.getall("Accept", [])))
    compress = accepts_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
    view.refresh()
    async with view.lock:
        text = await asyncio.to_thread(render, view.state, form, requests=view.show_requests())
    body = await asyncio.to_thread(_body, text, view.process, form, compress=compress)
    headers = {"Content-Type": CONTENT_TYPES[form], "Vary": "Accept, Accept-Encoding"}
    if compress:
        headers["Content-Encoding"] = "gzip"
    response = web.Response(body=body, headers=headers)
    await response.prepare(request)
    await response.write_eof()
    if request.method == "GET" and _is_scraper(request):
        view.state.compensated.scraped()
    return response


def _body(text: str, process: ProcessMetrics, form: Format, *, compress: bool) -> bytes:
    body = text.encode() + process.render(form)
    return gzip.compress(body, _GZIP_LEVEL, mtime=0) if compress else body


def _is_scraper(request: web.Request) -> bool:
    return _SCRAPER_HEADER in request.headers or "scraper" in request.query


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
