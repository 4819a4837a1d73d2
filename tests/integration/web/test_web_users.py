"""Users and headers from the web configuration file."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp
import bcrypt
import pytest

from deltas import first
from exporter.errors import ConfigError
from exporter.web.passwords import Passwords, TooManyChecks
from raw_http import connected
from served import Published
from web_served import PATHS, basic, hashed, served, status, write

Users = Mapping[bytes, bytes]


@pytest.fixture
def pipeline(tmp_path: Path) -> Published:
    """A pipeline that has published a batch."""
    pipeline = Published(tmp_path / "state")
    pipeline.publish(replace(first(), existing_counted=True))
    return pipeline


async def test_every_path_needs_a_user(pipeline: Published, tmp_path: Path) -> None:
    """Every path needs a valid user; a 401 has WWW-Authenticate."""
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
            for _ in range(2):  # the second check is cached
                assert await status(url, auth=auth) == expected
        for header in ("Basic", "Basic x", "Basic YWxpY2U=", "Bearer secret", "basic \u00e9", " "):
            async with http.get(url, headers={"Authorization": header}) as found:
                assert found.status == 401


async def test_users_are_reloaded(pipeline: Published, tmp_path: Path) -> None:
    """After a reload an old, cached password is refused."""
    users = "basic_auth_users: {{alice: {}}}\n"
    async with served(pipeline, tmp_path, users.format(hashed("old"))) as url:
        assert await status(url, auth=("alice", "old")) == 200
        write(tmp_path / "web.yml", users.format(hashed("new")))
        assert await status(url, auth=("alice", "old")) == 401
        assert await status(url, auth=("alice", "new")) == 200
        write(tmp_path / "web.yml", "")
        assert await status(url) == 200


async def test_headers(pipeline: Published, tmp_path: Path) -> None:
    """Headers from the file replace the exporter's own."""
    text = "http_server_config: {headers: {X-Frame-Options: sameorigin, X-XSS-Protection: '0'}}\n"
    async with served(pipeline, tmp_path, text) as url, aiohttp.ClientSession() as http:
        for path in PATHS:
            async with http.get(url + path) as found:
                assert found.headers["X-Frame-Options"] == "sameorigin"
                assert found.headers["X-XSS-Protection"] == "0"


async def test_a_faulty_file_at_the_start(pipeline: Published, tmp_path: Path) -> None:
    """An invalid file at the start is an error."""
    with pytest.raises(ConfigError, match="unknown key"):
        async with served(pipeline, tmp_path, "a: 1"):
            pass


@pytest.mark.slow
async def test_a_check_blocks_nothing() -> None:
    """Checking a password does not block the event loop."""
    users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(12))}
    passwords = Passwords(4, 4)
    checking = asyncio.ensure_future(passwords.is_right(basic("alice", "secret"), users, ""))
    turns = 0
    while not checking.done():
        await asyncio.sleep(0)
        turns += 1
    passwords.close()
    assert checking.result()
    assert turns > 10


async def tried(passwords: Passwords, addresses: Iterable[str], users: Users) -> list[bool]:
    """Try wrong passwords from addresses at once; return the results that were not refused."""
    tries = [
        passwords.is_right(basic("alice", f"{address} {number}"), users, address)
        for number, address in enumerate(addresses)
    ]
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(one) for one in found} <= {bool, TooManyChecks}
    return [one for one in found if isinstance(one, bool)]


async def test_checks_are_bounded() -> None:
    """Too many checks are refused; correct passwords stay cached meanwhile."""
    users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(8))}
    passwords = Passwords(4, 2)
    assert await passwords.is_right(basic("alice", "secret"), users, "")
    assert await tried(passwords, map(str, range(6)), users) == [False] * 4
    assert await passwords.is_right(basic("alice", "secret"), users, "")
    assert not await passwords.is_right(basic("nobody", "secret"), users, "")
    passwords.close()


@pytest.mark.parametrize(
    ("addresses", "checked"),
    [
        (["10.0.0.1"] * 6, 2),
        (["10.0.0.1"] * 6 + ["10.0.0.2"], 3),
        (["2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1"], 3),
        (["::ffff:10.0.0.1", "::ffff:10.0.0.2", "10.0.0.1", "10.0.0.1"], 3),
        (["fe80::1%eth0", "fe80::2%eth0", "fe80::3%eth1"], 2),
    ],
)
async def test_checks_of_one_address_are_bounded(addresses: list[str], checked: int) -> None:
    """Checks are limited by address, for IPv6 by network; finished checks free the limit."""
    users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4))}
    passwords = Passwords(16, 2)
    for _ in range(2):
        assert await tried(passwords, addresses, users) == [False] * checked
        users = {b"alice": bcrypt.hashpw(b"secret", bcrypt.gensalt(4))}
    passwords.close()


async def asked(url: str, address: str, password: str) -> bytes:
    """Send a request from a loopback address; return the status code."""
    request = (
        f"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {basic('alice', password)}\r\n\r\n"
    )
    async with connected(url, local_addr=(address, 0)) as (reader, writer), asyncio.timeout(20):
        writer.write(request.encode())
        return (await reader.readline()).split()[1]


async def test_one_attacker_shuts_nobody_out(pipeline: Published, tmp_path: Path) -> None:
    """Wrong passwords from one address do not block other clients."""
    digest = bcrypt.hashpw(b"secret", bcrypt.gensalt(10)).decode()
    async with served(pipeline, tmp_path, f"basic_auth_users: {{alice: {digest}}}\n") as url:
        wrong = [
            asyncio.ensure_future(asked(url, "127.0.0.1", str(number))) for number in range(30)
        ]
        await asyncio.wait(wrong, return_when=asyncio.FIRST_COMPLETED)
        assert await asked(url, "127.0.0.2", "secret") == b"200"
        assert await asked(url, "127.0.0.1", "secret") == b"200"
        found = Counter(await asyncio.gather(*wrong))
    assert found.keys() == {b"401", b"503"}
    assert found[b"503"] > len(wrong) // 2
