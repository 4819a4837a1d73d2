"""Fixtures: a server of ZenMux's API, and clients of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from polled import Polled
from resolving import Resolving
from zenmux_server import ZenMuxServer, serving


@pytest.fixture
def api() -> Iterator[ZenMuxServer]:
    """Run a server of ZenMux's API."""
    with serving() as found:
        yield found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session like the exporter's."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as found:
        yield found


@pytest.fixture
def resolving(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> Iterator[Resolving]:
    """Return a resolver of a file of ids."""
    found = Resolving(session, api, tmp_path)
    yield found
    found.resolver.close()


@pytest.fixture
def polled(session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path) -> Polled:
    """Return a poller of the server."""
    return Polled(session, api, tmp_path)
