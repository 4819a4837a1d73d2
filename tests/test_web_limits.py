"""Hostile clients: what each may use, what happens at the limit, and what answers reveal."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from deltas import REQUESTS, TIME_MS, first
from served import Published, serving

from exporter.config import Web
from exporter.counting.delta import Delta, NewSeries
from exporter.metrics.process import ProcessMetrics
from exporter.web.hosts import Hosts
from exporter.web.limits import Limits

QUICK = Limits(head_seconds=0.2, idle_seconds=0.4, stall_seconds=0.2, request_seconds=5.0)
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def process() -> ProcessMetrics:
    """Where refusals are counted."""
    return ProcessMetrics(demo=False)


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """A pipeline that has published a batch of existing content."""
    pipeline = Published(tmp_path)
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


@pytest.fixture
async def url(pipeline: Published, process: ProcessMetrics) -> AsyncIterator[str]:
    """Where it is served, with short time-outs."""
    async with serving(pipeline, limits=QUICK, process=process) as address:
        yield address


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


@contextlib.asynccontextmanager
async def connected(
    url: str, **options: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), **options)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(url: str, data: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    async with connected(url) as (reader, writer), asyncio.timeout(10):
        writer.write(data)
        with contextlib.suppress(ConnectionResetError):
            return await reader.read()
        return b"reset"


def refused(process: ProcessMetrics, reason: str) -> float:
    """How often a reason was counted."""
    found = process._registry.get_sample_value(
        "zenmux_exporter_http_refused_total", {"reason": reason}
    )
    return found or 0.0


@pytest.mark.parametrize(
    "data", [b"", b"GET", GET, GET + b"A: b\r\n", b"\r\n\r\n", b"POST /x HTTP/1.1\r\nHost:"]
)
async def test_half_a_request_is_given_up(url: str, data: bytes) -> None:
    """A connection that sends no whole head is closed in time."""
    assert await answer(url, data) == b""


async def test_a_slow_head_is_given_up(url: str) -> None:
    """A byte now and then keeps nothing open."""

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
    """It serves several requests before."""
    request = b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n"
    async with connected(url) as (reader, writer), asyncio.timeout(5):
        for _ in range(3):
            writer.write(request)
            assert (await reader.readuntil(b"healthy.\n")).startswith(b"HTTP/1.1 200 OK")
        assert await reader.read() == b""


async def test_pipelined_requests(url: str) -> None:
    """They are answered one after the other, half a one at the end is given up."""
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
    """A line, a header, a head, a body: what is too large or no request is refused at once."""
    found = await answer(url, data)
    assert found == b"reset" or found.split(b" ")[1].startswith(status)


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        b"BREW /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        GET + (b"A: " + b"b" * 4000 + b"\r\n") * 9,
    ],
)
async def test_headers_of_all_answers(url: str, data: bytes) -> None:
    """No type is guessed, nothing is loaded, and no version is told."""
    head = (await answer(url, data)).partition(b"\r\n\r\n")[0]
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])

    assert headers[b"X-Content-Type-Options"] == b"nosniff"
    assert headers[b"Server"] == b"zenmux-exporter"
    assert headers[b"Content-Security-Policy"].startswith(b"default-src 'none'; ")


async def test_policy_of_the_page(url: str, http: aiohttp.ClientSession) -> None:
    """It allows the page's own style and nothing else."""
    async with http.get(url) as found:
        policy = found.headers["Content-Security-Policy"]
        page = await found.text()
    assert "<style>" in page
    assert "<script" not in page
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        ("localhost", True),
        ("LOCALHOST:10464", True),
        ("127.0.0.1:10464", True),
        ("127.9.9.9", True),
        ("[::1]:10464", True),
        ("metrics.example.com", True),
        ("Metrics.Example.com.:443", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("localhost@evil.example", False),
        ("", False),
        ("localhost:x", False),
        ("2130706433", False),
    ],
)
def test_hosts(host: str, accepted: bool) -> None:
    """Loopback's names and the configured ones."""
    assert Hosts(["metrics.example.com"]).accepts(host) is accepted


async def test_a_foreign_host_is_refused(pipeline: Published, http: aiohttp.ClientSession) -> None:
    """On loopback, where a web page could get by a name of its own; with a remedy."""
    headers = {"Host": "evil.example"}
    async with serving(pipeline, settings=Web(hosts=("known.example",))) as url:
        for path in ("/metrics", "/", "/-/healthy", "/api/v1/state", "/nowhere"):
            async with http.get(f"{url}{path}", headers=headers) as found:
                assert (found.status, "web.hosts" in await found.text()) == (421, True)
        async with http.get(f"{url}/metrics", headers={"Host": "known.example"}) as found:
            assert found.status == 200


async def test_methods(url: str, http: aiohttp.ClientSession) -> None:
    """Others than a path's are refused, with those that it has."""
    for path, allowed in (("/metrics", {"GET", "HEAD"}), ("/-/reload", {"POST", "PUT"})):
        for method in ("DELETE", "OPTIONS", "TRACE", "PATCH"):
            async with http.request(method, f"{url}{path}") as found:
                assert found.status == 405
                assert set(found.headers["Allow"].replace(" ", "").split(",")) == allowed


async def test_other_sites_pages_change_nothing(url: str, http: aiohttp.ClientSession) -> None:
    """A form of another site can't reload the configuration; the exporter's own origin could."""
    for origin, status in (("http://evil.example", 403), ("null", 403), (url, 403)):
        async with http.post(f"{url}/-/reload", headers={"Origin": origin}) as found:
            assert found.status == status
            assert ("--web.enable-lifecycle" in await found.text()) is (origin == url)


async def test_connections_are_bounded(pipeline: Published, process: ProcessMetrics) -> None:
    """A new one takes the place of the one that waits longest; scrapes get through."""
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
    """Those beyond the limit are told to come again."""
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


def many(number: int) -> Delta:
    """Counters with long names, 6 kB a line."""
    created = tuple(
        NewSeries(n, REQUESTS, (f"{n:0>3000}", f"{n:0>3000}", "p", "payg", "success"))
        for n in range(100, 100 + number)
    )
    values = tuple((one.number, 1) for one in created)
    return Delta(created=created, counters=values, last_number=99 + number, built_ms=TIME_MS)


async def test_slow_readers_are_dropped(pipeline: Published, process: ProcessMetrics) -> None:
    """A client that does not read is given up, and was no scrape; others are served meanwhile."""
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
    """Where slow clients hold bodies of other moments, the oldest is given up for a new scrape."""
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
    """Plain and compressed, with process metrics of each one's own moment."""
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
