"""The HTTP paths and their handlers; all logic is elsewhere."""

from collections.abc import Callable, Sequence

from aiohttp import web

from ..values.masking import masked
from ..values.texts import printable
from .compensations import as_document, parse
from .guard import Guard
from .health import unready_reason
from .landing import CONTENT_SECURITY_POLICY, landing_page
from .protocols import GenerationIds, Pipeline
from .push import PATH as PUSH_PATH
from .push import PushHandler, wait_for_handler
from .scrape import Scrapes

Reload = Callable[[], str]
"""Loads the configuration anew; returns why it was not taken, empty if it was."""

PIPELINE = web.AppKey("pipeline", Pipeline)
SCRAPES = web.AppKey("scrapes", Scrapes)
PUSH = web.AppKey("push", PushHandler)
RELOAD: web.AppKey[Reload | None] = web.AppKey("reload")
IDS: web.AppKey[Sequence[GenerationIds]] = web.AppKey("ids")


def make_app(
    pipeline: Pipeline,
    scrapes: Scrapes,
    guard: Guard,
    push: PushHandler,
    reload: Reload | None = None,
    ids: Sequence[GenerationIds] = (),
) -> web.Application:
    """Return the application; without `reload` the configuration can't be reloaded over HTTP."""
    app = web.Application()
    guard.install(app)
    app[PIPELINE] = pipeline
    app[SCRAPES] = scrapes
    app[PUSH] = push
    app[RELOAD] = reload
    app[IDS] = ids
    app.add_routes(ROUTES)
    return app


async def _landing(request: web.Request) -> web.Response:
    pipeline, ids = request.app[PIPELINE], request.app[IDS]
    page = landing_page(
        unready_reason(pipeline),
        pipeline.source_status,
        [*pipeline.files, *(file for one in ids for file in one.files)],
        pipeline.first_lines.sources,
        pipeline.first_lines.mappings.unmatched(),
        {one.name: one.numbers for one in ids},
    )
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
    return web.Response(text=page, content_type="text/html", headers=headers)


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
    page = await request.app[PIPELINE].compensations(wanted)
    return web.json_response(as_document(page))


async def _push(request: web.Request) -> web.Response:
    return await request.app[PUSH].respond(request)


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
    web.get("/", _landing),
    web.get("/metrics", _metrics),
    web.get("/-/healthy", _healthy),
    web.get("/-/ready", _ready),
    web.get("/api/v1/state", _state),
    web.get("/api/v1/compensations", _compensations),
    web.post(PUSH_PATH, _push, expect_handler=wait_for_handler),
    web.post("/-/reload", _reload),
    web.put("/-/reload", _reload),
)
