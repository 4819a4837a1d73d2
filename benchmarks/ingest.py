"""Ingestion on one core: contenders take turns on the same input, for each shape."""

import contextlib
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .contenders import Contender, contenders
from .lines import SHAPES, Workload, prepare
from .sizes import Sizes, Table

_LIMIT = "typed decoding"


def ingest(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure the median records per second of each contender, and the ratios to others."""
    for shape in SHAPES:
        # Long lines make long files.
        count = sizes.lines // 10 if shape == "long lines" else sizes.lines
        with tempfile.TemporaryDirectory() as directory, one_core():
            workload = prepare(shape, sizes.seed, count, Path(directory))
            name = f"ingest: {shape}, {workload.line_bytes:,.0f} bytes a line"
            yield name, race(contenders(), workload, sizes.runs)


def race(runners: dict[str, Contender], workload: Workload, runs: int) -> Table:
    """Run the contenders in turns; return medians and ratios."""
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    counted: dict[str, int] = {}
    for _ in range(runs):
        for name, runner in runners.items():
            begun = time.perf_counter()
            counted[name] = runner(workload)
            seconds[name].append(time.perf_counter() - begun)
    rates = {name: counted[name] / statistics.median(times) for name, times in seconds.items()}
    return {
        name: {
            "counted": counted[name],
            "records/s": rate,
            **{f"x {other}": rate / rates[other] for other in _compared(rates)},
        }
        for name, rate in rates.items()
    }


def _compared(rates: dict[str, float]) -> list[str]:
    return [name for name in rates if name in {_LIMIT, "json + client library", "mtail"}]


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Pin this process and its children to one core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
