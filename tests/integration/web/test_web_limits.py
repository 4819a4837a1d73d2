"""Limits against hostile clients: sizes, times, connections, memory."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest

from deltas import REQUESTS, TIME_MS
from exporter.counting.delta import Delta, NewSeries
from exporter.metrics.process import ProcessMetrics
from exporter.web.limits import Limits
from raw_http import answer, connected, refused
from served import Published, serving

QUICK = Limits(head_seconds=0.2, idle_seconds=0.4, stall_seconds=0.2, request_seconds=5.0)


GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def process() -> ProcessMetrics:
    """The metrics that count refusals."""
    return ProcessMetrics(demo=False)


@pytest.fixture
async def url(pipeline: Published, process: ProcessMetrics) -> AsyncIterator[str]:
    """The URL of a server with short timeouts."""
    async with serving(pipeline, limits=QUICK, process=process) as address:
        yield address


@pytest.mark.parametrize(
    "data", [b"", b"GET", GET, GET + b"A: b\r\n", b"\r\n\r\n", b"POST /x HTTP/1.1\r\nHost:"]
)
async def test_half_a_request_is_given_up(url: str, data: bytes) -> None:
    """A connection that never sends a complete head is closed."""
    assert await answer(url, data) == b""


async def test_a_slow_head_is_given_up(url: str) -> None:
    """Slow single bytes do not keep a connection open."""

    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /")
        while not writer.is_closing():
            writer.write(b"a")
            await asyncio.sleep(0.05)

    async with connected(url) as (reader, writer), asyncio.timeout(5):
        writing = asyncio.ensure_future(trickle(writer))
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writing.cancel()


async def test_an_idle_connection_is_closed(url: str) -> None:
    """An idle keep-alive connection is closed after its requests are answered."""
    request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with connected(url) as (reader, writer), asyncio.timeout(5):
        for _ in range(3):
            writer.write(request)
            assert (await reader.readuntil(b"healthy.\n")).startswith(b"HTTP/1.1 200 OK")
        assert await reader.read() == b""


async def test_pipelined_requests(url: str) -> None:
    """Pipelined requests are answered in order; an incomplete last one is dropped."""
    request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    found = await answer(url, request * 50 + GET)
    assert found.count(b"HTTP/1.1 200 OK") == 50


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
        (GET + b"A: " + b"b" * 9000 + b"\r\n\r\n", b"400"),
        (GET + (b"A: " + b"b" * 4000 + b"\r\n") * 20, b"431"),
        (GET + b"A: b\r\n" * 10_000, b"4"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n", b"413"),
        (GET + b"Transfer-Encoding: chunked\r\n\r\n", b"413"),
    ],
)
async def test_sizes(url: str, data: bytes, status: bytes) -> None:
    """Oversized lines, headers, heads and bodies and invalid requests are refused at once."""
    found = await answer(url, data)
    assert found == b"reset" or found.split(b" ")[1].startswith(status)


async def test_connections_are_bounded(pipeline: Published, process: ProcessMetrics) -> None:
    """A new connection replaces the longest idle one, so scrapes get through."""
    limits = Limits(connections=8)
    async with serving(pipeline, limits=limits, process=process) as url:
        async with contextlib.AsyncExitStack() as stack:
            idle = [await stack.enter_async_context(connected(url)) for _ in range(20)]
            request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            assert (await answer(url, request)).startswith(b"HTTP/1.1 200")
            for reader, _ in idle[:12]:
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
        assert refused(process, "connections") >= 12


async def test_requests_are_bounded(pipeline: Published, http: aiohttp.ClientSession) -> None:
    """Requests beyond the limit get 503 with Retry-After."""
    limits = replace(QUICK, at_once={"/metrics": 2})
    async with serving(pipeline, limits=limits) as url, asyncio.TaskGroup() as group:
        async with pipeline.lock:
            waiting = [group.create_task(http.get(f"{url}/metrics")) for _ in range(5)]
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            while len(done) < 3:
                done, _ = await asyncio.wait(waiting, timeout=0.01)
        found = [await one for one in waiting]
        assert sorted(one.status for one in found) == [200, 200, 503, 503, 503]
        assert all(one.headers["Retry-After"] == "1" for one in found if one.status == 503)


async def test_requests_of_a_route_are_bounded_together(
    pipeline: Published, http: aiohttp.ClientSession
) -> None:
    """The limit of a route applies to all its paths together."""
    limits = replace(QUICK, at_once={"/requests/{id}": 0})
    async with serving(pipeline, limits=limits) as url:
        for name in ("gen_1", "gen_2"):
            async with http.get(f"{url}/requests/{name}") as found:
                assert found.status == 503


@pytest.mark.parametrize("path", ["/metrics", "/api/v1/state"])
async def test_a_client_that_breaks_off_leaves_no_trace(
    pipeline: Published, url: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A client that disconnects early causes no log line and no failure."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    after = request.replace(b"Host", b"Connection: close\r\nHost")
    async with pipeline.lock:
        for _ in range(5):
            async with connected(url) as (_, writer):
                writer.write(request)
            health = after.replace(path.encode(), b"/-/healthy")
            assert (await answer(url, health)).startswith(b"HTTP/1.1 200")
    assert (await answer(url, after)).startswith(b"HTTP/1.1 200")

    assert caplog.text == ""


def many(number: int) -> Delta:
    """Return counters with long labels, 6 kB a line."""
    created = tuple(
        NewSeries(n, REQUESTS, (f"{n:0>3000}", f"{n:0>3000}", "p", "payg", "success"))
        for n in range(100, 100 + number)
    )
    values = tuple((one.number, 1) for one in created)
    return Delta(created=created, counters=values, last_number=99 + number, built_ms=TIME_MS)


async def test_slow_readers_are_dropped(pipeline: Published, process: ProcessMetrics) -> None:
    """A slow reader is dropped and does not count as a scrape; others are served."""
    pipeline.publish(many(3000))
    target = b"GET /metrics?scraper=slow HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serving(pipeline, limits=QUICK, process=process) as url:
        async with connected(url, limit=1) as (reader, writer):
            writer.write(target)
            await reader.read(10)
            request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            assert (await answer(url, request)).startswith(b"HTTP/1.1 200")
            while not refused(process, "slow_reader"):  # noqa: ASYNC110 - another's event
                await asyncio.sleep(0.01)
        rows = pipeline.ledger.database.execute("SELECT * FROM scraper").fetchall()
        assert rows == []


async def test_room_for_bodies_is_bounded(pipeline: Published, process: ProcessMetrics) -> None:
    """If slow clients hold too many old bodies, the oldest is dropped for a new scrape."""
    pipeline.publish(many(3000))
    limits = Limits(waiting_bytes=30_000_000, pressed_seconds=0.1)
    target = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with serving(pipeline, limits=limits, process=process) as url:
        async with contextlib.AsyncExitStack() as stack:
            for moment in range(3):
                for _ in range(3):
                    reader, writer = await stack.enter_async_context(connected(url, limit=1))
                    writer.write(target)
                    await reader.read(10)
                pipeline.publish(Delta(counters=((100, moment + 2),), last_number=3099))
            request = target[:-2] + b"Connection: close\r\n\r\n"
            assert b'success"} 4\n' in await answer(url, request)
        assert refused(process, "slow_reader") >= 3


async def test_one_body_for_all_who_see_the_same(
    pipeline: Published, http: aiohttp.ClientSession
) -> None:
    """Concurrent scrapes share one rendered body, but have fresh process metrics."""
    pipeline.publish(many(400))
    async with serving(pipeline) as url:
        async with asyncio.TaskGroup() as group:

            async def text(encoding: str) -> str:
                headers = {"Accept-Encoding": encoding}
                async with http.get(f"{url}/metrics", headers=headers) as found:
                    return await found.text()

            kinds = ["gzip", "identity"] * 10
            found = [await one for one in [group.create_task(text(kind)) for kind in kinds]]
        families = {one[: one.index("# HELP process_")] for one in found}
        assert len(families) == 1
        assert all("zenmux_exporter_http_connections" in one for one in found)

        async with http.get(f"{url}/api/v1/state") as state:
            assert json.loads(await state.text())["metrics"] in families.pop()
