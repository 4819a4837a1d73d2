"""The HTTP side of a running exporter: formats, compression, health, page."""

import asyncio
import contextlib
import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from yarl import URL

from exporter.app import Exporter
from exporter.config import Config, Source, Storage, Web
from exporter.metrics.text_format import Format
from exporter.web.negotiation import accepts_gzip, choose_format

LINE = (
    '{"id": "gen_1", "timestamp": "2026-11-01T00:00:00Z", "model": "m", "latency_ms": 500,'
    ' "compensation": {"type": "x", "payout_usd": 1}}\n'
)
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@contextlib.asynccontextmanager
async def serving(directory: Path, *sources: Source) -> AsyncIterator[str]:
    """Run an exporter on sources and yield its URL."""
    config = Config(
        sources=sources,
        storage=Storage(path=directory / "state"),
        web=Web(listen_address="127.0.0.1:0"),
    )
    stop, address = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        group.create_task(Exporter(config).run(stop, address.set_result))
        try:
            yield f"http://{await address}"
        finally:
            stop.set()


async def ready(http: aiohttp.ClientSession, url: str) -> None:
    """Wait until the exporter has counted existing content."""
    async with asyncio.timeout(10):
        while (await http.get(f"{url}/-/ready")).status != 200:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without automatic decompression."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


@pytest.fixture
async def url(tmp_path: Path, http: aiohttp.ClientSession) -> AsyncIterator[str]:
    """A ready exporter that counted one line."""
    path = tmp_path / "requests.jsonl"
    path.write_text(LINE)
    async with serving(tmp_path, Source("requests", "file", str(path))) as address:
        await ready(http, address)
        yield address


async def test_text_by_default(http: aiohttp.ClientSession, url: str) -> None:
    """A plain GET gets text 0.0.4 that the client library parses."""
    async with http.get(f"{url}/metrics", headers={"Accept-Encoding": "identity"}) as answer:
        text = await answer.text()

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in parse_text(text)}
    assert families["zenmux_requests"].samples[0].value == 1
    assert families["zenmux_exporter_ready"].samples[0].value == 1
    assert families["process_cpu_seconds"].samples[0].value > 0


async def test_openmetrics_with_exemplars(http: aiohttp.ClientSession, url: str) -> None:
    """OpenMetrics passes a strict parser and has generation ids as exemplars."""
    headers = {"Accept": OPENMETRICS, "Accept-Encoding": "identity"}
    async with http.get(f"{url}/metrics", headers=headers) as answer:
        text = await answer.text()

    assert answer.headers["Content-Type"] == f"{OPENMETRICS}; charset=utf-8"
    families = {family.name: family for family in parse_openmetrics(text)}  # type: ignore[no-untyped-call]
    exemplars = {
        name: [s.exemplar for s in families[name].samples if s.exemplar]
        for name in (
            "zenmux_time_to_first_token_seconds",
            "zenmux_insurance_payout_per_request_usd",
        )
    }
    assert [
        (exemplar.labels, exemplar.value) for found in exemplars.values() for exemplar in found
    ] == [({"generation_id": "gen_1"}, 0.5), ({"generation_id": "gen_1"}, 1)]
    assert not re.search("_created[ {]", text)


async def test_gzip(http: aiohttp.ClientSession, url: str) -> None:
    """A client that accepts gzip gets it, with the same content."""
    async with http.get(f"{url}/metrics", headers={"Accept-Encoding": "gzip"}) as answer:
        body = await answer.read()

    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"zenmux_requests_total{" in gzip.decompress(body)


async def test_management_endpoints(http: aiohttp.ClientSession, url: str) -> None:
    """Health and readiness answer GET and HEAD with 200."""
    for path in ("/-/healthy", "/-/ready"):
        async with http.get(f"{url}{path}") as answer:
            assert answer.status == 200
        async with http.head(f"{url}{path}") as answer:
            assert answer.status == 200


async def test_compensations(http: aiohttp.ClientSession, url: str) -> None:
    """The API lists and filters compensated requests and names wrong parameters."""
    api = f"{url}/api/v1/compensations"
    async with http.get(api, params={"type": "x", "from": "2026-11-01T00:00:00Z"}) as answer:
        found = await answer.json()
    assert found == {
        "items": [
            {
                "timestamp_ms": 1793491200000,
                "generation_id": "gen_1",
                "model": "m",
                "provider": "unknown",
                "api_key": "unknown",
                "plan": "payg",
                "compensation_type": "x",
                "finish_reason": "unknown",
                "input_tokens": "unknown",
                "output_tokens": "unknown",
                "cost_usd": "unknown",
                "latency_ms": "500",
                "throughput": "unknown",
                "payout_usd": "1",
                "seen_ms": found["items"][0]["seen_ms"],
            }
        ],
        "next": None,
        "count": 1,
        "payout_usd": "1",
    }
    for nothing in ({"model": "other"}, {"to": "1793491200000"}, {"cursor": "1"}):
        async with http.get(api, params=nothing) as answer:
            assert (await answer.json())["items"] == []
    for wrong in ({"limit": "0"}, {"from": "soon"}, {"modle": "m"}, {"cursor": "x"}):
        async with http.get(api, params=wrong) as answer:
            assert answer.status == 400
            assert next(iter(wrong)) in (await answer.json())["error"]


NUMBERS = (
    "9223372036854775807", "9223372036854775808", "18446744073709551616", "9" * 21, "1" * 5000,
    "-1", "-9223372036854775809", "+5", "5 ", " ", "1_000", "0x10", "1e999999999", "1e-999999999",
    "NaN", "-Infinity", "sNaN", "\u0663", "\u00b2", "\uff11", "\0", "\ud800", "\udcff", "5\n",
    "2026-13-01T00:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:60Z",
    "2026-11-01T00:00:00+99:99",
)  # fmt: skip


async def answer_to(http: aiohttp.ClientSession, url: str, query: str) -> tuple[int, str]:
    """Send a raw query; return the status and the error."""
    address = URL(f"{url}/api/v1/compensations?{query}", encoded=True)
    async with http.get(address) as answer:
        return answer.status, (await answer.json()).get("error", "")


async def test_numbers_out_of_range(http: aiohttp.ClientSession, url: str) -> None:
    """Numbers out of range get a 400 that names the parameter."""
    for name in ("from", "to", "limit", "cursor"):
        for number in NUMBERS:
            text = quote(number.encode(errors="surrogatepass"))
            status, error = await answer_to(http, url, f"{name}={text}")
            assert (status, error[: len(name) + 6]) == (400, f"{name}: must"), number
    for query in ("from=999999999999999999", "to=0", "limit=1000", "cursor=4611686018427387904"):
        assert await answer_to(http, url, query) == (200, "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("from=1&from=2", (400, "a parameter is given twice")),
        ("limit=1&limit=x", (400, "a parameter is given twice")),
        ("=1", (400, "unknown parameter: ")),
        ("from=%ff", (400, "from: must be Unix milliseconds or an RFC 3339 time")),
        ("from=&to=&limit=&cursor=&type=&model", (200, "")),
        ("model=%00&type=%ff&api_key=%1f&provider=%ed%a0%80", (200, "")),
        ("&&&", (200, "")),
    ],
)
async def test_odd_queries(
    http: aiohttp.ClientSession, url: str, query: str, expected: tuple[int, str]
) -> None:
    """Unusual queries are answered, never with an error of the server."""
    assert await answer_to(http, url, query) == expected


async def test_pages_of_compensations(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Following the cursor gives every compensation once, newest first."""
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(LINE.replace("gen_1", f"gen_{number}") for number in range(7)))
    async with serving(tmp_path, Source("requests", "file", str(path))) as address:
        await ready(http, address)
        names: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            query = {"limit": "3", "cursor": cursor}
            async with http.get(f"{address}/api/v1/compensations", params=query) as answer:
                page = await answer.json()
            assert (page["count"], page["payout_usd"]) == (7, "7")
            names += [item["generation_id"] for item in page["items"]]
            cursor = page["next"]
    assert names == [f"gen_{number}" for number in reversed(range(7))]


async def test_page(http: aiohttp.ClientSession, url: str) -> None:
    """The page links to the metrics and shows each file."""
    async with http.get(f"{url}/", headers={"Accept-Encoding": "identity"}) as answer:
        page = await answer.text()

    assert 'href="/metrics"' in page
    assert "requests.jsonl" in page


async def test_nothing_to_count_is_ready(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """An exporter whose log does not exist yet is ready."""
    source = Source("later", "file", str(tmp_path / "later.jsonl"))
    async with serving(tmp_path, source) as address:
        await ready(http, address)
        async with http.get(f"{address}/metrics", headers={"Accept-Encoding": ""}) as answer:
            assert 'zenmux_exporter_source_lag_bytes{source="later"} 0.0' in await answer.text()


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Format.TEXT),
        ("*/*", Format.TEXT),
        ("text/html, */*;q=0.8", Format.TEXT),
        (OPENMETRICS, Format.OPENMETRICS),
        (f"{OPENMETRICS},text/plain;version=0.0.4;q=0.5,*/*;q=0.1", Format.OPENMETRICS),
        (f"{OPENMETRICS};q=0.4,text/plain;version=0.0.4;q=0.5", Format.TEXT),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.5", Format.TEXT),
        ("application/openmetrics-text", Format.OPENMETRICS),
        ("application/openmetrics-text;q=0", Format.TEXT),
        ("application/openmetrics-text;q=nonsense", Format.TEXT),
    ],
)
def test_negotiation(accept: str, expected: Format) -> None:
    """OpenMetrics is chosen if the client prefers it, else text."""
    assert choose_format(accept) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("gzip, deflate", True), ("", False), ("gzip;q=0", False), ("*", True), ("br", False)],
)
def test_compression_negotiation(header: str, expected: bool) -> None:
    """Gzip is used if the client accepts it."""
    assert accepts_gzip(header) is expected
