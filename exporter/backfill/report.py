"""Describe what a backfill made, and how to load it."""

import shlex

from ..values.masking import masked
from ..values.texts import printable
from .command import Report, Wanted, moment
from .increment_store import BLOCK_SECONDS

# Without it promtool reads the text again for every two hours of samples.
_BLOCK_DURATION = f"--max-block-duration={BLOCK_SECONDS // 3600}h"


def text(report: Report, wanted: Wanted) -> str:
    """Return a few lines: what was read, what was made, and the next step."""
    grid = report.grid
    read = ", ".join(f"{number} {result}" for result, number in report.results.items() if number)
    lines = [f"read: {sum(report.results.values())} lines: {read}"]
    lines += [f"  {number} invalid: {reason}" for reason, number in report.invalid.items()]
    lines += [
        f"  left out: {masked(path)}: another file has the same content" for path in report.copies
    ]
    lines.append(
        f"made: {moment(grid.start)} to {moment(grid.end)}, a sample every {grid.step} s, "
        f"{report.series} series, {report.samples} samples; {report.recorded} of recording rules"
    )
    out = shlex.quote(str(wanted.out))
    lines += _converting(out) if wanted.as_text else _loading(out)
    # Paths may hold bytes that are not UTF-8.
    return printable("\n".join(lines) + "\n")


def _loading(out: str) -> list[str]:
    return [
        f"blocks are in {out}. If that is Prometheus's data folder, it loads them within minutes;",
        "else move them there. Its retention must reach as far back:",
        "  --storage.tsdb.retention.time=400d",
    ]


def _converting(out: str) -> list[str]:
    return [
        f"OpenMetrics text is in {out}. With promtool, which comes with Prometheus, make blocks:",
        f"  for f in {out}/*.om; do promtool tsdb create-blocks-from openmetrics "
        f'{_BLOCK_DURATION} "$f" DATA_FOLDER; done',
    ]
