"""Write the samples of a block as OpenMetrics text with timestamps."""

from collections.abc import Iterable, Iterator, Sequence

from ..catalogue import Metric
from ..metrics.text_format import Format, header
from ..values.fixed_point import decimal_text
from .samples import Points, Runs, Samples

_END = "# EOF\n"


def text(found: Iterable[Samples], times: range) -> Iterator[str]:
    """Yield the text of samples in pieces of whole lines; `found` must be grouped by family."""
    stamps = [str(second) for second in times]
    family: Metric | None = None
    for one in found:
        if one.series.family is not family:
            family = one.series.family
            if family is not None:
                yield header(family, Format.OPENMETRICS)
        yield "".join(_run_lines(one, stamps) if isinstance(one, Runs) else _point_lines(one))
    yield _END


def _run_lines(found: Runs, stamps: Sequence[str]) -> Iterator[str]:
    """Yield each run of lines with one value: most values stay the same most of the time."""
    start, places = found.series.text(), found.series.places
    stops = (*found.starts[1:], len(stamps))
    for begin, stop, level in zip(found.starts, stops, found.levels, strict=True):
        line = f"{start} {decimal_text(level, places)} "
        yield f"{line}{f'{chr(10)}{line}'.join(stamps[begin:stop])}\n"


def _point_lines(found: Points) -> Iterator[str]:
    start, places = found.series.text(), found.series.places
    for second, value in zip(found.times, found.values, strict=True):
        yield f"{start} {decimal_text(value, places)} {second}\n"
