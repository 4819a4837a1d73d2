"""The running program: event loop lag, CPU time when idle, and time to the first scrape."""

import os
import re
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from .lines import write
from .running import Program, exporter
from .sizes import Sizes, Table

_KEYS = 100
# Series per key in the log below: outcomes, token types and cost items.
_SERIES_OF_A_KEY = 6
_LAG = re.compile(
    r'^zenmux_exporter_event_loop_lag_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\d+)', re.MULTILINE
)


def lag(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure the loop's lag while a backlog is read, with a scrape every second."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "requests.jsonl"
        lines = write("meta", sizes.seed, sizes.backlog, log)
        with exporter(Path(name) / "exporter", [str(log)]) as program:
            done, took = threading.Event(), list[float]()
            scraper = threading.Thread(target=_scrape, args=(program, done, took))
            scraper.start()
            program.wait_ready()
            done.set()
            scraper.join()
            buckets = _LAG.findall(program.get("/metrics")[1].decode())
    yield f"event loop: lag while {lines:,} records are read, scraped every second", _steps(buckets)
    slowest = {"scrapes": float(len(took)), "slowest, milliseconds": 1000 * max(took, default=0)}
    yield "event loop: the scrapes meanwhile", {"all": slowest}


def _scrape(program: Program, done: threading.Event, took: list[float]) -> None:
    while not done.wait(1.0):
        begun = time.perf_counter()
        program.get("/metrics")
        took.append(time.perf_counter() - begun)


def _steps(buckets: list[tuple[str, str]]) -> Table:
    total = int(buckets[-1][1])
    return {
        f"up to {bound} s": {"timers": float(count), "of all": int(count) / max(1, total)}
        for bound, count in buckets
    }


def idle(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure CPU time while following many files without new content."""
    with tempfile.TemporaryDirectory() as name:
        for number in range(sizes.files):
            write("native", number, 20, Path(name) / f"log-{number}.jsonl")
        with exporter(Path(name) / "exporter", [f"{name}/*.jsonl"]) as program:
            program.wait_ready()
            before = program.cpu_seconds()
            time.sleep(sizes.seconds)
            used = program.cpu_seconds() - before
    row = {"seconds": sizes.seconds, "of a core": used / sizes.seconds}
    yield f"idle: {sizes.files} quiet files", {"all": row}


def start(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure seconds from start to the first scrape's response, with a ledger of many series."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "exporter"
        log = Path(name) / "requests.jsonl"
        rows = {"nothing yet": _started(home, [str(log)])}
        known = many_series(sizes, log)
        with exporter(home, [str(log)]) as program:
            program.wait_ready(known)
        rows["a full ledger"] = _started(home, [str(log)])
        rows["a full ledger"]["ledger MB"] = _size(home) / 1e6
    yield "start: until the first scrape is answered", rows


def many_series(sizes: Sizes, log: Path) -> int:
    """Write a log that creates about `known_series` series; return its number of lines."""
    lines = [
        f'{{"id":"{model}-{key}","timestamp":1793491200,"model":"m-{model}","provider":"p",'
        f'"api_key":"key-{key}","input_tokens":9,"output_tokens":9,'
        '"costs_usd":{"prompt":"0.1","completion":"0.1"}}\n'
        for model in range(max(1, sizes.known_series // (_KEYS * _SERIES_OF_A_KEY)))
        for key in range(_KEYS)
    ]
    log.write_text("".join(lines))
    return len(lines)


def _started(home: Path, logs: list[str]) -> dict[str, float]:
    begun = time.perf_counter()
    with exporter(home, logs) as program:
        status, text = program.get("/metrics")
        took = time.perf_counter() - begun
        assert status == 200
        lines = sum(not line.startswith(b"#") for line in text.splitlines())
        return {"seconds": took, "series": float(lines), "resident MB": program.resident() / 1e6}


def _size(home: Path) -> int:
    return sum(os.path.getsize(path) for path in (home / "state").iterdir())  # noqa: PTH202
