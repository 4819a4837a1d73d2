"""Ask before so much text is written that the user should know."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ..errors import ExporterError
from .collector import Collector
from .sample_grid import SampleGrid, SeriesSpan
from .samples import SeriesLabels

# Less than this, and than half of what is free, needs no question.
_UNASKED = 1 << 30
# Value, time, and what separates them; of a histogram its suffix and bound, too.
_NUMBERS, _BOUND = len(" 1234.5 1793491200\n"), len('_bucket,le="0.25"')
_SMALLER = "make blocks, give a later --start, or a coarser --step"


def text_size(collector: Collector, grid: SampleGrid, labels: Mapping[str, str]) -> int:
    """Return about how many bytes of text the samples take, without those of recording rules."""
    size = 0
    for number, series in collector.series.items():
        lines = collector.lines(series)
        shown = SeriesLabels.of(labels, (), series.labels).values
        named = sum(map(len, (*labels, *shown))) + 4 * len(shown) + 10 * len(series.labels)
        length = len(series.metric) + named + _NUMBERS + (_BOUND if lines > 1 else 0)
        size += length * grid.samples([SeriesSpan(lines, collector.births[number])])
    return size


def approve(out: Path, size: int) -> None:
    """Go on if a user agrees to so many bytes, or if they are few; else raise `ExporterError`."""
    free = shutil.disk_usage(out).free
    if size <= min(_UNASKED, free // 2):
        return
    told = f"{out}: the text takes {_told(size)} or more, {_told(free)} are free"
    if size > free:
        raise ExporterError(f"{told}. {_SMALLER.capitalize()}; --yes tries all the same")
    if not all(one is not None and one.isatty() for one in (sys.__stdin__, sys.__stderr__)):
        raise ExporterError(f"{told}. Agree with --yes, or {_SMALLER}")
    sys.stderr.write(f"{told}. Write it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise ExporterError("nothing was written")


def _told(size: int) -> str:
    """Return bytes as a person reads them."""
    for unit, least in (("GB", 10**9), ("MB", 10**6)):
        if size >= least:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"
