"""Requests with random bytes never cause a server error, and complete scrapes count."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Iterator
from urllib.parse import quote_from_bytes

import pytest

from served import Published, serving

_NAMES = (
    b"Host", b"User-Agent", b"Accept", b"Accept-Encoding", b"Authorization", b"Cookie", b"Origin",
    b"X-Prometheus-Scrape-Timeout-Seconds", b"Content-Type", b"Expect", b"Range", b"If-None-Match",
    b"Connection", b"Upgrade", b"Forwarded", b"X-Forwarded-For", b"Content-Encoding",
)  # fmt: skip
_PATHS = (b"/metrics", b"/", b"/api/v1/compensations", b"/api/v1/state", b"/-/ready", b"/\xff")
_PARAMETERS = (b"scraper", b"from", b"to", b"limit", b"cursor", b"model", b"type", b"\xff")
_TEXTS = (
    b"gzip;q=nan",
    b"gzip;q=1e999",
    b"*;q=-1",
    b"100-continue",
    b"keep-alive",
    b"h2c",
    b"Basic /",
)


@pytest.fixture
async def address(pipeline: Published) -> AsyncIterator[tuple[str, int]]:
    """The server's host and port."""
    async with serving(pipeline) as url:
        host, port = url.removeprefix("http://").split(":")
        yield host, int(port)


async def answer(address: tuple[str, int], data: bytes) -> bytes:
    """Send bytes; return everything that comes back."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(data)
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.transport.abort()


def requests(seed: int) -> Iterator[bytes]:
    """Yield requests with random bytes, except newlines, in parameters and headers."""
    chance = random.Random(seed)

    def text() -> bytes:
        if chance.random() < 0.3:
            return chance.choice(_TEXTS)
        count = chance.choice((0, 1, 5, 40))
        return bytes(chance.randrange(1, 256) for _ in range(count)).translate(None, b"\r\n")

    while True:
        pairs = (
            chance.choice(_PARAMETERS) + b"=" + quote_from_bytes(text()).encode()
            for _ in range(chance.randrange(4))
        )
        target = chance.choice(_PATHS) + b"?" + b"&".join(pairs)
        lines = [b"GET " + target + b" HTTP/1.1", b"Connection: close"]
        names = chance.sample(_NAMES, chance.randrange(6))
        lines += [name + b": " + text() for name in names]
        if b"Host" not in names:
            lines.append(b"Host: localhost")
        yield b"\r\n".join(lines) + b"\r\n\r\n"


@pytest.mark.parametrize("seed", range(4))
async def test_any_bytes(
    address: tuple[str, int], seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each request is answered or refused, without a logged error."""
    statuses = set()
    for _, data in zip(range(150), requests(seed), strict=False):
        status = (await answer(address, data)).split(b" ")[1:2]
        statuses.update(status)
        assert status != [b"500"], data
    assert {b"200", b"400"} <= statuses
    assert [one for one in caplog.records if one.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("header", [b"X-Prometheus-Scrape-Timeout-Seconds: \xff", b"A: b"])
@pytest.mark.parametrize("name", [b"\xff\xfe", b"caf\xe9", b"\xed\xa0\x80", b"\x01", b"a" * 3000])
async def test_every_scraper_has_a_mark(
    pipeline: Published, address: tuple[str, int], name: bytes, header: bytes
) -> None:
    """A scraper with any name, from the parameter or the user agent, has a cursor."""
    encoded, header_text = quote_from_bytes(name).encode(), name.replace(b"\x01", b"\x80")
    await answer(
        address,
        b"GET /metrics?scraper=" + encoded + b" HTTP/1.1\r\nHost: localhost\r\n"
        b"User-Agent: "
        + header_text
        + b"\r\nAuthorization: Basic "
        + header_text[:1]
        + b"\r\nConnection: close\r\n"
        + header
        + b"\r\n\r\n",
    )
    rows = pipeline.ledger.database.execute("SELECT shown FROM scraper").fetchall()
    assert rows == [(3,)]
