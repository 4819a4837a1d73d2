"""Time per record with growing numbers of records and of series."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .lines import native_line, write
from .running import exporter
from .sizes import Sizes, Table

_RECORDS_FOR_SERIES = 1_000_000
_RECORDS_FOR_BIRTHS = 20_000  # enough to create all series of the native shape
_KEYS = 400
_BIRTHS, _LOG = "births.jsonl", "log.jsonl"


@dataclass(frozen=True, slots=True)
class _Point:
    """Two logs in a directory: one that creates the series, and the same with `count` more."""

    home: Path
    known: int
    count: int

    def seconds(self, run: str) -> tuple[float, float]:
        """Return how long each of the two logs takes with a new ledger."""
        bare = _seconds(self.home / f"bare-{run}", self.home / _BIRTHS, self.known)
        full = _seconds(self.home / f"full-{run}", self.home / _LOG, self.known + self.count)
        return bare, full


def growth(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Measure microseconds per durable record on one core, by records and by series."""
    sys.stderr.write("growth writes its logs first: a few GB\n" if len(sizes.records) > 2 else "")
    with tempfile.TemporaryDirectory() as name:
        records = {
            f"{count:,} records": _by_records(Path(name), count, sizes) for count in sizes.records
        }
        series = {
            f"{count:,} series": _by_series(Path(name), count, sizes) for count in sizes.spread
        }
        took = _took({**records, **series}, sizes.runs)
    yield "growth: with records (native, 300 bytes)", _relative(records, took)
    yield "growth: with series (native, 300 bytes)", _relative(series, took)


def _took(points: dict[str, _Point], runs: int) -> dict[str, float]:
    """Return the seconds for each point: the difference of the medians. Points take turns."""
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in points}
    for turn in range(runs):
        for name, point in points.items():
            samples[name] += [
                point.seconds(f"{turn}-{time}") for time in range(_times(point.count, turn))
            ]
    medians = {
        name: [statistics.median(one) for one in zip(*rows, strict=True)]
        for name, rows in samples.items()
    }
    return {name: max(1e-6, full - bare) for name, (bare, full) in medians.items()}


def _times(count: int, turn: int) -> int:
    """Return how often to run a point: long runs once, short ones several times."""
    if count >= 10_000_000:
        return int(turn == 0)
    return 5 if count == 10_000 else 1


def _relative(points: dict[str, _Point], took: dict[str, float]) -> Table:
    each = {name: took[name] / point.count * 1e6 for name, point in points.items()}
    return {
        name: {
            "counted": point.count,
            "seconds": took[name],
            "microseconds a record": each[name],
            "of the least": each[name] / min(each.values()),
        }
        for name, point in points.items()
    }


def _by_records(within: Path, count: int, sizes: Sizes) -> _Point:
    point = _Point(within / f"records-{count}", min(_RECORDS_FOR_BIRTHS, count), count)
    point.home.mkdir()
    write("native", sizes.seed, point.known, point.home / _BIRTHS)
    write("native", sizes.seed, point.known + count, point.home / _LOG)
    return point


def _by_series(within: Path, series: int, sizes: Sizes) -> _Point:
    """Write the same number of records for a number of existing series."""
    # A combination has five series: two outcomes, two token types, one cost item.
    combinations = max(1, series // 5)
    count = _RECORDS_FOR_SERIES if len(sizes.records) > 2 else 1000
    point = _Point(within / f"series-{series}", combinations, count)
    point.home.mkdir()
    for name, lines in ((_BIRTHS, combinations), (_LOG, combinations + count)):
        with (point.home / name).open("wb") as file:
            file.writelines(_requests(lines, combinations, sizes.seed))
    return point


def _requests(count: int, combinations: int, seed: int) -> Iterator[bytes]:
    """Yield records that cycle through the combinations of model and key."""
    draw = random.Random(seed).randrange
    for number in range(count):
        model, key = divmod(number % combinations, _KEYS)
        yield native_line(number, draw, model, 0, key) + b"\n"


def _seconds(home: Path, log: Path, count: int) -> float:
    """Return the seconds from listening until all is committed; start-up time varies more."""
    with exporter(home, [str(log)], [0]) as program:
        begun = time.perf_counter()
        program.wait_ready()
        took = time.perf_counter() - begun
        assert program.counted() == count
    return took
