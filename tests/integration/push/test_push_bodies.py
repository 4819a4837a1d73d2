"""Pushed bodies: compressed, broken, truncated, with Expect: 100-continue."""

import gzip
import os
import socket
from urllib.parse import urlsplit

import pytest
import zstandard

from exporter.sources.bodies import MAX_BYTES, MAX_LINES
from programs import DEADLINE
from pushing import BAD, GOOD, PATH, TOKEN, counts, metric, push

pytest_plugins = ["push_fixtures"]


def packed(body: str) -> dict[str, tuple[str, bytes]]:
    """Return a body in each encoding, in one and in two members."""
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
    """Bodies in all supported encodings are accepted."""
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
    "bomb": ("gzip", gzip.compress(bytes(1 << 26)), 413),
    "zstd bomb": ("zstd", zstandard.ZstdCompressor().compress(bytes(1 << 26)), 413),
    "large": ("", b"x" * (MAX_BYTES + 1), 413),
    "many lines": ("", b"1\n" * (MAX_LINES + 1), 413),
    "utf-16": ("", GOOD.encode("utf-16"), 400),
    "unknown": ("br", GOOD.encode(), 415),
    "two": ("gzip, zstd", GOOD.encode(), 415),
}


@pytest.mark.parametrize(("encoding", "data", "expected"), BROKEN.values(), ids=BROKEN)
def test_broken_bodies(url: str, encoding: str, data: bytes, expected: int) -> None:
    """An unreadable body is refused as a whole, with the reason."""
    before = metric(url, "zenmux_exporter_records_total")
    status, answer = push(url, data, Content_Encoding=encoding)

    assert (status, set(answer)) == (expected, {"error"})
    assert metric(url, "zenmux_exporter_records_total") == before
    assert metric(url, f'zenmux_exporter_push_requests_total{{code="{expected}"}}') > 0


def raw(url: str, data: bytes) -> bytes:
    """Send bytes, close the sending side, and return the response."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), DEADLINE) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return client.recv(1 << 16)


def head(*lines: str) -> bytes:
    """Return the head of a push request."""
    rows = (f"POST {PATH} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {TOKEN}", *lines)
    return ("\r\n".join(rows) + "\r\n\r\n").encode()


def test_truncated_bodies(url: str) -> None:
    """A truncated body counts nothing."""
    before = metric(url, "zenmux_exporter_records_total")
    size = len(GOOD.encode())
    raw(url, head(f"Content-Length: {size + 1}") + GOOD.encode())
    raw(url, head("Transfer-Encoding: chunked") + f"{size:x}\r\n{GOOD}\r\n".encode())
    raw(url, head("Transfer-Encoding: chunked") + f"{size:x}\r\n{GOOD}\r\nnonsense\r\n".encode())

    assert push(url, GOOD)[0] == 200
    after = metric(url, "zenmux_exporter_records_total")
    assert after - before == 2


def test_waiting_for_leave(url: str) -> None:
    """`Expect: 100-continue` is answered with 100 only if the token is right."""
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
