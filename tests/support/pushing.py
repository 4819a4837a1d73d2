"""Clients that push, and exporters that accept pushes."""

import contextlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from programs import Running, exporter, get

TOKEN = "a-token-of-many-characters"
PATH = "/api/v1/records"


def record(number: int, **fields: object) -> str:
    """Return a record without an id."""
    made = {"timestamp": 1793491200 + number, "model": "m", "cost_usd": "0.5", **fields}
    return json.dumps(made) + "\n"


BAD = '{"timestamp": 1793491200}\n'
GOOD = record(1) + record(2)


def metric(url: str, start: str) -> float:
    """Return the sum of the samples whose lines begin with `start`."""
    rows = get(f"{url}/metrics")[1].split("\n")
    return sum(float(row.rsplit(" ", 1)[1]) for row in rows if row.startswith(start))


def settings(directory: Path, text: str = "") -> Path:
    """Write a configuration that accepts pushes."""
    token = directory / "token"
    token.write_text(f"{TOKEN}\n")
    path = directory / "exporter.yml"
    path.write_text(f"web: {{push: {{token_file: {token}}}}}\n{text}")
    return path


@contextlib.contextmanager
def taking(directory: Path, text: str = "", *arguments: str) -> Iterator[tuple[Running, str]]:
    """Run an exporter that accepts pushes; yield it and its URL."""
    path = settings(directory, text)
    with exporter(directory, f"--config.file={path}", *arguments) as (program, url):
        yield program, url


def request(
    url: str, body: bytes | str, *, token: str = TOKEN, query: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Push; return status, headers and body of the response. Raises OSError without one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=30)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    names.setdefault("Authorization", f"Bearer {token}")
    data = body.encode() if isinstance(body, str) else body
    with contextlib.closing(connection):
        connection.request("POST", PATH + query, data, names)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()


def push(url: str, body: bytes | str, **options: Any) -> tuple[int, dict[str, Any]]:
    """Push; return status and document of the response."""
    status, _, answer = request(url, body, **options)
    return status, json.loads(answer)


def counts(answer: dict[str, Any]) -> tuple[int, int, int, int, int]:
    """Return accepted, duplicates, amended, rejected and pending."""
    names = ("accepted", "duplicates", "amended", "rejected", "pending")
    accepted, duplicates, amended, rejected, pending = (int(answer[name]) for name in names)
    return accepted, duplicates, amended, rejected, pending
