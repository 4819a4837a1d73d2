"""The page of a request: known, partly known and unknown ids."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from test_http import ready, serving

from exporter.config import Source
from exporter.web.page.request import LOGS_PAGE
from grafana.builders.variables import LOGS_PAGE as DASHBOARDS_LOGS_PAGE
from page_read import links, read

RECORD = {
    "id": "gen_1",
    "timestamp": "2026-11-01T00:00:00.123Z",
    "model": "m",
    "provider": "p",
    "tokens": {"prompt": 1200, "completion": 30},
    "latency_ms": 500,
    "generation_ms": 1500,
    "finish_reason": "stop",
    "prompt": "a prompt",
}
LINES: tuple[dict[str, object], ...] = (
    RECORD,
    {**RECORD, "cost_usd": "0.25"},
    {"event": "compensation", "id": "gen_1", "compensation": {"type": "x", "payout_usd": "0.1"}},
    {"event": "compensation", "id": "gen_1", "compensation": {"type": "x", "payout_usd": "0.15"}},
    {**RECORD, "id": "gen/2 {a}%<i>", "error_type": "timeout", "outcome": "error"},
    {"event": "compensation", "id": "gen_3", "timestamp": 1793491200, "model": "m",
     "compensation": {"type": "y", "payout_usd": 2}},
    {**RECORD, "id": "sk-ai-v1-secret", "compensation": {"type": "x", "payout_usd": 1}},
)  # fmt: skip


@pytest.fixture
async def url(tmp_path: Path, http: aiohttp.ClientSession) -> AsyncIterator[str]:
    """An exporter that has counted the lines."""
    path = tmp_path / "requests.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    async with serving(tmp_path, Source("requests", "file", str(path))) as address:
        await ready(http, address)
        yield address


async def page_of(http: aiohttp.ClientSession, url: str, path: str) -> tuple[int, str]:
    """Get the page of an encoded id; return status and text."""
    from yarl import URL

    async with http.get(URL(f"{url}/requests/{path}", encoded=True)) as answer:
        assert answer.content_type == "text/html"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        return answer.status, await answer.text()


async def test_what_is_known(http: aiohttp.ClientSession, url: str) -> None:
    """The page has the request's labels, facts, amendments and latest payout."""
    status, page = await page_of(http, url, "gen_1")
    found = read(page)

    assert status == 200
    assert found["Counted"].details == {
        "Time of the request": "2026-11-01 00:00:00.123 UTC",
        "Outcome": "success",
        "API key": "unknown",
        "Model": "m",
        "Provider": "p",
        "Plan": "payg",
        "Counted with": "bill, tokens or units, time to first token, duration, generation time,"
        " throughput",
    }
    assert found["Facts"].details == {
        "Input tokens": "1,200",
        "Output tokens": "30",
        "Cost": "$0.25",
        "Time to first token": "500 ms",
        "Throughput": "20 tokens/s",
        "Finish reason": "stop",
        "Amendment 1": "a later line added cost",
    }
    told = found["Compensation"].details
    assert (told["Payout"], told["Type"], told["Cost"]) == ("$0.15", "x", "$0.25")
    assert "requests.jsonl" in found["File and position"].text
    assert f"{LOGS_PAGE}gen_1" in links(page)
    assert "a prompt" not in page
    assert "<script" not in page


async def test_any_id(http: aiohttp.ClientSession, url: str) -> None:
    """Any id is found and escaped; the page says if there is no compensation."""
    status, page = await page_of(http, url, "gen%2F2%20%7Ba%7D%25%3Ci%3E")
    found = read(page)

    assert status == 200
    assert found["Counted"].details["Outcome"] == "error"
    assert "None is on record." in found["Compensation"].text
    assert "<i>" not in page


async def test_only_a_payout(http: aiohttp.ClientSession, url: str) -> None:
    """A payout without its request has a page that says so."""
    _, page = await page_of(http, url, "gen_3")
    found = read(page)

    assert found["Counted"].details["Outcome"].startswith("the request itself was not seen")
    assert found["Compensation"].details["Payout"] == "$2"


@pytest.mark.parametrize("asked", ["sk-ai-v1-secret", "shown"])
async def test_an_id_like_a_secret(http: aiohttp.ClientSession, url: str, asked: str) -> None:
    """An id that looks like a secret is masked; its masked form finds the compensation."""
    async with http.get(f"{url}/api/v1/compensations?type=x") as answer:
        ids = [item["generation_id"] for item in (await answer.json())["items"]]
    (masked,) = (one for one in ids if one.startswith("sha256:"))
    status, page = await page_of(http, url, masked if asked == "shown" else asked)

    assert status == 200
    assert read(page)["Compensation"].details["Payout"] == "$1"
    assert "v1-secret" not in page
    assert ("only its compensation is known" in page) == (asked == "shown")


@pytest.mark.parametrize("path", ["gen_9", "%FF", "%ED%A0%80", "%3Cb%3E", "a" * 3000, "%00%0A"])
async def test_unknown(http: aiohttp.ClientSession, url: str, path: str) -> None:
    """Unknown ids get a 404 that explains possible reasons."""
    status, page = await page_of(http, url, path)

    assert status == 404
    assert "Nothing is counted under this id." in page
    assert "storage.id_window" in page
    assert "<b>" not in page


async def test_no_id(http: aiohttp.ClientSession, url: str) -> None:
    """The path without an id is a plain 404."""
    async with http.get(f"{url}/requests/") as answer:
        assert answer.status == 404
        assert answer.content_type == "text/plain"


def test_the_logs_page_is_that_of_the_dashboards() -> None:
    """Page and dashboards link to the same console page."""
    assert LOGS_PAGE == DASHBOARDS_LOGS_PAGE
