"""Memory per id and per series, and peak memory for a large log."""

import gc
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from exporter.counting.deduplication import BILL, REQUEST, DeduplicationIndex, key_of
from exporter.counting.delta import Delta
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format

from .lines import write
from .scraping import counters
from .sizes import Sizes, Table

_SEGMENT = 100_000


def memory(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure bytes per id and per series, and the peak of `once`."""
    # In fresh processes, whose memory holds nothing else.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as fresh:
        held, seconds = fresh.submit(_ids, sizes.ids).result()
        series = fresh.submit(_series, sizes.series).result()
    yield (
        "memory: what is kept",
        {
            "an id": {"bytes": held / sizes.ids, "of": sizes.ids, "seconds to load": seconds},
            "a series": {"bytes": series / sizes.series, "of": sizes.series},
        },
    )
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "requests.jsonl"
        lines = write("meta", sizes.seed, 0, log, sizes.once_bytes)
        empty = Path(name) / "empty.jsonl"
        empty.touch()
        rows = {"an empty log": _peak(empty), "this log": _peak(log)}
        rows["this log"]["records/s"] = lines / rows["this log"]["seconds"]
    yield f"memory: `once` over {sizes.once_bytes / 1e6:,.0f} MB of raw records", rows


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _ids(count: int) -> tuple[int, float]:
    gc.collect()
    index, before, seconds = DeduplicationIndex(count), resident(), 0.0
    for added in _segments(count):
        begun = time.perf_counter()
        index.restore(added, b"")
        seconds += time.perf_counter() - begun
    return resident() - before, seconds


def _segments(count: int) -> Iterator[bytes]:
    for start in range(0, count, _SEGMENT):
        index = DeduplicationIndex(_SEGMENT)
        keys = [key_of(f"2534CCEDTKJR{n:08d}") for n in range(start, min(count, start + _SEGMENT))]
        yield b"".join(index.insert(key, REQUEST | BILL, 7, 1_793_491_200_000) for key in keys)


def _series(count: int) -> int:
    """Return the bytes of `count` counters with their rendered text."""
    gc.collect()
    before, state = resident(), PublishedState(0)
    created = counters(count)
    values = tuple((series.number, 1) for series in created)
    state.publish(Delta(created=created, counters=values, last_number=count), 0)
    renderer = Renderer(state)
    renderer.render(Format.TEXT)
    return resident() - before


def _peak(log: Path) -> dict[str, float]:
    """Return the seconds and peak memory of `once`."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "exporter", "once", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    # The peak from `wait4` would include this process, from which it was forked.
    while process.poll() is None:
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        peak = max(peak, int(found[1]) if found else 0)
        time.sleep(0.01)
    return {
        "exit code": process.returncode,
        "seconds": time.perf_counter() - begun,
        "peak MB": peak * 1024 / 1e6,
    }
