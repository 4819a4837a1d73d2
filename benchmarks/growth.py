"""Time per record as logs get longer and series more."""

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .lines import START_MS, write
from .running import exporter
from .sizes import Sizes, Table

_RECORDS_FOR_SERIES = 200_000


def growth(sizes: Sizes) -> Iterator[tuple[str, Table]]:
    """Microseconds a record, durable, on one core, by records and by series."""
    sys.stderr.write("growth writes its logs first: a few GB\n" if len(sizes.records) > 2 else "")
    by_records = {f"{count:,} records": _by_records(count, sizes) for count in sizes.records}
    yield "growth: with records (native, 300 bytes)", _relative(by_records)
    by_series = {f"{count:,} series": _by_series(count, sizes) for count in sizes.spread}
    yield "growth: with series", _relative(by_series)


def _relative(rows: Table) -> Table:
    least = min(row["microseconds a record"] for row in rows.values())
    return {
        name: {**row, "of the least": row["microseconds a record"] / least}
        for name, row in rows.items()
    }


def _by_records(count: int, sizes: Sizes) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log.jsonl"
        write("native", sizes.seed, count, log)
        # What takes minutes is steady enough to be run once.
        return _measured(Path(name), log, count, sizes.runs if count < 1_000_000 else 1)


def _by_series(series: int, sizes: Sizes) -> dict[str, float]:
    """The same number of records, over more and more series."""
    count = _RECORDS_FOR_SERIES if len(sizes.records) > 2 else 1000
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "log.jsonl"
        # A record adds to two series here: a request's outcome and the tokens of one type.
        combinations = max(1, series // 2)
        with log.open("w") as file:
            for number in range(count):
                key, model = number % combinations % 400, number % combinations // 400
                file.write(
                    f'{{"id":"gen_{number}","timestamp":{START_MS + number},"model":"m-{model}",'
                    f'"provider":"p","api_key":"key-{key}","status":"success","input_tokens":9}}\n'
                )
        return _measured(Path(name), log, count, sizes.runs)


def _measured(home: Path, log: Path, count: int, runs: int) -> dict[str, float]:
    """Medians of starting with an empty log and of counting this one; their difference counts."""
    empty = home / "empty.jsonl"
    empty.touch()
    bare = [_seconds(home / f"bare-{run}", empty, 0) for run in range(runs)]
    full = [_seconds(home / f"full-{run}", log, count) for run in range(runs)]
    took = max(1e-6, statistics.median(full) - statistics.median(bare))
    return {"counted": count, "seconds": took, "microseconds a record": took / count * 1e6}


def _seconds(home: Path, log: Path, count: int) -> float:
    begun = time.perf_counter()
    with exporter(home, [str(log)], [0]) as program:
        program.wait_ready()
        took = time.perf_counter() - begun
        assert program.counted() == count
    return took
