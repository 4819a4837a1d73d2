"""Who may ask, and what answers reveal: hosts, methods, origins, headers."""

import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from exporter.config import Web
from exporter.metrics.process import ProcessMetrics
from exporter.web.hosts import Hosts
from exporter.web.limits import Limits
from raw_http import answer
from served import Published, serving

QUICK = Limits(head_seconds=0.2, idle_seconds=0.4, stall_seconds=0.2, request_seconds=5.0)


GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def process() -> ProcessMetrics:
    """Where refusals are counted."""
    return ProcessMetrics(demo=False)


@pytest.fixture
async def url(pipeline: Published, process: ProcessMetrics) -> AsyncIterator[str]:
    """Where it is served, with short time-outs."""
    async with serving(pipeline, limits=QUICK, process=process) as address:
        yield address


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
    """It allows the page's own style and script, and to ask this exporter again."""
    async with http.get(url) as found:
        policy = found.headers["Content-Security-Policy"]
        page = await found.text()
    assert "<style>" in page
    assert page.count("<script>") == 1
    assert re.fullmatch(
        "default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; "
        "connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        policy,
    )


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


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        ((), "evil.example", 200),
        (("known.example",), "evil.example", 421),
        (("known.example",), "known.example:10464", 200),
        (("known.example",), "localhost", 200),
        (("known.example",), "10.0.0.7:10464", 200),
        (("known.example",), "[2001:db8::1]", 200),
        (("known.example",), "10.0.0.7.evil.example", 421),
    ],
)
async def test_hosts_beyond_loopback(
    pipeline: Published, http: aiohttp.ClientSession, hosts: tuple[str, ...], host: str, status: int
) -> None:
    """Any name will do until some are listed; an address is no name that leads elsewhere."""
    settings = Web(hosts=hosts)
    async with (
        serving(pipeline, settings=settings, listen_address="0.0.0.0:0") as url,
        http.get(f"{url}/metrics", headers={"Host": host}) as found,
    ):
        assert found.status == status


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
