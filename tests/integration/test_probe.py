"""The image's health check, against a server as it is, with users, with TLS, and without any."""

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
    """The exit code of a probe of the port of a URL, which listens on all interfaces."""
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
    """Nothing else has to be told; the web file only decides what is tried first."""
    pair = Authority(tmp_path).sign("exporter", "exporter.example.com")
    text = TLS.format(pair) * has_tls + USERS.format(hashed("secret")) * has_users
    async with served(pipeline, tmp_path, text) as url:
        assert await probed(url, monkeypatch) == 0
        monkeypatch.setenv("ZENMUX_EXPORTER_WEB_CONFIG_FILE", "web.yml")
        assert await probed(url, monkeypatch) == 0


async def test_readiness_can_be_asked_for(
    pipeline: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path of its own, and a server that says no."""
    async with served(pipeline, tmp_path, "{}") as url:
        assert await probed(url, monkeypatch, "/-/ready") == 0
        pipeline.counted_existing = False
        assert await probed(url, monkeypatch, "/-/ready") == 1
        assert await probed(url, monkeypatch) == 0


async def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that nobody listens on."""
    assert await probed(f"http://localhost:{free_port()}", monkeypatch) == 1
