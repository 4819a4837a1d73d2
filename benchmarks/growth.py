"""Time per record as logs get longer and series more."""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .lines import native_line, write
from .running import exporter
from .sizes import Sizes, Table

_RECORDS_FOR_SERIES = 1_000_000
_RECORDS_FOR_BIRTHS = 20_000  # of all series of the native shape
_KEYS = 400


def growth(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Microseconds a record, durable, on one core, by records and by series."""
    sys.stderr.write("growth writes its logs first: a few GB\n" if len(sizes.records) > 2 else "")
    by_records = {f"{count:,} records": _by_records(count, sizes) for count in sizes.records}
    yield "growth: with records (native, 300 bytes)", _relative(by_records)
    by_series = {f"{count:,} series": _by_series(count, sizes) for count in sizes.spread}
    yield "growth: with series (native, 300 bytes)", _relative(by_series)


def _relative(rows: Table) -> Table:
    least = min(row["microseconds a record"] for row in rows.values())
    return {
        name: {**row, "of the least": row["microseconds a record"] / least}
        for name, row in rows.items()
    }


def _by_records(count: int, sizes: Sizes) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        births, log = Path(name) / "births.jsonl", Path(name) / "log.jsonl"
        before = min(_RECORDS_FOR_BIRTHS, count)
        write("native", sizes.seed, before, births)
        write("native", sizes.seed, before + count, log)
        # What takes a minute is steady enough to be run once, what takes a blink is not.
        runs = 1 if count >= 10_000_000 else sizes.runs * (5 if count == 10_000 else 1)
        return _measured(Path(name), births, before, log, count, runs)


def _by_series(series: int, sizes: Sizes) -> dict[str, float]:
    """The same number of records, over more and more series that are there already."""
    count = _RECORDS_FOR_SERIES if len(sizes.records) > 2 else 1000
    # A combination has five series here: two outcomes, two types of tokens, one item of cost.
    combinations = max(1, series // 5)
    with tempfile.TemporaryDirectory() as name:
        births, log = Path(name) / "births.jsonl", Path(name) / "log.jsonl"
        births.write_bytes(b"".join(_requests(combinations, combinations, sizes.seed)))
        with log.open("wb") as file:
            file.writelines(_requests(combinations + count, combinations, sizes.seed))
        return _measured(Path(name), births, combinations, log, count, sizes.runs)


def _requests(count: int, combinations: int, seed: int) -> Iterator[bytes]:
    """Records that go round and round the combinations of model and key."""
    draw = random.Random(seed).randrange
    for number in range(count):
        model, key = divmod(number % combinations, _KEYS)
        yield native_line(number, draw, model, 0, key) + b"\n"


def _measured(
    home: Path, before: Path, known: int, log: Path, count: int, runs: int
) -> dict[str, float]:
    """Medians of counting the first log and of counting the second; their difference counts."""
    bare = [_seconds(home / f"bare-{run}", before, known) for run in range(runs)]
    full = [_seconds(home / f"full-{run}", log, known + count) for run in range(runs)]
    took = max(1e-6, statistics.median(full) - statistics.median(bare))
    return {"counted": count, "seconds": took, "microseconds a record": took / count * 1e6}


def _seconds(home: Path, log: Path, count: int) -> float:
    begun = time.perf_counter()
    with exporter(home, [str(log)], [0]) as program:
        program.wait_ready()
        took = time.perf_counter() - begun
        assert program.counted() == count
    return took
