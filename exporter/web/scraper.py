"""Identify scrapers, and serialise the requests of each."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from ..values.masking import masked
from ..values.texts import printable
from .passwords import user_name

_MAX_NAME_LENGTH = 128
_WAIT_SECONDS = 2.0
# Sent by Prometheus and compatible scrapers, but not by other clients.
_SCRAPER_HEADER = "X-Prometheus-Scrape-Timeout-Seconds"


def scraper_name(request: web.Request) -> str:
    """Return the `scraper` parameter, else user, address and program; empty for other clients."""
    name = masked(printable(request.query.get("scraper", "")))
    if name:
        return f"scraper {name[:_MAX_NAME_LENGTH]}"
    if _SCRAPER_HEADER not in request.headers:
        return ""
    program = masked(printable(request.headers.get("User-Agent", "")))
    user = masked(printable(user_name(request.headers.get("Authorization", ""))))
    user = user[:_MAX_NAME_LENGTH]
    return f"{user}{'@' if user else ''}{request.remote} {program[:_MAX_NAME_LENGTH]}"


class ScraperLocks:
    """A lock for each scraper that is being served.

    Which series the next response shows at 0 depends on whether the previous one was received.
    """

    def __init__(self) -> None:
        """Start with no scraper being served."""
        # Each lock with the number of requests that hold it or wait for it.
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def hold(self, scraper: str) -> AsyncIterator[None]:
        """Hold a scraper's lock, but don't wait long for an earlier request."""
        if not scraper:
            yield
            return
        lock = self._enter(scraper)
        is_held = False
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_WAIT_SECONDS):
                    is_held = await lock.acquire()
            yield
        finally:
            if is_held:
                lock.release()
            self._leave(scraper)

    def _enter(self, scraper: str) -> asyncio.Lock:
        lock, users = self._locks.get(scraper) or (asyncio.Lock(), 0)
        self._locks[scraper] = lock, users + 1
        return lock

    def _leave(self, scraper: str) -> None:
        lock, users = self._locks.pop(scraper)
        if users > 1:
            self._locks[scraper] = lock, users - 1
