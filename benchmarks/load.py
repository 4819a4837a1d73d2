"""Hostile load during ingestion: scrapers, pushers, slow readers and incomplete requests."""

import asyncio
import contextlib
import random
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from . import pushers
from .lines import write
from .running import Program, exporter
from .sizes import Sizes, Table
from .standing import many_series

_SCRAPE = (
    "GET /metrics?scraper=load-{number} HTTP/1.1\r\nHost: localhost\r\n"
    "Accept-Encoding: gzip\r\nConnection: close\r\n\r\n"
)
_SLOW = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
_HALF = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half:"
_INTERVAL = 5.0
_LOOK = 0.1
# The exporter drops a client that does not read within this time.
_HELD = 6.0
_AGAIN = 1.0
_LAG = re.compile(
    r'^zenmux_exporter_event_loop_lag_seconds_bucket\{le="([^"]+)"\} (\d+)', re.MULTILINE
)
_REFUSED = re.compile(r'^zenmux_exporter_http_refused_total.reason="([^"]+)"} (\d+)', re.MULTILINE)


@dataclass(slots=True)
class _Seen:
    """The clients' observations."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    resident: int = 0
    pushed: pushers.Pushed = field(default_factory=pushers.Pushed)


def load(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure scrapes, memory and timers while all kinds of clients are connected."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "series.jsonl"
        known = many_series(sizes, log)
        backlog = Path(name) / "backlog.jsonl"
        arguments = [str(log), str(backlog), pushers.settings(Path(name))]
        with exporter(Path(name) / "exporter", arguments) as program:
            program.wait_ready(known)
            before = program.resident()
            lags = _counts(_LAG, program)
            made = Path(name) / "made.jsonl"
            lines = write("meta", sizes.seed, sizes.backlog, made)
            made.rename(backlog)
            begun = time.perf_counter()
            seen = asyncio.run(_clients(program, sizes))
            took = time.perf_counter() - begun
            pushed = pushers.counted(program)
            counted = program.counted() - known - pushed
            late = {bound: n - lags.get(bound, 0) for bound, n in _counts(_LAG, program).items()}
            refused = _counts(_REFUSED, program)
    title = (
        f"load: {sizes.scrapers} scrapers, {sizes.slow} slow readers, {sizes.half} half requests"
    )
    yield (
        title,
        {
            "scrapes": {
                "answered": len(seen.seconds),
                "failed": seen.failed,
                "median, ms": 1000 * statistics.median(seen.seconds),
                "99 %, ms": 1000 * sorted(seen.seconds)[int(0.99 * len(seen.seconds))],
                "slowest, ms": 1000 * max(seen.seconds),
            },
        },
    )
    yield (
        "load: the exporter",
        {
            "all": {
                "MB before": before / 1e6,
                "MB at most": seen.resident / 1e6,
                "records a second": counted / took,
                "lines": lines,
            }
        },
    )
    yield f"load: {sizes.pushers} pushers", {"batches": _pushed(seen.pushed, pushed, took)}
    total = max(1, late["+Inf"])
    yield "load: timers", {f"up to {one} s": {"of all": n / total} for one, n in late.items()}
    yield "load: given up", {reason: {"times": float(n)} for reason, n in refused.items()}


def _pushed(seen: pushers.Pushed, counted: int, took: float) -> dict[str, float]:
    """Return the pushers' observations; the number of lost records must be 0."""
    return {
        "acknowledged": len(seen.seconds),
        "put off": seen.put_off,
        "records a second": seen.lines / took,
        "median, ms": 1000 * statistics.median(seen.seconds),
        "99 %, ms": 1000 * sorted(seen.seconds)[int(0.99 * len(seen.seconds))],
        "slowest, ms": 1000 * max(seen.seconds),
        "records lost": max(0, seen.lines - counted),
    }


def _counts(pattern: re.Pattern[str], program: Program) -> dict[str, int]:
    text = program.get("/metrics")[1].decode()
    return {name: int(float(value)) for name, value in pattern.findall(text)}


async def _clients(program: Program, sizes: Sizes) -> _Seen:
    """Run all clients for `load_seconds`."""
    seen = _Seen()
    address = urlsplit(program.url)
    host, port = str(address.hostname), int(address.port or 0)
    clients = [
        *(_scrape(host, port, number, seen) for number in range(sizes.scrapers)),
        *(pushers.push(host, port, number, seen.pushed) for number in range(sizes.pushers)),
        *(_hold(host, port, _SLOW) for _ in range(sizes.slow)),
        *(_hold(host, port, _HALF) for _ in range(sizes.half)),
        _watch(program, seen),
    ]
    tasks = [asyncio.ensure_future(one) for one in clients]
    await asyncio.sleep(sizes.load_seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return seen


async def _scrape(host: str, port: int, number: int, seen: _Seen) -> None:
    await asyncio.sleep(random.uniform(0, _INTERVAL))
    while True:
        begun = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(_SCRAPE.format(number=number).encode())
            status = (await reader.readline()).split(b" ")[1:2]
            while await reader.read(1 << 16):
                pass
            writer.close()
        except OSError:
            status = []
        took = time.perf_counter() - begun
        if status == [b"200"]:
            seen.seconds.append(took)
        else:
            seen.failed += 1
        await asyncio.sleep(max(0.0, _INTERVAL - took))


async def _hold(host: str, port: int, request: bytes) -> None:
    """Send a request, or half of one, and never read; reconnect when dropped."""
    while True:
        writer = None
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port, limit=1)
            writer.write(request)
            await reader.read(1)
            # A client that doesn't read does not notice that it was dropped.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_HELD):
                    await reader.read() if request is _HALF else await asyncio.sleep(_HELD)
        if writer is not None:
            writer.transport.abort()
        await asyncio.sleep(_AGAIN)


async def _watch(program: Program, seen: _Seen) -> None:
    while True:
        seen.resident = max(seen.resident, program.resident())
        await asyncio.sleep(_LOOK)
