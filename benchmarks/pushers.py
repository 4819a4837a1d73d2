"""Clients that push records without ids, each batch until it is acknowledged."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from .running import Program

SOURCE = "pushed"
TOKEN = "of-the-benchmark-alone"
_LINES = 20
_AGAIN = 0.5
_ACCEPTED = f'zenmux_exporter_records_total{{source="{SOURCE}",result="accepted"}} '


@dataclass(slots=True)
class Pushed:
    """The pushers' observations: seconds to each acknowledgement, and number of retries."""

    seconds: list[float] = field(default_factory=list)
    put_off: int = 0

    @property
    def lines(self) -> int:
        """Return the number of acknowledged records."""
        return len(self.seconds) * _LINES


def settings(directory: Path) -> str:
    """Return the flag with which an exporter accepts pushes."""
    (directory / "token").write_text(TOKEN)
    path = directory / "exporter.yml"
    path.write_text(
        f"sources: [{{name: {SOURCE}, type: push}}]\n"
        f"web: {{push: {{token_file: {directory / 'token'}}}}}\n"
    )
    return f"--config.file={path}"


def counted(program: Program) -> int:
    """Return the number of pushed records according to the exporter's metrics."""
    rows = program.get("/metrics")[1].decode().split("\n")
    return sum(int(row.removeprefix(_ACCEPTED)) for row in rows if row.startswith(_ACCEPTED))


async def push(host: str, port: int, number: int, seen: Pushed) -> None:
    """Push one batch after another; retry each with its key until it is accepted."""
    batch = 0
    while True:
        row = {"timestamp": 1793491200 + batch, "model": f"m{number}", "cost_usd": "0.001"}
        body = (json.dumps(row) + "\n").encode() * _LINES
        begun = time.perf_counter()
        while not await _is_taken(host, port, f"{number}/{batch}", body):
            seen.put_off += 1
            await asyncio.sleep(_AGAIN)
        seen.seconds.append(time.perf_counter() - begun)
        batch += 1


async def _is_taken(host: str, port: int, key: str, body: bytes) -> bool:
    head = (
        f"POST /api/v1/records HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    writer = None
    try:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head.encode() + body)
        answer = await reader.read()
    except OSError:
        return False
    finally:
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.close()
    return answer.startswith(b"HTTP/1.1 200 ")
