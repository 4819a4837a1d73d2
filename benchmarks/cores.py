"""A backlog on two cores, held against two processes that know nothing of each other."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from .lines import write
from .running import exporter
from .sizes import Sizes, Table

_PARTS = 4


def cores(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Seconds until a backlog is counted, by one core, two apart, and two together."""
    cpus = sorted(os.sched_getaffinity(0))[:2]
    for files in (1, _PARTS):
        with tempfile.TemporaryDirectory() as name:
            lines = _backlog(sizes, files, Path(name))
            seconds: dict[str, list[float]] = {}
            counted: dict[str, int] = {}
            for _ in range(sizes.runs):
                for way, took, count in _turns(Path(name), cpus):
                    seconds.setdefault(way, []).append(took)
                    counted[way] = count
        yield f"two cores: {lines:,} raw records in {files} files", _table(seconds, counted)


def _backlog(sizes: Sizes, files: int, directory: Path) -> int:
    each = sizes.backlog // files
    paths = [directory / f"log-{number}.jsonl" for number in range(files)]
    return sum(write("meta", sizes.seed + n, each, path) for n, path in enumerate(paths))


def _turns(directory: Path, cpus: list[int]) -> Iterator[tuple[str, float, int]]:
    yield "one core", *_catch_up(directory, [cpus[:1]])
    took, count = _catch_up(directory, [[cpu] for cpu in cpus])
    yield "two apart, each all of it", took, count // len(cpus)
    yield "two together", *_catch_up(directory, [cpus])


def _catch_up(directory: Path, teams: list[list[int]]) -> tuple[float, int]:
    """Seconds until each team has counted everything, and what they counted together."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        begun = time.perf_counter()
        logs = [str(directory / "*.jsonl")]
        programs = [
            stack.enter_context(exporter(Path(name) / str(number), logs, cpus))
            for number, cpus in enumerate(teams)
        ]
        for program in programs:
            program.wait_ready()
        took = time.perf_counter() - begun
        return took, sum(program.counted() for program in programs)


def _table(seconds: dict[str, list[float]], counted: dict[str, int]) -> Table:
    median = {way: statistics.median(times) for way, times in seconds.items()}
    alone = median["one core"]
    work = {"one core": 1, "two apart, each all of it": 2, "two together": 1}
    scaling = {way: work[way] * alone / took for way, took in median.items()}
    apart = scaling["two apart, each all of it"]
    return {
        way: {
            "counted": counted[way],
            "seconds": took,
            "scaling": scaling[way],
            "of two apart": scaling[way] / apart,
        }
        for way, took in median.items()
    }
