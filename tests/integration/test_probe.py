"""The image's health check against servers with and without users and TLS."""

import asyncio
from pathlib import Path

import pytest
from yarl import URL

from certificates import Authority
from exporter import probe
from programs import free_port
from served import Published
from web_served import hashed, served

USERS = "basic_auth_users: {{alice: {}}}\n"
TLS = "tls_server_config: {{cert_file: {0.cert}, key_file: {0.key}}}\n"


async def probed(url: str, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Probe a URL's port; return the exit code."""
    monkeypatch.setenv("ZENMUX_EXPORTER_WEB_LISTEN_ADDRESS", f"0.0.0.0:{URL(url).port}")
    return await asyncio.to_thread(probe.main, arguments)


@pytest.mark.parametrize("has_tls", [False, True])
@pytest.mark.parametrize("has_users", [False, True])
async def test_what_answers_is_healthy(
    pipeline: Published,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    has_tls: bool,
    has_users: bool,
) -> None:
    """The probe needs no user or certificate; the web file only decides the first scheme."""
    pair = Authority(tmp_path).sign("exporter", "exporter.example.com")
    text = TLS.format(pair) * has_tls + USERS.format(hashed("secret")) * has_users
    async with served(pipeline, tmp_path, text) as url:
        assert await probed(url, monkeypatch) == 0
        monkeypatch.setenv("ZENMUX_EXPORTER_WEB_CONFIG_FILE", "web.yml")
        assert await probed(url, monkeypatch) == 0


async def test_readiness_can_be_asked_for(
    pipeline: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path can be given, and a 503 fails the probe."""
    async with served(pipeline, tmp_path, "{}") as url:
        assert await probed(url, monkeypatch, "/-/ready") == 0
        pipeline.counted_existing = False
        assert await probed(url, monkeypatch, "/-/ready") == 1
        assert await probed(url, monkeypatch) == 0


async def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe fails if nothing listens on the port."""
    assert await probed(f"http://localhost:{free_port()}", monkeypatch) == 1
