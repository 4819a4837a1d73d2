"""Fit the demo's distributions of request sizes and load to a trace of real requests (CSV).

`python -m tools.fit_demo AzureLLMInferenceTrace_code.csv` regenerates exporter/demo/trace.py.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import NormalDist, correlation, fmean

from exporter.demo import shape
from exporter.demo.shape import TraceModel

LEVELS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.995, 1.0)
MODULE = Path(shape.__file__).with_name("trace.py")
GROUPS = 8
# The trace has 2.6 requests/s, bursty and mostly idle. The demo's 20 requests/s are about eight
# such users, so eight shifted copies of the trace are added up.
OVERLAID = 8
_GOLDEN = 0.6180339887498949
_HEAD = '''"""Distributions of real traffic, written by tools/fit_demo.py; holds no single request.

Derived from AzureLLMInferenceTrace_code.csv of Azure/AzurePublicDataset, licensed CC-BY 4.0
(https://creativecommons.org/licenses/by/4.0/), changed into quantiles; cite Patel et al.,
"Splitwise: Efficient generative LLM inference using phase splitting", ISCA 2024.
"""

from .shape import TraceModel

CODE = TraceModel(
'''


@dataclass(frozen=True, slots=True)
class Row:
    """One request of a trace."""

    second: float
    context: int
    generated: int


def read(lines: Iterable[str]) -> list[Row]:
    """Parse a trace in its published format; return its requests in order of time."""
    rows = [
        Row(
            # The trace has seven fractional digits, fromisoformat reads six.
            datetime.fromisoformat(row["TIMESTAMP"][:26] + "+00:00").timestamp(),
            int(row["ContextTokens"]),
            int(row["GeneratedTokens"]),
        )
        for row in csv.DictReader(lines)
    ]
    return sorted(rows, key=lambda row: row.second)


def fit(rows: Sequence[Row]) -> TraceModel:
    """Fit the model; round its numbers to the precision that the trace supports."""
    load = _overlay([row.second for row in rows])
    return TraceModel(
        levels=LEVELS,
        context=_quantiles([row.context for row in rows], 0),
        generated=tuple(
            _quantiles([row.generated for row in group], 0)
            for group in _groups(sorted(rows, key=lambda row: row.context))
        ),
        load=_quantiles(load, 2),
        memory=round(_memory(load), 3),
    )


def _groups(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    bounds = [len(rows) * number // GROUPS for number in range(GROUPS + 1)]
    return (rows[start:end] for start, end in pairwise(bounds))


def _quantiles(values: Iterable[float], digits: int) -> tuple[float, ...]:
    ordered = sorted(values)
    last = len(ordered) - 1
    return tuple(round(float(ordered[round(level * last)]), digits) for level in LEVELS)


def _overlay(seconds: Sequence[float]) -> list[float]:
    """Add up shifted copies of the trace; return requests per second in units of their mean."""
    start = seconds[0]
    counts = Counter(int(second - start) for second in seconds)
    length = int(seconds[-1] - start) + 1
    shifts = [int(length * ((number * _GOLDEN) % 1)) for number in range(OVERLAID)]
    sums = [sum(counts[(at + shift) % length] for shift in shifts) for at in range(length)]
    mean = fmean(sums)
    return [value / mean for value in sums]


def _memory(load: Sequence[float]) -> float:
    """Return the lag-1 autocorrelation of the normal scores of the load."""
    normal = NormalDist()
    order = sorted(range(len(load)), key=lambda at: load[at])
    scores = [0.0] * len(load)
    for rank, at in enumerate(order):
        scores[at] = normal.inv_cdf((rank + 0.5) / len(load))
    return correlation(scores[:-1], scores[1:])


def render(model: TraceModel) -> str:
    """Return the source code of the module that holds the model."""
    values = ((field.name, _literal(getattr(model, field.name))) for field in fields(model))
    return _HEAD + "".join(f"    {name}={value},\n" for name, value in values) + ")\n"


def _literal(value: object) -> str:
    if not isinstance(value, tuple):
        return f"{value:g}"
    if isinstance(value[0], tuple):
        return "(\n" + "".join(f"        {_literal(row)},\n" for row in value) + "    )"
    return f"({', '.join(map(_literal, value))})"


def main(arguments: Sequence[str]) -> int:
    """Fit the trace at the given path and write the module."""
    with Path(arguments[0]).open(encoding="utf-8", newline="") as lines:
        model = fit(read(lines))
    MODULE.write_text(render(model), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
