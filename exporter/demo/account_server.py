"""A local server that answers like ZenMux's management API, with the demo's account."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from .account import DemoAccount
from .market import MODELS, PROVIDERS, Model, Provider

KEY = "sk-mg-v1-demo"
"""The key that the server expects; it is valid nowhere else."""

_PREFIX = "/api/v1/management"
_MODELS = 10
# The platform's medians are better than the demo's own by this factor.
_PLATFORM = 1.05


@contextlib.asynccontextmanager
async def serving(account: DemoAccount) -> AsyncIterator[str]:
    """Serve an account on a free port of this machine; yields the API's base address."""
    app = web.Application(middlewares=[_only_with_key])
    app.router.add_get(f"{_PREFIX}/payg/balance", _answering(account.balance))
    app.router.add_get(f"{_PREFIX}/subscription/detail", _answering(account.subscription))
    app.router.add_get(f"{_PREFIX}/statistics/performance", _performance)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        yield f"http://{host}:{port}/api/v1/"
    finally:
        await runner.cleanup()


@web.middleware
async def _only_with_key(
    request: web.Request, handler: Callable[[web.Request], Any]
) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        error = {"code": "403", "type": "access_denied", "message": "no management key"}
        return web.json_response({"error": error}, status=403)
    answer: web.StreamResponse = await handler(request)
    return answer


def _answering(data: Callable[[int], dict[str, Any]]) -> Callable[[web.Request], Any]:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"success": True, "data": data(int(time.time() * 1000))})

    return answer


async def _performance(request: web.Request) -> web.Response:
    """Answer with the medians of the ten best models."""
    metric = request.query["metric"]
    values, best_is_high = _METRICS[metric]
    entries: list[dict[str, Any]] = [
        {"model": model.slug, "label": model.name, "providers": list(_providers(model, values))}
        for model in MODELS.values()
    ]
    entries.sort(key=lambda one: one["providers"][0]["value"], reverse=best_is_high)
    ranked = [{"rank": rank, **one} for rank, one in enumerate(entries[:_MODELS], 1)]
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    data = {"metric": metric, "starting_at": yesterday, "ending_at": yesterday, "entries": ranked}
    return web.json_response({"success": True, "data": data})


def _providers(model: Model, value: Callable[[Model, Provider], float]) -> Iterator[dict[str, Any]]:
    for slug in model.family.providers:
        yield {"provider": slug, "value": value(model, PROVIDERS[slug])}


def _throughput(model: Model, provider: Provider) -> float:
    return round(model.pace[1] * provider.speed * _PLATFORM, 2)


def _first_token(model: Model, provider: Provider) -> float:
    return round(model.pace[0] * provider.slowness / _PLATFORM)


_METRICS: dict[str, tuple[Callable[[Model, Provider], float], bool]] = {
    "throughput": (_throughput, True),
    "ttft": (_first_token, False),
}
