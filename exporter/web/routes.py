"""The HTTP paths and their handlers; all logic is elsewhere."""

from collections.abc import Callable

from aiohttp import web

from ..otlp import LOGS, TRACES, Signal
from ..values.masking import masked
from ..values.texts import printable
from .compensations import as_document, parse
from .guard import Guard
from .health import unready_reason
from .intake import wait_for_handler
from .otlp import OtlpHandler
from .page.frame import LIVE_POLICY, STILL_POLICY
from .page.pages import Pages
from .protocols import Pipeline
from .push import PATH as PUSH_PATH
from .push import PushHandler
from .scrape import Scrapes

Reload = Callable[[], str]
"""Reloads the configuration; returns why it was refused, empty if it was not."""

PIPELINE = web.AppKey("pipeline", Pipeline)
SCRAPES = web.AppKey("scrapes", Scrapes)
PAGES = web.AppKey("pages", Pages)
PUSH = web.AppKey("push", PushHandler)
OTLP = web.AppKey("otlp", OtlpHandler)
RELOAD: web.AppKey[Reload | None] = web.AppKey("reload")


def make_app(
    pipeline: Pipeline,
    scrapes: Scrapes,
    pages: Pages,
    guard: Guard,
    push: PushHandler,
    otlp: OtlpHandler,
    reload: Reload | None = None,
) -> web.Application:
    """Return the application; without `reload` the configuration can't be reloaded over HTTP."""
    app = web.Application()
    guard.install(app)
    app[PIPELINE] = pipeline
    app[SCRAPES] = scrapes
    app[PAGES] = pages
    app[PUSH] = push
    app[OTLP] = otlp
    app[RELOAD] = reload
    app.add_routes(ROUTES)
    return app


async def _overview(request: web.Request) -> web.Response:
    return _html(await request.app[PAGES].overview(), LIVE_POLICY)


async def _request(request: web.Request) -> web.Response:
    page, is_known = await request.app[PAGES].request(request.match_info["id"])
    return _html(page, STILL_POLICY, 200 if is_known else 404)


def _html(page: str, policy: str, status: int = 200) -> web.Response:
    headers = {"Content-Security-Policy": policy}
    return web.Response(text=page, content_type="text/html", headers=headers, status=status)


async def _metrics(request: web.Request) -> web.StreamResponse:
    return await request.app[SCRAPES].respond(request)


async def _healthy(_request: web.Request) -> web.Response:
    return web.Response(text="ZenMux exporter is healthy.\n")


async def _ready(request: web.Request) -> web.Response:
    reason = unready_reason(request.app[PIPELINE])
    if reason:
        return web.Response(status=503, text=f"ZenMux exporter is not ready: {reason}\n")
    return web.Response(text="ZenMux exporter is ready.\n")


async def _state(request: web.Request) -> web.StreamResponse:
    return await request.app[SCRAPES].respond_state(request)


async def _compensations(request: web.Request) -> web.Response:
    try:
        wanted = parse(request.query)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    page = await request.app[PIPELINE].queries.compensations(wanted)
    return web.json_response(as_document(page))


async def _push(request: web.Request) -> web.Response:
    return await request.app[PUSH].respond(request)


async def _traces(request: web.Request) -> web.Response:
    return await request.app[OTLP].respond(request, Signal.spans)


async def _logs(request: web.Request) -> web.Response:
    return await request.app[OTLP].respond(request, Signal.log_records)


async def _reload(request: web.Request) -> web.Response:
    reload = request.app[RELOAD]
    if reload is None:
        text = "reloading over HTTP is off: start with --web.enable-lifecycle, or send SIGHUP\n"
        return web.Response(status=403, text=text)
    faults = masked(printable(reload()))
    if faults:
        text = f"failed to reload the configuration:\n{faults}\n"
        return web.Response(status=500, text=text)
    return web.Response()


ROUTES = (
    web.get("/", _overview),
    web.get("/requests/{id:[^/]+}", _request),
    web.get("/metrics", _metrics),
    web.get("/-/healthy", _healthy),
    web.get("/-/ready", _ready),
    web.get("/api/v1/state", _state),
    web.get("/api/v1/compensations", _compensations),
    web.post(PUSH_PATH, _push, expect_handler=wait_for_handler),
    web.post(TRACES, _traces, expect_handler=wait_for_handler),
    web.post(LOGS, _logs, expect_handler=wait_for_handler),
    web.post("/-/reload", _reload),
    web.put("/-/reload", _reload),
)
