"""Failures while resolving ids: certificates, the key, a full disk."""

import contextlib
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from asking_exporter import asking, sample, succeeded
from certificates import Authority
from programs import wait_until
from zenmux_server import PAYG_KEY, ZenMuxServer

OPEN = 'zenmux_exporter_generations_open{source="ids"}'
FAILURES = 'zenmux_exporter_generations_store_failures_total{source="ids"}'


def errors(kind: str) -> str:
    """The series that counts errors of a kind."""
    return f'zenmux_exporter_api_errors_total{{endpoint="generation",kind="{kind}"}}'


@pytest.mark.parametrize("is_trusted", [True, False])
def test_own_authority(
    is_trusted: bool,
    tmp_path: Path,
    api: ZenMuxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SSL_CERT_FILE adds a private CA; without it the key is not sent."""
    authority = Authority(tmp_path)
    pair = authority.sign("api", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    api.socket = context.wrap_socket(api.socket, server_side=True)
    api.url = api.url.replace("http:", "https:")
    api.generations = {"gen_1": 0}
    ids = tmp_path / "ids.log"
    ids.write_text("gen_1\n")
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.cert))
    with asking(tmp_path, api, f", path: {ids}") as (program, url):
        if is_trusted:
            wait_until(lambda: succeeded(url) == 1, "it is counted")
            assert f"Bearer {PAYG_KEY}" in api.keys
        else:
            wait_until(lambda: sample(url, errors("connection")) > 0, "it failed")
            assert program.logged("cannot be reached: ClientConnectorCertificateError")
            assert api.keys == []


def test_emptied_key_file(tmp_path: Path, api: ZenMuxServer) -> None:
    """An empty key file is counted and logged; resolving resumes once the key is back."""
    api.generations = {"gen_1": 0}
    ids = tmp_path / "ids.log"
    ids.touch()
    with asking(tmp_path, api, f", path: {ids}") as (program, url):
        key = tmp_path / "key"
        key.write_text("")
        ids.write_text("gen_1\n")
        wait_until(lambda: sample(url, errors("key")) > 0, "it failed")
        assert wait_until(lambda: program.logged(r"endpoint=generation reason=key .*"), "logged")
        assert "is empty" in program.log.read_text()
        assert sample(url, OPEN) == 1
        assert api.keys.count("Bearer ") == 0
        key.write_text(PAYG_KEY)
        wait_until(lambda: succeeded(url) == 1, "it is counted")
        wait_until(lambda: program.logged("answers again.*endpoint=generation"), "it is logged")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_full_disk(tmp_path: Path, api: ZenMuxServer, small_disk: Path) -> None:
    """A full disk is counted and logged once; no id is requested meanwhile and none is lost."""
    api.generations = {f"gen_{number}": 0 for number in range(300)}
    ids = tmp_path / "ids.log"
    ids.touch()
    # The ledger is on another disk: if it failed, ids would wait as well.
    generations = tmp_path / "state" / "generations"
    generations.parent.mkdir()
    generations.symlink_to(small_disk)
    with asking(tmp_path, api, f", path: {ids}") as (program, url):
        filler = small_disk / "filler"
        with filler.open("wb") as file, contextlib.suppress(OSError):
            while True:
                os.write(file.fileno(), b"x" * 1024)
        ids.write_text("".join(f"gen_{number}\n" for number in range(300)))
        wait_until(lambda: sample(url, FAILURES) > 3, "it failed and was retried")
        asked = len(api.asked)
        failures = sample(url, FAILURES)
        wait_until(lambda: sample(url, FAILURES) > failures + 2, "it fails again")
        # Those were in flight when the disk filled up.
        assert len(api.asked) == asked < 50
        text = "answers for generation ids can't be stored"
        assert program.log.read_text().count(text) == 1
        filler.unlink()
        wait_until(lambda: succeeded(url) == 300, "all are counted", deadline=100)
        wait_until(lambda: sample(url, OPEN) == 0, "none is open")
        invalid = 'zenmux_exporter_records_total{source="ids",result="invalid"}'
        assert sample(url, invalid) <= 0
        told = program.log.read_text()
        assert told.count(text) == 1
        assert told.count("answers for generation ids can be stored again") == 1
