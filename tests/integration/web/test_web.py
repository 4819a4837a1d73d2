"""The HTTP server over hand-made deltas: scrapers, names that are not UTF-8, errors."""

import asyncio
import json
import os
from collections.abc import AsyncIterator

import aiohttp
import pytest

from deltas import COST, LABELS, REQUESTS, TIME_MS, compensated
from exporter.counting.delta import Delta, NewSeries
from exporter.positions import Fingerprint, Position
from exporter.sources import FileStatus, SourceStatus
from exporter.values.texts import unescape_path
from exporter.web.scraper import ScraperLocks
from page_read import read
from served import Published, serving

PLAIN = {"Accept-Encoding": "identity"}
UNSEEN = "zenmux_exporter_compensated_requests_unseen_total"
BYTES_PATH = "/var/log/caf\udce9.jsonl"
POSITION = Position(BYTES_PATH, "main", BYTES_PATH, 1, 2, Fingerprint(3, "ab"), 100)


def new(number: int, outcome: str) -> Delta:
    """Return a delta that creates a counter of requests at 1."""
    created = NewSeries(number, REQUESTS, (*LABELS, outcome))
    return Delta(created=(created,), counters=((number, 1),), last_number=number, built_ms=TIME_MS)


@pytest.fixture
async def url(pipeline: Published) -> AsyncIterator[str]:
    """The server's URL."""
    async with serving(pipeline) as address:
        yield address


def value(text: str, *parts: str) -> str:
    """Return the value of the one sample that contains all parts; empty if none."""
    samples = [row for row in text.splitlines() if not row.startswith("#")]
    found = [row.rsplit(" ", 1)[1] for row in samples if all(part in row for part in parts)]
    assert len(found) <= 1
    return "".join(found)


async def raw(url: str, target: bytes, *headers: bytes) -> bytes:
    """Send a GET with raw bytes; return the response."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = (b"GET " + target + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *headers)
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_new_series_is_shown_at_zero_once(
    pipeline: Published, url: str, http: aiohttp.ClientSession
) -> None:
    """Each named scraper sees a new series at zero once; its cursor is stored."""

    async def shown(query: str) -> str:
        async with http.get(f"{url}/metrics{query}") as answer:
            return value(await answer.text(), f"{REQUESTS}{{", '"error"')

    assert await shown("?scraper=a") == ""
    pipeline.publish(new(4, "error"))
    assert await shown("") == "1"
    assert [await shown("?scraper=a") for _ in range(3)] == ["0", "1", "1"]
    assert [await shown("?scraper=b") for _ in range(2)] == ["0", "1"]
    rows = pipeline.ledger.database.execute("SELECT shown FROM scraper").fetchall()
    assert rows == [(4,), (4,)]


async def test_a_head_request_shows_nothing(
    pipeline: Published, url: str, http: aiohttp.ClientSession
) -> None:
    """A HEAD request does not advance the scraper's cursor."""
    async with http.get(f"{url}/metrics?scraper=a"):
        pass
    pipeline.publish(new(4, "error"))
    async with http.head(f"{url}/metrics?scraper=a") as answer:
        assert answer.status == 200
    async with http.get(f"{url}/metrics?scraper=a") as answer:
        assert value(await answer.text(), '"error"') == "0"


async def test_series_of_existing_content_only_once_it_is_counted(
    pipeline: Published, url: str, http: aiohttp.ClientSession
) -> None:
    """Until existing content is counted the exporter isn't ready and exposes no requests."""
    pipeline.counted_existing = False
    async with http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    assert COST not in text.replace(f'family="{COST}"', "")
    assert value(text, "zenmux_exporter_ready ") == "0.0"
    async with http.get(f"{url}/-/ready") as answer:
        assert answer.status == 503
        assert "not ready: existing content is being counted\n" in await answer.text()
    async with http.get(f"{url}/") as answer:
        assert "not ready: existing content is being counted" in await answer.text()


async def test_process_metrics(pipeline: Published, url: str, http: aiohttp.ClientSession) -> None:
    """Process metrics are updated at each scrape."""
    pipeline.source_status = (SourceStatus("main", 12, TIME_MS / 1000),)
    async with http.get(f"{url}/metrics") as answer:
        text = await answer.text()
    assert value(text, 'zenmux_exporter_source_lag_bytes{source="main"}') == "12.0"
    assert value(text, f"{UNSEEN} ") == "0.0"

    for batch in range(2):
        rows = tuple(compensated(f"gen_{batch}_{n}") for n in range(104))
        pipeline.publish(Delta(compensated=rows, last_number=3))
    async with http.get(f"{url}/metrics") as answer:
        assert value(await answer.text(), f"{UNSEEN} ") == "108.0"
    async with http.get(
        f"{url}/metrics", headers={"Accept": "application/openmetrics-text"}
    ) as answer:
        text = await answer.text()
    assert value(text, f"{UNSEEN} ") == "108.0"
    assert text.count(UNSEEN.removesuffix("_total")) == 3
    assert text.endswith("\n# EOF\n")


@pytest.mark.parametrize(
    ("target", "header"),
    [
        (b"/metrics?scraper=%ff%e9", b"A: b"),
        (b"/metrics?scraper=%ed%a0%80", b"A: b"),
        (b"/metrics", b"X-Prometheus-Scrape-Timeout-Seconds: 10\r\nUser-Agent: caf\xe9"),
    ],
)
async def test_a_scraper_whose_name_is_not_utf8(
    pipeline: Published, url: str, target: bytes, header: bytes
) -> None:
    """A scraper whose name is not UTF-8 is tracked like any other."""
    assert (await raw(url, target, header)).startswith(b"HTTP/1.1 200")
    pipeline.publish(new(4, "error"))
    found = [
        value((await raw(url, target, header)).decode(), REQUESTS, '"error"') for _ in range(2)
    ]
    assert found == ["0", "1"]
    (count,) = pipeline.ledger.database.execute("SELECT count(*) FROM scraper").fetchone()
    assert count == 1


async def test_state(pipeline: Published, url: str, http: aiohttp.ClientSession) -> None:
    """The state is consistent, and paths that are not UTF-8 can be restored from it."""
    pipeline.publish(Delta(positions={POSITION.key: POSITION}, last_number=3))
    pipeline.counted_existing = False
    async with http.get(f"{url}/api/v1/state") as answer:
        assert answer.content_type == "application/json"
        state = json.loads(await answer.read())

    (position,) = state["positions"]
    assert os.fsencode(unescape_path(position["path"])) == b"/var/log/caf\xe9.jsonl"
    assert position == {
        "key": "/var/log/caf\0e9.jsonl",
        "source": "main",
        "path": "/var/log/caf\0e9.jsonl",
        "device": 1,
        "inode": 2,
        "fingerprint": {"length": 3, "digest": "ab"},
        "offset": 100,
        "finished": False,
        "rotated": False,
        "archive_size": 0,
        "started": 0,
        "wrapper": "",
        "resume": None,
        "chain": "",
        "target": "",
    }
    assert value(state["metrics"], f"{COST}{{", '"prompt"') == "2.5"
    assert "zenmux_exporter_ready" not in state["metrics"]


async def test_names_that_are_not_utf8_are_shown(
    pipeline: Published, url: str, http: aiohttp.ClientSession
) -> None:
    """Names that are not UTF-8 are escaped on the page and in the readiness reason."""
    pipeline.files = (FileStatus("main", BYTES_PATH, 1_000, 2_000, 0.0, "<denied>"),)
    pipeline.trouble = "/caf\udce9/ledger.sqlite: disk full"
    async with http.get(f"{url}/") as answer:
        page = await answer.text()
    async with http.get(f"{url}/-/ready") as answer:
        reason = await answer.text()

    cells = ["main", "/var/log/caf\\xe9.jsonl", "reading", "1,000", "2,000", "<denied>"]
    assert read(page)["Files in trouble"].cells[1] == cells
    assert "Not ready: /caf\\xe9/ledger.sqlite: disk full." in page
    assert reason == "ZenMux exporter is not ready: /caf\\xe9/ledger.sqlite: disk full\n"


@pytest.mark.parametrize("number", ["9223372036854775807", "9223372036854775808", "9" * 5000])
@pytest.mark.parametrize("name", ["from", "to", "cursor", "limit"])
async def test_numbers_beyond_sqlite(
    url: str, http: aiohttp.ClientSession, name: str, number: str
) -> None:
    """A parameter that the ledger can't hold is refused."""
    async with http.get(f"{url}/api/v1/compensations", params={name: number}) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].startswith(f"{name}: must be ")


async def test_largest_numbers(url: str, http: aiohttp.ClientSession) -> None:
    """The largest allowed numbers are accepted."""
    for query in ({"from": "9" * 18}, {"to": "0"}, {"cursor": str(1 << 62)}, {"limit": "1000"}):
        async with http.get(f"{url}/api/v1/compensations", params=query) as answer:
            assert (answer.status, (await answer.json())["count"]) == (200, 0)


@pytest.mark.parametrize("name", [b"type", b"model", b"provider", b"api_key", b"nothing"])
async def test_filters_that_are_not_utf8(url: str, name: bytes) -> None:
    """Filters that are not UTF-8 find nothing; an unknown parameter is refused."""
    for text in (b"%ff", b"%ed%a0%80"):
        answer = await raw(url, b"/api/v1/compensations?" + name + b"=" + text)
        assert answer.split(b" ")[1] == (b"400" if name == b"nothing" else b"200")


async def test_reload(pipeline: Published, http: aiohttp.ClientSession) -> None:
    """A failed reload responds with the error, even if a path in it is not UTF-8."""
    faults = ["", "caf\udce9.yml: storage: must be a mapping"]
    async with serving(pipeline, faults.pop) as url:
        async with http.post(f"{url}/-/reload") as answer:
            assert answer.status == 500
            text = await answer.text()
        async with http.put(f"{url}/-/reload") as answer:
            assert (answer.status, await answer.text()) == (200, "")
    assert text == "failed to reload the configuration:\ncaf\\xe9.yml: storage: must be a mapping\n"


async def test_reload_is_off(url: str, http: aiohttp.ClientSession) -> None:
    """Reloads over HTTP are refused unless enabled by a flag."""
    async with http.post(f"{url}/-/reload") as answer:
        assert answer.status == 403
        assert "--web.enable-lifecycle" in await answer.text()


async def test_scraper_locks() -> None:
    """Requests of one scraper run one at a time; those of others don't wait."""
    locks, order = ScraperLocks(), []
    inside, leave = asyncio.Event(), asyncio.Event()

    async def scrape(scraper: str, name: str) -> None:
        async with locks.hold(scraper):
            order.append(name)
            if name == "first":
                inside.set()
                await leave.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(scrape("a", "first"))
        await inside.wait()
        second = group.create_task(scrape("a", "second"))
        for other in ("b", "", ""):
            await scrape(other, "other")
        assert order == ["first", "other", "other", "other"]
        leave.set()
        await second
        await scrape("a", "third")
    assert order[-2:] == ["second", "third"]
