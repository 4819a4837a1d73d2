"""The client of ZenMux's API, against a local server that injects faults."""

import gzip
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exporter.api.address import check_base_url, proxy_for
from exporter.api.client import ApiClient, Limits
from exporter.api.errors import ApiError, ErrorKind
from exporter.api.health import ApiHealth
from exporter.secret import API_KEY, SecretPlace
from zenmux_server import MANAGEMENT_KEY, Fault, ZenMuxServer, envelope_error, error, serving

LIMITS = Limits(timeout=5, attempts=3, most_bytes=5000)
ENDPOINT = "balance"
# Shortest wait before each retry, in seconds.
WAITS = [1.0, 2.0]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP session with the exporter's settings."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as found:
        yield found


class Asking:
    """A client with its health and the seconds it waited."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, key: SecretPlace, limits: Limits = LIMITS
    ) -> None:
        """Record waits instead of sleeping."""
        self.health = ApiHealth()
        self.waited: list[float] = []
        self.client = ApiClient(session, url, key, self.health, limits, self._wait)

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def get(self, path: str = "management/payg/balance") -> Any:
        """Request the balance."""
        return await self.client.get(ENDPOINT, path, {}, dict)

    async def failure(self) -> ApiError:
        """Request the balance and return the error."""
        with pytest.raises(ApiError) as caught:
            await self.get()
        return caught.value

    @property
    def errors(self) -> dict[str, int]:
        """Failed attempts by kind."""
        found = self.health.errors.get(ENDPOINT, {})
        return {kind.value: number for kind, number in found.items() if number}


@pytest.fixture
def place(tmp_path: Path) -> SecretPlace:
    """A key file."""
    path = tmp_path / "key"
    path.write_text(f"{MANAGEMENT_KEY}\n")
    return SecretPlace(API_KEY, path)


@pytest.fixture
def asking(session: aiohttp.ClientSession, api: ZenMuxServer, place: SecretPlace) -> Asking:
    """A client of the server."""
    return Asking(session, api.url, place)


async def test_answer(asking: Asking, api: ZenMuxServer) -> None:
    """The envelope's data is returned with exact numbers, without errors or waits."""
    answer = await asking.get()
    assert {name: str(value) for name, value in answer.items()} == {
        "currency": "usd",
        "total_credits": "482.74",
        "top_up_credits": "35.0",
        "bonus_credits": "447.74",
    }
    assert api.keys == [f"Bearer {MANAGEMENT_KEY}"]
    assert (asking.errors, asking.waited) == ({}, [])


async def test_bare_answer(asking: Asking, api: ZenMuxServer) -> None:
    """get-generation's answer has no envelope."""
    api.faults.append(Fault(200, {"generationId": "gen_1"}))
    assert await asking.get() == {"generationId": "gen_1"}


NOT_RETRIED = {
    "unauthorized": (error(401, "access_denied", "no key"), "status 401: no key"),
    "forbidden": (error(403, "access_denied", "not you"), "status 403: not you"),
    "refused": (error(404, "not_found", "gone"), "status 404: gone"),
    "redirect": (Fault(302, headers={"Location": "http://127.0.0.1:9/"}), "status 302"),
    "too_large": (Fault(200, {"data": "x" * 6000}), "the answer has more than 5000 bytes"),
    "unsuccessful": (Fault(200, {"success": False}), "the answer says success: false"),
    "unexpected": (Fault(200, {"success": True, "data": [1]}), "the answer holds no data"),
}


@pytest.mark.parametrize("kind", NOT_RETRIED)
async def test_failures_that_stay(kind: str, asking: Asking, api: ZenMuxServer) -> None:
    """Permanent errors are not retried; the exception has the server's message."""
    fault, text = NOT_RETRIED[kind]
    api.faults.append(fault)
    failure = await asking.failure()
    assert (failure.kind.value, str(failure)) == (kind, text)
    assert (asking.errors, asking.waited) == ({kind: 1}, [])


RETRIED = {
    "server_error": Fault(503, text=b"<html>upstream</html>"),
    "malformed": Fault(200, text=b'{"success": true, "data": {"total_credits": 4'),
    "malformed, broken off": Fault(200, {"success": True, "data": {"a": 1}}, cut=3),
    "malformed, no object": Fault(200, [1]),
    "malformed, deep": Fault(200, text=b"[" * 4000),
    "malformed, NaN": Fault(200, text=b'{"data": {"total_credits": NaN}}'),
    "malformed, no gzip": Fault(200, text=b"x", headers={"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("name", RETRIED)
async def test_failures_that_pass(name: str, asking: Asking, api: ZenMuxServer) -> None:
    """Transient errors are retried, each time after a longer wait."""
    kind = name.partition(",")[0]
    api.faults += [RETRIED[name], RETRIED[name]]
    assert (await asking.get())["currency"] == "usd"
    assert asking.errors == {kind: 2}
    assert [low <= wait <= 2 * low for low, wait in zip(WAITS, asking.waited, strict=True)] == [
        True,
        True,
    ]


async def test_giving_up(asking: Asking, api: ZenMuxServer) -> None:
    """After three attempts the last error is raised."""
    api.faults += [Fault(500), Fault(502), error(503, "provider_error", "down for an hour")]
    failure = await asking.failure()
    assert str(failure) == "status 503: down for an hour"
    assert asking.errors == {"server_error": 3}
    assert len(asking.waited) == 2


@pytest.mark.parametrize(
    "fault",
    [
        error(422, "rate_limit", "too many"),
        error(429, "rate_limit", "too many"),
        envelope_error(422, "too many"),
        Fault(200, {"success": False, "statusCode": "429"}),
    ],
)
async def test_rate_limit(fault: Fault, asking: Asking, api: ZenMuxServer) -> None:
    """ZenMux's 422 means too many requests: the client retries a minute later."""
    api.faults.append(fault)
    assert (await asking.get())["currency"] == "usd"
    assert asking.errors == {"rate_limited": 1}
    assert 60 < asking.waited[0] <= 62


@pytest.mark.parametrize(
    ("asked", "least", "most"), [("7", 7, 7), ("900", 120, 120), ("soon", 1, 2)]
)
async def test_server_asks_to_wait(
    asked: str, least: float, most: float, asking: Asking, api: ZenMuxServer
) -> None:
    """Retry-After is honoured up to two minutes."""
    api.faults.append(Fault(503, headers={"Retry-After": asked}))
    await asking.get()
    assert least <= asking.waited[0] <= most


async def test_slow(session: aiohttp.ClientSession, api: ZenMuxServer, place: SecretPlace) -> None:
    """A server that does not answer within the timeout is an error."""
    api.faults += [Fault(hangs=True)]
    asking = Asking(session, api.url, place, Limits(timeout=0.05, attempts=1))
    failure = await asking.failure()
    assert (failure.kind, str(failure)) == (ErrorKind.TIMEOUT, "no answer within 0.05 s")


async def test_nobody_there(session: aiohttp.ClientSession, place: SecretPlace) -> None:
    """A refused connection is reported by its exception's class only."""
    asking = Asking(session, "http://127.0.0.1:9/", place)
    assert str(await asking.failure()) == "cannot be reached: ClientConnectorError"
    assert asking.errors == {"connection": 3}


async def test_compressed_flood(asking: Asking, api: ZenMuxServer) -> None:
    """The size limit applies to the decompressed body."""
    body = gzip.compress(b" " * 1_000_000)
    api.faults.append(Fault(200, text=body, headers={"Content-Encoding": "gzip"}))
    assert (await asking.failure()).kind is ErrorKind.TOO_LARGE


async def test_redirect_takes_no_key_along(asking: Asking, api: ZenMuxServer) -> None:
    """Redirects are not followed, so the other host gets no request."""
    with serving() as other:
        api.faults.append(Fault(307, headers={"Location": other.url}))
        assert (await asking.failure()).kind is ErrorKind.REDIRECT
        assert other.asked == []


@pytest.mark.parametrize("key", [MANAGEMENT_KEY, "pl4nted.of-no-known-shape"])
async def test_server_that_repeats_the_key(
    key: str, session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> None:
    """A server message that quotes the key is masked, also where it is cut to length."""
    (tmp_path / "key").write_text(key)
    asking = Asking(session, api.url, SecretPlace(API_KEY, tmp_path / "key"))
    for text in (f"key {key} is unknown", "x" * 235 + key):
        api.faults.append(error(401, "access_denied", text))
        failure = await asking.failure()
        assert key[:8] not in str(failure)
        assert failure.__cause__ is None
        assert len(str(failure)) <= 240


async def test_answer_that_repeats_the_key(
    session: aiohttp.ClientSession, api: ZenMuxServer, tmp_path: Path
) -> None:
    """The key is masked in answers, even one of unknown shape; lone surrogates are replaced."""
    key = "pl4nted/of-no-known-shape"
    (tmp_path / "key").write_text(key)
    asking = Asking(session, api.url, SecretPlace(API_KEY, tmp_path / "key"))
    escaped = key.replace("/", r"\/").encode()
    body = b'{"data": {"a": ["x%s"], "b%s": "\\ud800", "n": 0.1}}' % (escaped, escaped)
    api.faults.append(Fault(200, text=body))
    assert await asking.get() == {"a": ["x***"], "b***": "\ufffd", "n": Decimal("0.1")}


async def test_key_is_read_each_time(asking: Asking, api: ZenMuxServer, place: SecretPlace) -> None:
    """A replaced key needs no restart; a missing key file is an error of kind `key`."""
    assert place.file is not None
    place.file.write_text("another")
    await asking.failure()
    assert api.keys == ["Bearer another"]
    place.file.unlink()
    failure = await asking.failure()
    assert failure.kind is ErrorKind.KEY
    assert str(failure) == f"{place.file}: cannot be read: No such file or directory"
    assert len(api.keys) == 1


@pytest.mark.parametrize(
    "url",
    ["https://zenmux.ai/api/v1/", "http://127.0.0.1:8000", "http://localhost/", "http://[::1]/"],
)
def test_good_addresses(url: str) -> None:
    """HTTPS anywhere, plain HTTP on loopback."""
    check_base_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://zenmux.ai/", "ftp://zenmux.ai/", "zenmux.ai", "https://", "https://u:p@zenmux.ai/",
        "https://zenmux.ai/?a=1", "http://10.0.0.1/", "https://zenmux.ai/#x", "https://a..b/",
        "https://zenmux.ai:99999/", "https://zenmux.ai:x/", "https://zen mux.ai/",
    ],
)  # fmt: skip
def test_bad_addresses(url: str) -> None:
    """Plain HTTP elsewhere would expose the key; the rest are invalid URLs."""
    with pytest.raises(ValueError, match=r"^must "):
        check_base_url(url)


def test_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is used, but never for loopback."""
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "inner.example")
    assert proxy_for("https://zenmux.ai/api/v1/") == "http://proxy.example:3128"
    assert proxy_for("https://inner.example/") is None
    assert proxy_for("http://127.0.0.1:1/") is None


async def test_proxy_that_can_have_no_address(
    session: aiohttp.ClientSession, place: SecretPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An invalid proxy address is a connection error, not a crash."""
    monkeypatch.setenv("https_proxy", "http://a..b:3128")
    asking = Asking(session, "https://zenmux.ai/api/v1/", place, Limits(attempts=1))
    assert (await asking.failure()).kind is ErrorKind.CONNECTION
