"""Ask the user before a large amount of text is written."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ..errors import ExporterError
from .collector import Collector
from .sample_grid import SampleGrid, SeriesSpan
from .samples import SeriesLabels

# The user is not asked below this, and below half of the free space.
_UNASKED = 1 << 30
# Value, time and separators of a line; for a histogram its suffix and bound, too.
_NUMBERS, _BOUND = len(" 1234.5 1793491200\n"), len('_bucket,le="0.25"')
_SMALLER = "make blocks, give a later --start, or a coarser --step"


def text_size(collector: Collector, grid: SampleGrid, labels: Mapping[str, str]) -> int:
    """Estimate the bytes of text for the samples, without those of recording rules."""
    size = 0
    for number, series in collector.series.items():
        lines = collector.lines(series)
        shown = SeriesLabels.of(labels, (), series.labels).values
        named = sum(map(len, (*labels, *shown))) + 4 * len(shown) + 10 * len(series.labels)
        length = len(series.metric) + named + _NUMBERS + (_BOUND if lines > 1 else 0)
        size += length * grid.samples([SeriesSpan(lines, collector.births[number])])
    return size


def approve(out: Path, size: int) -> None:
    """Ask the user before much text is written; raises `ExporterError` unless they agree."""
    free = shutil.disk_usage(out).free
    if size <= min(_UNASKED, free // 2):
        return
    told = f"{out}: the text takes {_told(size)} or more, {_told(free)} are free"
    if size > free:
        raise ExporterError(f"{told}. {_SMALLER.capitalize()}; --yes writes it anyway")
    if not all(one is not None and one.isatty() for one in (sys.__stdin__, sys.__stderr__)):
        raise ExporterError(f"{told}. Agree with --yes, or {_SMALLER}")
    sys.stderr.write(f"{told}. Write it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise ExporterError("nothing was written")


def _told(size: int) -> str:
    """Return a size in bytes with its unit."""
    for unit, least in (("GB", 10**9), ("MB", 10**6)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"
