"""TLS from the web configuration file, over real sockets."""

import asyncio
import logging
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from certificates import Authority
from deltas import first
from exporter.metrics.process import ProcessMetrics
from served import Published
from web_served import (
    CLIENTS,
    PATHS,
    RELOADED,
    TLS,
    hashed,
    serial,
    served,
    status,
    trusting,
    write,
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """The CA of the server's and the clients' certificates."""
    found = Authority(tmp_path)
    found.sign("server", "localhost", "127.0.0.1")
    return found


@pytest.fixture
def process() -> ProcessMetrics:
    """The metrics that show reloads."""
    return ProcessMetrics(demo=False)


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """A pipeline that has published a batch."""
    pipeline = Published(tmp_path / "state")
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


async def test_every_path_is_encrypted(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """Plain HTTP gets no response on any path."""
    async with served(pipeline, tmp_path, TLS) as url:
        context = trusting(authority)
        for path in PATHS:
            assert await status(url + path, context) in {200, 404, 405}
            assert await status(url.replace("https", "http") + path) == 0


async def test_a_scrape_over_tls_counts(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """A scrape over TLS advances the scraper's cursor."""
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
    """New connections get a changed certificate once its key matches."""
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
    """Files that a reload names are watched, too."""
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
    """An invalid file keeps the old settings, with one warning; TLS can't be turned off."""
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
    """Client certificates must be signed by the CA; `client_auth_type` can be reloaded."""
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
        ("['spiffe://example/scraper']", 200),
        ("[somebody]", 0),
        ("['<unsupported>']", 0),
    ],
)
async def test_names_of_clients(
    pipeline: Published, tmp_path: Path, authority: Authority, allowed: str, expected: int
) -> None:
    """A client certificate is accepted only if one of its SANs is listed."""
    names = (
        *("somebody (a person)", "nobody (unknown)", "spiffe://example/scraper"),
        *("prometheus.example", "10.0.0.7", "::1", "scraper@example.org"),
    )
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
    """Only the configured TLS versions and cipher suites are accepted."""
    client = trusting(authority)
    client.minimum_version = client.maximum_version = version
    async with served(pipeline, tmp_path, TLS + setting) as url:
        assert await status(url, client) == expected


async def test_handshakes_are_bounded(
    pipeline: Published, tmp_path: Path, authority: Authority
) -> None:
    """Connections that never start a handshake do not block others."""
    async with served(pipeline, tmp_path, TLS) as url:
        host, port = url.removeprefix("https://").split(":")
        silent = [await asyncio.open_connection(host, int(port)) for _ in range(600)]
        assert await status(url, trusting(authority)) == 200
        for _, writer in silent:
            writer.transport.abort()
