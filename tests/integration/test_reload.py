"""Reloading the configuration by signal or HTTP, all or nothing."""

import contextlib
import fcntl
import signal
import sqlite3
import urllib.error
import urllib.request
from pathlib import Path
from typing import BinaryIO

from programs import exporter, exporter_command, get, running, wait_until

CONFIG = """
sources: [{{name: main, type: file, path: "{log}"}}{more}]
keys: {{key_1: {{name: {name}}}}}
"""
SUCCESS = "zenmux_exporter_config_last_reload_successful"


def line(number: int) -> str:
    """Return the line of a request with a key."""
    return f'{{"id": "{number}", "timestamp": 1793491200, "model": "m", "api_key": "key_1"}}\n'


def post(url: str) -> tuple[int, str]:
    """Send a POST; return status and body."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_reload(tmp_path: Path) -> None:
    """New names and sources apply after a reload; an invalid file changes nothing."""
    log, other, config = (tmp_path / name for name in ("a.jsonl", "b.jsonl", "exporter.yml"))
    log.write_text(line(1))
    other.write_text(line(2))
    config.write_text(CONFIG.format(log=log, more="", name="before"))
    with exporter(tmp_path, f"--config.file={config}", "--web.enable-lifecycle") as (program, url):
        wait_until(lambda: 'api_key="before"' in get(f"{url}/metrics")[1], "it is counted")
        more = f', {{name: more, type: file, path: "{other}"}}'
        config.write_text(CONFIG.format(log=log, more=more, name="after"))
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: 'api_key="after"' in get(f"{url}/metrics")[1], "the new source is read")
        assert f"{SUCCESS} 1.0" in get(f"{url}/metrics")[1]

        config.write_text(CONFIG.format(log=log, more="", name="[]"))
        status, text = post(f"{url}/-/reload")
        assert status == 500
        assert "keys.key_1.name" in text
        assert f"{SUCCESS} 0.0" in get(f"{url}/metrics")[1]
        config.write_text(CONFIG.format(log=log, more="", name="x") + "storage: {id_window: 5}\n")
        assert post(f"{url}/-/reload")[1].endswith("storage: a change needs a restart\n")

        config.write_text(CONFIG.format(log=log, more="", name="third"))
        assert post(f"{url}/-/reload")[0] == 200
        with log.open("a") as file:
            file.write(line(3))
        wait_until(lambda: 'api_key="third"' in get(f"{url}/metrics")[1], "the new name is used")


def test_reload_over_http_is_off(tmp_path: Path) -> None:
    """Reloads over HTTP are refused unless enabled by a flag."""
    with exporter(tmp_path, str(tmp_path / "a.jsonl")) as (_, url):
        status, text = post(f"{url}/-/reload")
    assert status == 403
    assert "--web.enable-lifecycle" in text


def test_reload_while_starting(tmp_path: Path) -> None:
    """A signal that comes while the ledger is being opened reloads afterwards."""
    log, config, state = (tmp_path / name for name in ("a.jsonl", "exporter.yml", "state"))
    config.write_text(CONFIG.format(log=log, more="", name="before"))
    with exporter(tmp_path, f"--config.file={config}") as (program, _):
        program.stop()
    options = (f"--config.file={config}", "--web.listen-address=127.0.0.1:0")
    command = exporter_command("run", *options, f"--storage.path={state}")
    with (
        contextlib.closing(sqlite3.connect(state / "ledger.sqlite", isolation_level=None)) as held,
        (state / "lock").open("rb") as lock,
    ):
        held.execute("BEGIN IMMEDIATE")  # blocks the starting exporter
        with running(command, tmp_path / "exporter.log") as program:
            wait_until(lambda: is_taken(lock), "the ledger is being opened")
            program.process.send_signal(signal.SIGHUP)
            held.execute("ROLLBACK")
            assert wait_until(lambda: program.logged("configuration reloaded"), "it reloads")


def is_taken(lock: BinaryIO) -> bool:
    """Return True if another process holds a lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(lock, fcntl.LOCK_UN)
    return False
