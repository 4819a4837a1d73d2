"""Raw HTTP connections, for requests that no HTTP client would send."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from exporter.metrics.process import ProcessMetrics


@contextlib.asynccontextmanager
async def connected(
    url: str, **options: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Open a connection."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), **options)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(url: str, data: bytes) -> bytes:
    """Return everything received until the server closes the connection."""
    async with connected(url) as (reader, writer), asyncio.timeout(10):
        writer.write(data)
        with contextlib.suppress(ConnectionResetError):
            return await reader.read()
        return b"reset"


def refused(process: ProcessMetrics, reason: str) -> float:
    """Return how often a reason was counted."""
    found = process._registry.get_sample_value(
        "zenmux_exporter_http_refused_total", {"reason": reason}
    )
    return found or 0.0
