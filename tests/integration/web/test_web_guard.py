"""Access checks and response headers: hosts, methods, origins."""

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
    """The metrics that count refusals."""
    return ProcessMetrics(demo=False)


@pytest.fixture
async def url(pipeline: Published, process: ProcessMetrics) -> AsyncIterator[str]:
    """The URL of a server with short timeouts."""
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
    """All responses forbid type sniffing and loading, and hide the version."""
    head = (await answer(url, data)).partition(b"\r\n\r\n")[0]
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])

    assert headers[b"X-Content-Type-Options"] == b"nosniff"
    assert headers[b"Server"] == b"zenmux-exporter"
    assert headers[b"Content-Security-Policy"].startswith(b"default-src 'none'; ")


async def test_policy_of_the_page(url: str, http: aiohttp.ClientSession) -> None:
    """The policy allows only the page's own style and script and requests to the exporter."""
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
    """Loopback names and configured hosts are accepted."""
    assert Hosts(["metrics.example.com"]).accepts(host) is accepted


async def test_a_foreign_host_is_refused(pipeline: Published, http: aiohttp.ClientSession) -> None:
    """On loopback foreign hosts get 421 with a remedy, against DNS rebinding."""
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
    """Beyond loopback any host is accepted until some are listed; IP addresses always are."""
    settings = Web(hosts=hosts)
    async with (
        serving(pipeline, settings=settings, listen_address="0.0.0.0:0") as url,
        http.get(f"{url}/metrics", headers={"Host": host}) as found,
    ):
        assert found.status == status


async def test_methods(url: str, http: aiohttp.ClientSession) -> None:
    """Other methods get 405 with the allowed ones."""
    for path, allowed in (("/metrics", {"GET", "HEAD"}), ("/-/reload", {"POST", "PUT"})):
        for method in ("DELETE", "OPTIONS", "TRACE", "PATCH"):
            async with http.request(method, f"{url}{path}") as found:
                assert found.status == 405
                assert set(found.headers["Allow"].replace(" ", "").split(",")) == allowed


async def test_other_sites_pages_change_nothing(url: str, http: aiohttp.ClientSession) -> None:
    """Requests from foreign origins can't reload the configuration."""
    for origin, status in (("http://evil.example", 403), ("null", 403), (url, 403)):
        async with http.post(f"{url}/-/reload", headers={"Origin": origin}) as found:
            assert found.status == status
            assert ("--web.enable-lifecycle" in await found.text()) is (origin == url)
