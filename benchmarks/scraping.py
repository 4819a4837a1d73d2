"""Scrapes: rendering compared with the client library, and size and time of a full scrape."""

import gzip
import re
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import msgspec
from prometheus_client import CollectorRegistry, Counter, generate_latest

from exporter.catalogue import BY_NAME
from exporter.counting.delta import Delta, NewSeries
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format

from .lines import meta
from .running import Program, exporter
from .sizes import Sizes, Table

_ROUNDS = 10


def rendering(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure rendering many counters: unchanged, all changed, and with the client library."""
    metric = BY_NAME["zenmux_requests_total"]
    count = sizes.series
    state = PublishedState(0)
    created = counters(count)
    state.publish(Delta(created=created, counters=_values(count, 1), last_number=count), 0)
    registry = CollectorRegistry()
    counter = Counter("zenmux_requests", metric.help, metric.labels, registry=registry)
    for series in created:
        counter.labels(*series.labels).inc()
    renderer = Renderer(state)
    ours = lambda: renderer.render(Format.TEXT)  # noqa: E731
    first = _seconds(ours)
    seconds: dict[str, list[float]] = {"unchanged": [], "all changed": [], "client library": []}
    for run in range(sizes.runs):
        seconds["unchanged"].append(_seconds(ours))
        state.publish(Delta(counters=_values(count, run + 2), last_number=count), 0)
        seconds["all changed"].append(_seconds(ours))
        seconds["client library"].append(_seconds(lambda: generate_latest(registry)))
    median = {"first": first} | {name: statistics.median(took) for name, took in seconds.items()}
    peer = median["client library"]
    yield (
        f"scrape: rendering of {count:,} counters",
        {name: {"seconds": took, "times faster": peer / took} for name, took in median.items()},
    )


def counters(count: int) -> tuple[NewSeries, ...]:
    """Return request counters of 500 keys and many models."""
    return tuple(
        NewSeries(n + 1, "zenmux_requests_total", (*_names(n), "p", "payg", "success"))
        for n in range(count)
    )


def _names(number: int) -> tuple[str, str]:
    return f"key-{number % 500}", f"model-{number // 500}"


def _values(count: int, value: int) -> tuple[tuple[int, int], ...]:
    return tuple((number, value) for number in range(1, count + 1))


def _seconds(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def size(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure size and time of a scrape after all combinations of names were seen."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "requests.jsonl"
        with log.open("wb") as file:
            file.writelines(_combinations(sizes))
        with exporter(Path(name) / "exporter", [str(log)]) as program:
            program.wait_ready()
            _fetch(program)
            took = [_fetch(program) for _ in range(max(3, sizes.runs))]
            text = program.get("/metrics")[1]
    title = f"scrape: {sizes.models} models x {sizes.keys} keys x {sizes.providers} providers"
    yield title, {"all": {"milliseconds": 1000 * statistics.median(took), **_weighed(text)}}
    families = sorted(_families(text.decode()).items(), key=lambda one: -len("".join(one[1])))
    yield (
        "scrape: the largest families",
        {family: _weighed("".join(lines).encode()) for family, lines in families[:8]},
    )


def _combinations(sizes: Sizes) -> Iterator[bytes]:
    """Yield raw records, several for each combination of model, key and provider."""
    stream = meta(sizes.seed)
    names = [range(sizes.models), range(sizes.keys), range(sizes.providers)]
    for number, (model, key, provider) in enumerate(list(product(*names)) * _ROUNDS):
        record = msgspec.json.decode(next(stream))
        record |= {
            "generationId": f"G{number:024d}",
            "modelSlug": f"vendor/some-model-{model}",
            "apiKeyId": f"2537AKd0Tv02146{key:05d}",
            "providerSlug": f"provider-{provider}",
        }
        yield msgspec.json.encode(record) + b"\n"


def _fetch(program: Program) -> float:
    """Return the seconds of a scrape like Prometheus's: compressed, and read to its end."""
    request = urllib.request.Request(f"{program.url}/metrics", headers={"Accept-Encoding": "gzip"})
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as response:
        response.read()
    return time.perf_counter() - begun


def _families(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in text.splitlines(keepends=True):
        if not line.startswith("#"):
            name = re.sub(r"_(bucket|sum|count)$", "", re.split("[{ ]", line, maxsplit=1)[0])
            found.setdefault(name, []).append(line)
    return found


def _weighed(text: bytes) -> dict[str, float]:
    lines = sum(not line.startswith(b"#") for line in text.splitlines())
    packed = len(gzip.compress(text, 1))
    return {
        "lines": lines,
        "MB": len(text) / 1e6,
        "MB gzip": packed / 1e6,
        "bytes a line": len(text) / lines,
        "gzip bytes a line": packed / lines,
    }
