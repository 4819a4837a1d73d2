"""Push access: tokens, reloads, and the other commands."""

import signal
from pathlib import Path

import pytest

from anything import scraped, totals
from programs import DEADLINE, exporter, exporter_command, get, running, wait_until
from pushing import (
    BAD,
    GOOD,
    PATH,
    TOKEN,
    counts,
    metric,
    push,
    record,
    request,
    settings,
    taking,
)
from zenmux_recorder import PushSink

pytest_plugins = ["push_fixtures"]


def test_tokens(url: str) -> None:
    """Without the right token a push gets a bare 401."""
    wrong = ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN)
    for header in wrong:
        status, headers, body = request(url, GOOD, Authorization=header)
        assert (status, body) == (401, b'{"error": "401: Unauthorized"}')
        assert headers["WWW-Authenticate"] == 'Bearer realm="ZenMux exporter"'
    assert push(url, GOOD, Authorization=f"bearer  {TOKEN} ")[0] == 200
    assert get(url + PATH)[0] == 405


def test_token_changes(tmp_path: Path) -> None:
    """A new token applies at once; a faulty file keeps the previous one."""
    with taking(tmp_path) as (program, url):
        token = tmp_path / "token"
        new = "another-token-of-many-characters"
        token.write_text(new)
        assert push(url, GOOD)[0] == 401
        assert push(url, GOOD, token=new)[0] == 200
        token.write_text("short")
        assert push(url, GOOD, token=new)[0] == 200
        token.unlink()
        assert push(url, GOOD, token=new)[0] == 200
        log = program.log.read_text()
    assert 'msg="token not reloaded, the previous one stays in use"' in log
    assert new not in log
    assert TOKEN not in log


def test_reload(tmp_path: Path) -> None:
    """A reload adds and removes push sources."""
    with taking(tmp_path, "sources: [{name: old, type: push}]\n") as (program, url):
        assert push(url, GOOD, query="?source=old")[0] == 200
        settings(tmp_path, "sources: [{name: new, type: push}]\n")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: push(url, GOOD, query="?source=new")[0] == 200, "it is reloaded")

        assert push(url, GOOD, query="?source=old")[0] == 400
        assert push(url, GOOD)[0] == 200
        assert metric(url, 'zenmux_exporter_records_total{source="old",result="accepted"}') == 2


def test_off(tmp_path: Path) -> None:
    """Without a token pushes are refused, and the error names the setting."""
    with exporter(tmp_path, str(tmp_path / "none.jsonl")) as (_, url):
        status, answer = push(url, GOOD)

    assert status == 403
    assert "web.push.token_file" in answer["error"]


def test_token_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token can come from an environment variable."""
    path = tmp_path / "exporter.yml"
    path.write_text("web: {push: {token_env: PUSH_TOKEN}}\n")
    monkeypatch.setenv("PUSH_TOKEN", TOKEN)
    with exporter(tmp_path, f"--config.file={path}") as (_, url):
        assert counts(push(url, GOOD)[1])[0] == 2


def test_nothing_is_logged(tmp_path: Path) -> None:
    """Pushed lines never reach the log or the page."""
    secret = "a prompt that nobody may read"
    with taking(tmp_path, "", "--log.level=debug") as (program, url):
        push(url, f'{{"prompt": "{secret}"}}\n{secret}\n' * 200)
        push(url, secret.encode(), Content_Encoding="gzip")
        scraped(url)
        assert secret not in program.log.read_text()
        assert secret not in get(f"{url}/")[1]


def test_beside_files(tmp_path: Path) -> None:
    """Files and pushes count into the same totals, which survive a restart."""
    log = tmp_path / "a.jsonl"
    log.write_text(record(1, id="gen_1"))
    with taking(tmp_path, "", str(log)) as (program, url):
        scraped(url, 1)
        assert counts(push(url, record(1, id="gen_1") + record(2, id="gen_2"))[1])[:2] == (1, 1)
        with log.open("a") as file:
            file.write(record(2, id="gen_2") + record(3))
        text = scraped(url, 3)
        program.stop()
    with taking(tmp_path, "", str(log)) as (_, url):
        assert totals(scraped(url)) == totals(text)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("once", "{log}"), "pushed records are in no file"),
        (
            ("backfill", "--out={out}", "--format=openmetrics", "{log}"),
            "pushed records are in no file",
        ),
        (("backfill", "--out={out}"), "nothing to read"),
        (("check",), "configuration is valid"),
    ],
)
def test_other_commands(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """Other commands warn that pushed records are in no file and go on with the files."""
    log = tmp_path / "a.jsonl"
    log.write_text(record(1, id="gen_1"))
    names = {"log": log, "out": tmp_path / "out"}
    words = [one.format(**names) for one in arguments]
    command = [*exporter_command(*words), f"--config.file={settings(tmp_path)}"]
    with running(command, tmp_path / "log") as program:
        code = program.process.wait(DEADLINE)

    assert code == (2 if told == "nothing to read" else 0)
    assert told in program.log.read_text()


def test_recorder(tmp_path: Path) -> None:
    """The recorder's sink delivers to a real exporter."""
    with taking(tmp_path) as (_, url):
        sink = PushSink(url + PATH, token_file=tmp_path / "token")
        rejected = [sink.write([GOOD.encode(), BAD.encode()]) for _ in range(2)]
        sink.close()

        # The second write has the same idempotency key.
        assert rejected == [1, 1]
        assert metric(url, "zenmux_requests_total{") == 2
