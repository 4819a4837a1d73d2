"""Users and headers of the web configuration file."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import bcrypt
import pytest
from deltas import first
from served import Published
from web_served import PATHS, basic, hashed, served, status, write

from exporter.errors import ConfigError
from exporter.web.passwords import Passwords, TooManyChecks


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """A pipeline that has published a batch."""
    pipeline = Published(tmp_path / "state")
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


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
