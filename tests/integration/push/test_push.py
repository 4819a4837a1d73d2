"""Pushed records: what a client is told, whatever it sends."""

import gzip
import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zstandard

from anything import scraped, totals
from exporter.sources.bodies import MAX_BYTES, MAX_LINES
from programs import DEADLINE, exporter, exporter_command, get, running, wait_until
from pushing import PATH, TOKEN, counts, push, record, request, settings, taking
from zenmux_recorder import PushSink

BAD = '{"timestamp": 1793491200}\n'
SOURCES = (
    "sources:\n- {name: plain, type: push}\n- {name: table, type: push, format: csv,"
    " mapping: {timestamp: at, model: llm}}\n"
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An exporter that takes pushes, and nothing else."""
    with taking(tmp_path_factory.mktemp("push"), SOURCES) as (_, address):
        yield address


def metric(url: str, start: str) -> float:
    """The sum of the samples whose lines begin so."""
    rows = get(f"{url}/metrics")[1].split("\n")
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(start))


def unterminated(first: str, text: str) -> str:
    """A text as one line after another, without the last newline."""
    return first + text.rstrip("\n")


GOOD = record(1) + record(2)
PLAIN = {
    "lines": (GOOD, (2, 0, 0, 0, 0), []),
    "no newline": (unterminated("", GOOD), (2, 0, 0, 0, 0), []),
    "array": (f"[{record(1)},{record(2)}]", (2, 0, 0, 0, 0), []),
    "nothing": ("", (0, 0, 0, 0, 0), []),
    "blank lines": (f"\n\n{GOOD}\n \n{BAD}", (2, 0, 0, 1, 0), [(7, "missing_model")]),
    "mark and returns": (
        f"\ufeff{GOOD}{BAD}".replace("\n", "\r\n"),
        (2, 0, 0, 1, 0),
        [(3, "missing_model")],
    ),
    "torn": (f'{record(1)}{{"model": "m",\n{record(2)}', (2, 0, 0, 1, 0), [(2, "not_json")]),
    "torn at the end": (f'{GOOD}\n{{"model": "m",\n', (2, 0, 0, 1, 0), [(4, "not_json")]),
    "over lines": (
        json.dumps(json.loads(record(1)), indent=1) + "\n" + BAD,
        (1, 0, 0, 1, 0),
        [(6, "missing_model")],
    ),
    "elements": (
        f'[{record(1)}, 7, {BAD}, {record(2)}, {{"x": "{"y" * (1 << 20)}"}}, {BAD}]',
        (2, 0, 0, 4, 0),
        [(2, "not_object"), (3, "missing_model"), (5, "line_too_long"), (6, "missing_model")],
    ),
    "too long": (
        f"{record(1)}\n{'x' * 10_000_000}\n{'y' * (1 << 21)}\n{record(2)}{BAD}",
        (2, 0, 0, 3, 0),
        [(3, "line_too_long"), (4, "line_too_long"), (6, "missing_model")],
    ),
    "holes": (f"{record(1)}\0\0\0{record(2)}", (2, 0, 0, 0, 0), []),
    "numbers": (
        record(1, cost_usd="9" * 4000) + record(2, latency_ms=-1) + record(10**30),
        (2, 0, 0, 1, 0),
        [(3, "bad_time")],
    ),
    "pending": (record(1, status="pending"), (0, 0, 0, 0, 1), []),
}


@pytest.mark.parametrize(("body", "numbers", "errors"), PLAIN.values(), ids=PLAIN)
def test_answers(
    url: str, body: str, numbers: tuple[int, ...], errors: list[tuple[int, str]]
) -> None:
    """What was counted is told, and each rejected line with its number; it shows at once."""
    before = metric(url, 'zenmux_exporter_records_total{source="plain",result="accepted"}')
    status, answer = push(url, body)

    assert (status, counts(answer)) == (200, numbers)
    assert [(one["line"], one["reason"]) for one in answer["errors"]] == errors
    after = metric(url, 'zenmux_exporter_records_total{source="plain",result="accepted"}')
    assert after - before == numbers[0]


def test_ids(url: str) -> None:
    """Records with an id count once, however often they come; what is new amends them."""
    first = record(1, id="gen_a") + record(2, id="gen_b", cost_usd=None)
    more = record(2, id="gen_b") + record(3, id="gen_c")

    assert counts(push(url, first)[1]) == (2, 0, 0, 0, 0)
    assert counts(push(url, first)[1]) == (0, 2, 0, 0, 0)
    assert counts(push(url, more)[1]) == (1, 0, 1, 0, 0)


def test_errors_are_bounded(url: str) -> None:
    """The first hundred are listed, and how many more there are."""
    status, answer = push(url, GOOD + BAD * 5000)

    assert (status, answer["rejected"], answer["errors_omitted"]) == (200, 5000, 4900)
    assert [one["line"] for one in answer["errors"]] == [*range(3, 103)]


def test_sources(url: str) -> None:
    """The query names the source, whose format and mapping hold."""
    rows = "at,llm\n1793491200,a\n1793491201,b\nnever,c\n"
    status, answer = push(url, rows, query="?source=table")
    assert (status, counts(answer)) == (200, (2, 0, 0, 1, 0))
    assert answer["errors"] == [{"line": 4, "reason": "bad_time"}]
    assert counts(push(url, rows, query="?source=plain")[1])[0] == 0

    for query in ("?source=other", "?source=", "?sauce=plain", "?source=plain&source=table"):
        status, answer = push(url, GOOD, query=query)
        assert status == 400
    assert push(url, GOOD, query="?source=nope")[1]["error"].endswith(": plain, table")


def packed(body: str) -> dict[str, tuple[str, bytes]]:
    """A body in each encoding, of one and of two members."""
    data = body.encode()
    half = data.index(b"\n") + 1
    zstd = zstandard.ZstdCompressor().compress
    return {
        "gzip": ("gzip", gzip.compress(data)),
        "gzip of two": ("gzip", gzip.compress(data[:half]) + gzip.compress(data[half:])),
        "gzip, padded": ("GZIP", gzip.compress(data) + b"\0" * 100_000),
        "zstd": ("zstd", zstd(data)),
        "zstd of two": ("zstd", zstd(data[:half]) + zstd(data[half:])),
        "identity": ("identity", data),
    }


@pytest.mark.parametrize("name", packed("\n"))
def test_encodings(url: str, name: str) -> None:
    """Compressed bodies are read as they come."""
    encoding, data = packed(GOOD * 3000 + BAD)[name]
    status, answer = push(url, data, Content_Encoding=encoding)

    assert (status, counts(answer)) == (200, (6000, 0, 0, 1, 0))
    assert answer["errors"][0]["line"] == 6001


BROKEN = {
    "cut": ("gzip", gzip.compress(GOOD.encode() * 9000)[:-9], 400),
    "changed": ("gzip", gzip.compress(os.urandom(3000))[:1500] + b"!" * 1500, 400),
    "something else": ("gzip", GOOD.encode(), 400),
    "behind it": ("gzip", gzip.compress(b"\n") + b"rest", 400),
    "cut zstd": ("zstd", zstandard.ZstdCompressor().compress(os.urandom(9000))[:-9], 400),
    "other zstd": ("zstd", GOOD.encode(), 400),
    "empty": ("gzip", b"", 400),
    "bomb": ("gzip", gzip.compress(bytes(1 << 28)), 413),
    "zstd bomb": ("zstd", zstandard.ZstdCompressor().compress(bytes(1 << 28)), 413),
    "large": ("", b"x" * (MAX_BYTES + 1), 413),
    "many lines": ("", b"1\n" * (MAX_LINES + 1), 413),
    "utf-16": ("", GOOD.encode("utf-16"), 400),
    "unknown": ("br", GOOD.encode(), 415),
    "two": ("gzip, zstd", GOOD.encode(), 415),
}


@pytest.mark.parametrize(("encoding", "data", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_bodies(url: str, encoding: str, data: bytes, expected: int) -> None:
    """What can't be read is refused as a whole, with the reason."""
    before = metric(url, "zenmux_exporter_records_total")
    status, answer = push(url, data, Content_Encoding=encoding)

    assert (status, set(answer)) == (expected, {"error"})
    assert metric(url, "zenmux_exporter_records_total") == before
    assert metric(url, f'zenmux_exporter_push_requests_total{{code="{expected}"}}') > 0


def raw(url: str, data: bytes) -> bytes:
    """What comes back for bytes after which the client sends no more."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), DEADLINE) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return client.recv(1 << 16)


def head(*lines: str) -> bytes:
    """The head of a push."""
    rows = (f"POST {PATH} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {TOKEN}", *lines)
    return ("\r\n".join(rows) + "\r\n\r\n").encode()


def test_truncated_bodies(url: str) -> None:
    """A body that ends too early counts nothing."""
    before = metric(url, "zenmux_exporter_records_total")
    size = len(GOOD.encode())
    raw(url, head(f"Content-Length: {size + 1}") + GOOD.encode())
    raw(url, head("Transfer-Encoding: chunked") + f"{size:x}\r\n{GOOD}\r\n".encode())
    raw(url, head("Transfer-Encoding: chunked") + f"{size:x}\r\n{GOOD}\r\nnonsense\r\n".encode())

    assert push(url, GOOD)[0] == 200
    after = metric(url, "zenmux_exporter_records_total")
    assert after - before == 2


def test_waiting_for_leave(url: str) -> None:
    """A client that waits for leave to send its body gets it only with the token."""
    size = len(GOOD.encode())
    expecting = head("Expect: 100-continue", "Connection: close", f"Content-Length: {size}")
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), DEADLINE) as client:
        client.sendall(expecting)
        assert client.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(GOOD.encode())
        answer = b"".join(iter(lambda: client.recv(1 << 16), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b'"accepted": 2' in answer

    wrong = expecting.replace(TOKEN.encode(), b"another")
    with socket.create_connection((parts.hostname or "", parts.port or 0), DEADLINE) as client:
        client.sendall(wrong)
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 401 Unauthorized\r\n")


def test_tokens(url: str) -> None:
    """Without the right token a push is refused with no more than that."""
    wrong = ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN)
    for header in wrong:
        status, headers, body = request(url, GOOD, Authorization=header)
        assert (status, body) == (401, b'{"error": "401: Unauthorized"}')
        assert headers["WWW-Authenticate"] == 'Bearer realm="ZenMux exporter"'
    assert push(url, GOOD, Authorization=f"bearer  {TOKEN} ")[0] == 200
    assert get(url + PATH)[0] == 405


def test_keys(url: str) -> None:
    """A batch with a key counts once: a repeat gets the first answer, other content is refused."""
    body = GOOD + BAD
    first = request(url, body, Idempotency_Key="k1")
    again = request(url, body, Idempotency_Key="k1")
    zipped = request(
        url, gzip.compress(body.encode()), Idempotency_Key="k1", Content_Encoding="gzip"
    )

    assert counts(json.loads(first[2])) == (2, 0, 0, 1, 0)
    assert first[2] == again[2] == zipped[2]
    replayed = [one[1].get("Idempotent-Replayed") for one in (first, again, zipped)]
    assert replayed == [None, "true", "true"]
    assert push(url, GOOD, Idempotency_Key="k1")[0] == 422
    # Another source, another key: another batch.
    assert counts(push(url, body, Idempotency_Key="k2")[1]) == (2, 0, 0, 1, 0)
    assert push(url, body, Idempotency_Key="k1", query="?source=table")[0] == 200
    assert push(url, body, Idempotency_Key="k" * 256)[0] == 400


def test_page(url: str) -> None:
    """Push sources stand on the page as files do, with what was rejected."""
    push(url, BAD)
    wait_until(lambda: "missing_model" in get(f"{url}/")[1], "the page tells of it")
    page = get(f"{url}/")[1]

    assert "<b>plain</b> <code>POST /api/v1/records</code>" in page
    assert "the first in pushed batch" in page


def test_token_changes(tmp_path: Path) -> None:
    """A new token is in force at once; a faulty file leaves the former one."""
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
    assert 'msg="token not reloaded, the former stays in force"' in log
    assert new not in log
    assert TOKEN not in log


def test_reload(tmp_path: Path) -> None:
    """Push sources come and go with the configuration."""
    with taking(tmp_path, "sources: [{name: old, type: push}]\n") as (program, url):
        assert push(url, GOOD, query="?source=old")[0] == 200
        settings(tmp_path, "sources: [{name: new, type: push}]\n")
        program.process.send_signal(signal.SIGHUP)
        wait_until(lambda: push(url, GOOD, query="?source=new")[0] == 200, "it is reloaded")

        assert push(url, GOOD, query="?source=old")[0] == 400
        assert push(url, GOOD)[0] == 200
        assert metric(url, 'zenmux_exporter_records_total{source="old",result="accepted"}') == 2


def test_off(tmp_path: Path) -> None:
    """Without a token nobody can push, and the answer says what to do."""
    with exporter(tmp_path, str(tmp_path / "none.jsonl")) as (_, url):
        status, answer = push(url, GOOD)

    assert status == 403
    assert "web.push.token_file" in answer["error"]


def test_token_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token may stand in the environment."""
    path = tmp_path / "exporter.yml"
    path.write_text("web: {push: {token_env: PUSH_TOKEN}}\n")
    monkeypatch.setenv("PUSH_TOKEN", TOKEN)
    with exporter(tmp_path, f"--config.file={path}") as (_, url):
        assert counts(push(url, GOOD)[1])[0] == 2


def test_nothing_is_logged(tmp_path: Path) -> None:
    """No line of a body gets into the log."""
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
        (("once", "{log}"), "pushed records are kept in no file"),
        (("backfill", "--out={out}", "--format=openmetrics", "{log}"), "pushed records are kept"),
        (("backfill", "--out={out}"), "nothing to read"),
        (("check",), "configuration is valid"),
    ],
)
def test_other_commands(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """They say that they don't know of pushed records, and do the rest."""
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

        # The second time under the same key.
        assert rejected == [1, 1]
        assert metric(url, "zenmux_requests_total{") == 2
