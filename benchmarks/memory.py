"""What ids and series cost: bytes each, seconds to load, seconds to render."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, generate_latest

from exporter.aggregates import Aggregates
from exporter.catalog import BY_NAME
from exporter.exposition import Format, render
from exporter.ledger.delta import Delta
from exporter.ledger.ids import BILLED, REQUEST, IdWindow, entry, key_of, pack
from exporter.ledger.series import Counter as Series

_LABELS = ("api_key", "model", "provider", "plan", "outcome")
_SEGMENT = 100_000


def resident() -> int:
    """Resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def ids(count: int) -> dict[str, float]:
    """Bytes an id, and seconds to load them all."""
    gc.collect()
    window, before, seconds = IdWindow(count), resident(), 0.0
    for packed in _segments(count):
        begun = time.perf_counter()
        window.load(packed)
        seconds += time.perf_counter() - begun
    return {"bytes per id": (resident() - before) / count, "load seconds": seconds}


def _segments(count: int) -> Iterator[bytes]:
    state = pack(REQUEST | BILLED, 7, 1_793_491_200_000)
    for start in range(0, count, _SEGMENT):
        numbers = range(start, min(count, start + _SEGMENT))
        yield b"".join(entry(key_of(f"2534CCEDTKJR{number:08d}"), state) for number in numbers)


def scrape(count: int) -> dict[str, float]:
    """Seconds to render so many counters, unchanged and all changed, beside the client library."""
    metric = BY_NAME["zenmux_requests_total"]
    labels = [(f"key-{n % 500}", f"model-{n // 500}", "p", "payg", "success") for n in range(count)]
    series = tuple(Series(metric, values, birth) for birth, values in enumerate(labels, 1))
    state = Aggregates(0)
    state.publish(Delta(born=series, counters=tuple((one, 1) for one in series)), 0)
    registry = CollectorRegistry()
    counter = Counter("zenmux_requests", metric.help, _LABELS, registry=registry)
    for values in labels:
        counter.labels(*values).inc()
    first = _seconds(lambda: render(state, Format.TEXT))
    unchanged = _seconds(lambda: render(state, Format.TEXT))
    state.publish(Delta(counters=tuple((one, 1) for one in series)), 0)
    changed = _seconds(lambda: render(state, Format.TEXT))
    client = _seconds(lambda: generate_latest(registry))
    return {
        "first": first,
        "unchanged": unchanged,
        "all changed": changed,
        "client library": client,
        "times faster": client / changed,
    }


def _seconds(action: object) -> float:
    begun = time.perf_counter()
    action()  # type: ignore[operator]
    return time.perf_counter() - begun
