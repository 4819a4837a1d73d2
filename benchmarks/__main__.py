"""`python -m benchmarks`: ratios in one run, contenders taking turns on the same input."""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .contenders import contenders
from .lines import write_log
from .memory import ids, scrape


def ingest(count: int, runs: int, seed: int) -> dict[str, Any]:
    """Median records a second of each contender, and its ratio to bare typed decoding."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "log.jsonl"
        lines = write_log(path, seed, count)
        seconds: dict[str, list[float]] = {name: [] for name in contenders()}
        counted: dict[str, int] = {}
        for _ in range(runs):
            for name, contender in contenders().items():
                begun = time.perf_counter()
                counted[name] = contender(lines, path)
                seconds[name].append(time.perf_counter() - begun)
        size = path.stat().st_size
    rate = {name: count / statistics.median(times) for name, times in seconds.items()}
    return {
        "lines": count,
        "bytes per line": size / count,
        "runs": runs,
        "counted": counted,
        "records per second": rate,
        "ratio to typed decoding": {n: r / rate["typed decoding"] for n, r in rate.items()},
    }


def table(results: dict[str, Any]) -> str:
    """The results for a terminal."""
    ingested = results["ingest"]
    rows = [f"{'contender':24}{'records/s':>12}{'of typed':>10}"]
    for name, rate in ingested["records per second"].items():
        share = ingested["ratio to typed decoding"][name]
        rows.append(f"{name:24}{rate:12,.0f}{share:10.3f}")
    for part in ("ids", "scrape"):
        figures = ", ".join(f"{name} {value:.4g}" for name, value in results[part].items())
        rows.append(f"{part}: {figures}")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Measure; 1 where contenders did not count the same."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little input, for CI")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=30_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--ids", type=int, default=1_000_000)
    parser.add_argument("--series", type=int, default=200_000)
    parser.add_argument("--json", type=Path, help="also write the results there")
    given = parser.parse_args()
    if given.quick:
        given.lines, given.runs, given.ids, given.series = 500, 1, 1000, 1000
    results = {
        "ingest": ingest(given.lines, given.runs, given.seed),
        "ids": ids(given.ids),
        "scrape": scrape(given.series),
    }
    sys.stdout.write(table(results))
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")
    same = set(results["ingest"]["counted"].values()) == {given.lines}
    sys.stdout.write("" if same else f"counted differently: {results['ingest']['counted']}\n")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
