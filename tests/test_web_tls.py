"""TLS and users of the web configuration file, over real sockets."""

import asyncio
import base64
import contextlib
import itertools
import logging
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import bcrypt
import pytest
from certificates import Authority, Pair
from deltas import first
from served import Published, serving

from exporter.config import Web
from exporter.errors import ConfigError
from exporter.metrics.process import ProcessMetrics
from exporter.web.passwords import Passwords, TooManyChecks

TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n"
CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.crt\n"
PATHS = ("/", "/metrics", "/-/healthy", "/-/ready", "/-/reload", "/api/v1/state", "/nowhere")
RELOADED = "zenmux_exporter_web_config_last_reload_successful"


def hashed(password: str) -> str:
    """A hash, of the lowest cost."""
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs the server's certificate and those of clients."""
    found = Authority(tmp_path)
    found.sign("server", "localhost", "127.0.0.1")
    return found


@pytest.fixture
def process() -> ProcessMetrics:
    """Where reloads are told."""
    return ProcessMetrics(demo=False)


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """A pipeline that has published a batch."""
    pipeline = Published(tmp_path / "state")
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


_moment = itertools.count(1)


def write(path: Path, text: str | bytes) -> None:
    """Replace a file as deployments do, in one step; its time differs from every earlier one."""
    new = path.with_suffix(".new")
    new.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(new, (next(_moment), 0))
    new.replace(path)


@contextlib.asynccontextmanager
async def served(
    pipeline: Published, directory: Path, text: str, process: ProcessMetrics | None = None
) -> AsyncIterator[str]:
    """Where it is served by this web configuration."""
    write(directory / "web.yml", text)
    settings = Web(config_file=directory / "web.yml")
    async with serving(pipeline, settings=settings, process=process) as url:
        yield url if "tls_" in text else url.replace("https:", "http:")


def trusting(authority: Authority, own: Pair | None = None) -> ssl.SSLContext:
    """A client's context."""
    context = ssl.create_default_context(cafile=str(authority.cert))
    if own is not None:
        context.load_cert_chain(own.cert, own.key)
    return context


def basic(name: str, password: str) -> str:
    """An Authorization header."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


async def status(
    url: str, context: ssl.SSLContext | None = None, auth: tuple[str, str] | None = None
) -> int:
    """The status of a new connection's request; 0 if there is no answer."""
    headers = {"Authorization": basic(*auth)} if auth else {}
    async with aiohttp.ClientSession(headers=headers) as http:
        try:
            async with http.get(url, ssl=context or True) as found:
                await found.read()
                return found.status
        except aiohttp.ClientError:
            return 0


async def serial(url: str, context: ssl.SSLContext) -> int:
    """The number of the certificate that a new connection is shown."""
    host, port = url.removeprefix("https://").split(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    certificate = writer.get_extra_info("peercert")
    writer.close()
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        await writer.wait_closed()
    return int(certificate["serialNumber"], 16)


async def test_every_path_is_encrypted(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """Who speaks plain HTTP gets nothing."""
    async with served(pipeline, tmp_path, TLS) as url:
        context = trusting(authority)
        for path in PATHS:
            assert await status(url + path, context) in {200, 404, 405}
            assert await status(url.replace("https", "http") + path) == 0


async def test_a_scrape_over_tls_counts(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """It moves the scraper's mark."""
    async with served(pipeline, tmp_path, TLS) as url:
        assert await status(f"{url}/metrics?scraper=a", trusting(authority)) == 200
        rows = pipeline.ledger.database.execute("SELECT shown FROM scraper").fetchall()
        while not rows:
            await asyncio.sleep(0.01)
            rows = pipeline.ledger.database.execute("SELECT shown FROM scraper").fetchall()
        assert rows == [(3,)]


async def test_certificates_are_reloaded(
    pipeline: Published, tmp_path: Path, authority: Authority, process: ProcessMetrics
) -> None:
    """The next connection gets the new one; half a change leaves the old one in force."""
    context = trusting(authority)
    async with served(pipeline, tmp_path, TLS, process) as url:
        old = await serial(url, context)
        renewed = authority.sign("renewed", "localhost", "127.0.0.1")
        write(tmp_path / "server.crt", renewed.cert.read_bytes())
        assert await serial(url, context) == old
        assert process._registry.get_sample_value(RELOADED) == 0
        write(tmp_path / "server.key", renewed.key.read_bytes())
        assert await serial(url, context) == renewed.serial
        assert process._registry.get_sample_value(RELOADED) == 1


async def test_other_files_are_named(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """They are watched from then on."""
    context = trusting(authority)
    other = authority.sign("other", "localhost", "127.0.0.1")
    async with served(pipeline, tmp_path, TLS) as url:
        write(tmp_path / "web.yml", TLS.replace("server.", "other."))
        assert await serial(url, context) == other.serial
        third = authority.sign("third", "localhost", "127.0.0.1")
        write(other.key, third.key.read_bytes())
        write(other.cert, third.cert.read_bytes())
        assert await serial(url, context) == third.serial


async def test_a_faulty_file_changes_nothing(
    pipeline: Published,
    tmp_path: Path,
    authority: Authority,
    process: ProcessMetrics,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One warning is logged, without the hash; TLS can't be turned off on the way."""
    context = trusting(authority)
    users = f"basic_auth_users: {{alice: {hashed('secret')}}}\n"
    async with served(pipeline, tmp_path, TLS + users, process) as url:
        for faulty in (TLS + users + "a: 1\n", users, "basic_auth_users: {alice: plain-secret}"):
            caplog.clear()
            write(tmp_path / "web.yml", faulty)
            for _ in range(3):
                assert await status(url, context) == 401
                assert await status(url, context, ("alice", "secret")) == 200
            assert len([one for one in caplog.records if one.levelno >= logging.WARNING]) == 1
            assert "plain-secret" not in caplog.text
            assert process._registry.get_sample_value(RELOADED) == 0
        write(tmp_path / "web.yml", TLS)
        assert await status(url, context) == 200


async def test_client_certificates(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """Of the authority alone; whether one must be given, the file says and may say anew."""
    stranger = Authority(tmp_path, "stranger").sign("mallory", "prometheus.example")
    known = trusting(authority, authority.sign("prometheus", "prometheus.example"))
    unknown, nobody = trusting(authority, stranger), trusting(authority)
    async with served(pipeline, tmp_path, TLS + CLIENTS) as url:
        found = [await status(url, one) for one in (known, unknown, nobody)]
        assert found == [200, 0, 0]
        optional = CLIENTS.replace("RequireAndVerifyClientCert", "VerifyClientCertIfGiven")
        write(tmp_path / "web.yml", TLS + optional)
        found = [await status(url, one) for one in (known, unknown, nobody)]
        assert found == [200, 0, 200]
        write(tmp_path / "web.yml", TLS + "  client_auth_type: RequestClientCert\n")
        found = [await status(url, one) for one in (known, unknown, nobody)]
        assert found == [200, 200, 200]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ("[prometheus.example]", 200),
        ("[other.example, 10.0.0.7]", 200),
        ("['0:0:0:0:0:0:0:1']", 200),
        ("[scraper@example.org]", 200),
        ("[example]", 0),
        ("['*.example']", 0),
        ("[prometheus]", 0),
    ],
)
async def test_names_of_clients(
    pipeline: Published, tmp_path: Path, authority: Authority, allowed: str, expected: int
) -> None:
    """A certificate is let in if one of its alternative names is listed, and no other."""
    names = ("prometheus.example", "10.0.0.7", "::1", "scraper@example.org")
    client = trusting(authority, authority.sign("prometheus", *names))
    text = f"{TLS}{CLIENTS}  client_allowed_sans: {allowed}\n"
    async with served(pipeline, tmp_path, text) as url:
        assert await status(url, client) == expected


@pytest.mark.parametrize(
    ("setting", "version", "expected"),
    [
        ("", ssl.TLSVersion.TLSv1_2, 200),
        ("  min_version: TLS13\n", ssl.TLSVersion.TLSv1_2, 0),
        ("  max_version: TLS12\n", ssl.TLSVersion.TLSv1_3, 0),
        ("  max_version: TLS12\n", ssl.TLSVersion.TLSv1_2, 200),
        (
            "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n"
            "  curve_preferences: [X25519]\n  prefer_server_cipher_suites: false\n",
            ssl.TLSVersion.TLSv1_2,
            200,
        ),
        (
            "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n",
            ssl.TLSVersion.TLSv1_2,
            0,
        ),
    ],
)
async def test_versions_and_suites(
    pipeline: Published,
    tmp_path: Path,
    authority: Authority,
    setting: str,
    version: ssl.TLSVersion,
    expected: int,
) -> None:
    """What the file allows, and no more."""
    client = trusting(authority)
    client.minimum_version = client.maximum_version = version
    async with served(pipeline, tmp_path, TLS + setting) as url:
        assert await status(url, client) == expected


async def test_handshakes_are_bounded(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """Connections that never speak TLS keep nobody out."""
    async with served(pipeline, tmp_path, TLS) as url:
        host, port = url.removeprefix("https://").split(":")
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(600)]
        assert await status(url, trusting(authority)) == 200
        for _, writer in silent:
            writer.transport.abort()


async def test_every_path_needs_a_user(pipeline: Published, tmp_path: Path) -> None:
    """Whatever it is; the answer tells how."""
    users = f"basic_auth_users: {{alice: {hashed('secret')}, bob: {hashed('p:ö')}}}\n"
    async with served(pipeline, tmp_path, users) as url, aiohttp.ClientSession() as http:
        for path in PATHS:
            async with http.get(url + path) as found:
                assert found.status == 401
                assert found.headers["WWW-Authenticate"].startswith("Basic realm=")
        for auth, expected in (
            (("alice", "secret"), 200),
            (("bob", "p:ö"), 200),
            (("alice", "Secret"), 401),
            (("alice", ""), 401),
            (("bob", "secret"), 401),
            (("carol", "secret"), 401),
            (("", ""), 401),
            (("alice", "secret" + "x" * 5000), 401),
        ):
            for _ in range(2):  # then it is remembered
                assert await status(url, auth=auth) == expected
        for header in ("Basic", "Basic x", "Basic YWxpY2U=", "Bearer secret", "basic \u00e9", " "):
            async with http.get(url, headers={"Authorization": header}) as found:
                assert found.status == 401


async def test_users_are_reloaded(pipeline: Published, tmp_path: Path) -> None:
    """A password that was right and remembered is not any more."""
    users = "basic_auth_users: {{alice: {}}}\n"
    async with served(pipeline, tmp_path, users.format(hashed("old"))) as url:
        assert await status(url, auth=("alice", "old")) == 200
        write(tmp_path / "web.yml", users.format(hashed("new")))
        assert await status(url, auth=("alice", "old")) == 401
        assert await status(url, auth=("alice", "new")) == 200
        write(tmp_path / "web.yml", "")
        assert await status(url) == 200


async def test_headers(pipeline: Published, tmp_path: Path) -> None:
    """The file's take the place of the exporter's own."""
    text = "http_server_config: {headers: {X-Frame-Options: sameorigin, X-XSS-Protection: '0'}}\n"
    async with served(pipeline, tmp_path, text) as url, aiohttp.ClientSession() as http:
        for path in PATHS:
            async with http.get(url + path) as found:
                assert found.headers["X-Frame-Options"] == "sameorigin"
                assert found.headers["X-XSS-Protection"] == "0"


async def test_a_faulty_file_at_the_start(pipeline: Published, tmp_path: Path) -> None:
    """It is an error, not an open server."""
    with pytest.raises(ConfigError, match="unknown key"):
        async with served(pipeline, tmp_path, "a: 1"):
            pass


async def test_a_check_blocks_nothing() -> None:
    """The event loop goes on while a password is checked."""
    users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(12))}
    passwords = Passwords(most_waiting=4)
    checking = asyncio.ensure_future(passwords.is_right(basic("alice", "secret"), users))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1
    passwords.close()
    assert checking.result()
    assert turns > 10


async def test_checks_are_bounded() -> None:
    """Too many are refused; right ones stay remembered whatever others try."""
    users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(8))}
    passwords = Passwords(most_waiting=4)
    assert await passwords.is_right(basic("alice", "secret"), users)
    tries = [passwords.is_right(basic("alice", str(number)), users) for number in range(6)]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert [one for one in found if not isinstance(one, TooManyChecks)] == [False] * 4
    assert await passwords.is_right(basic("alice", "secret"), users)
    assert not await passwords.is_right(basic("nobody", "secret"), users)
    passwords.close()
