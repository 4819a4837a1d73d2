"""`python -m benchmarks [PART...]`: contenders take turns on the same input, in one run."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from . import dashboards, flood, growth, ingest, load, memory, page, plot, scraping, standing
from .report import disagreement, render
from .sizes import QUICK, Sizes, Table

Part = Callable[[Sizes], Iterator[tuple[str, Table]]]
PARTS: Mapping[str, Part] = {
    "ingest": ingest.ingest,
    "rendering": scraping.rendering,
    "size": scraping.size,
    "page": page.page,
    "lag": standing.lag,
    "memory": memory.memory,
    "idle": standing.idle,
    "start": standing.start,
    "growth": growth.growth,
    "flood": flood.flood,
    "load": load.load,
    "dashboards": dashboards.dashboards,
}
# The rows of these parts count different things.
_UNLIKE = ("growth", "load")


def main() -> int:
    """Run the benchmarks; return 1 if contenders counted different numbers of lines."""
    parser = _parser()
    given = parser.parse_args()
    unknown = [name for name in given.parts if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    sizes = QUICK if given.quick else Sizes(runs=given.runs, seed=given.seed)
    results: dict[str, Table] = {}
    wrong = ""
    for name in given.parts or PARTS:
        for title, table in PARTS[name](sizes):
            sys.stdout.write(render(title, table) + "\n")
            sys.stdout.flush()
            results[title] = table
            wrong += "" if name in _UNLIKE else disagreement(table)
        if given.json:
            given.json.write_text(json.dumps(results, indent=2) + "\n")
    if given.plot:
        given.plot.write_text(plot.svg(results))
    sys.stdout.write(wrong)
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"default: {' '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="little input, to check the counts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    parser.add_argument("--plot", type=Path, help="write a plot of the growth to this file (SVG)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
