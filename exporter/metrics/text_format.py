"""The text formats: lines of Prometheus text 0.0.4 and OpenMetrics 1.0.

OpenMetrics differs in the header of counters and in exemplars.
"""

from collections.abc import Iterator, Sequence
from enum import Enum

from ..catalogue import Kind, Metric
from ..counting.delta import Exemplar, HistogramValue
from ..values.fixed_point import decimal_text
from ..values.labels import clean

_EXEMPLAR_LABEL = "generation_id"
# OpenMetrics allows 128 characters for the names and values of an exemplar's labels.
_EXEMPLAR_LENGTH = 128 - len(_EXEMPLAR_LABEL)
TIME_PLACES = 3
"""Times are integer milliseconds, shown in seconds."""


class Format(Enum):
    """The text formats."""

    TEXT = "text"
    OPENMETRICS = "openmetrics"


def escape(value: str) -> str:
    """Escape a label value."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Return labels in braces; nothing if there are none."""
    if not names:
        return ""
    pairs = zip(names, values, strict=True)
    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in pairs) + "}"


def header(metric: Metric, form: Format) -> str:
    """Return the HELP and TYPE lines of a family."""
    name = metric.name
    if form is Format.OPENMETRICS and metric.kind is Kind.COUNTER:
        name = name.removesuffix("_total")
    return f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind.value}\n"


def sample_start(metric: Metric, labels: Sequence[str]) -> str:
    """Return a sample's name and labels, to be followed by its value."""
    return f"{metric.name}{label_text(metric.labels, labels)} "


def sample_end(value: int, places: int) -> str:
    """Return a sample's value, an integer scaled by 10^places, and the end of its line."""
    return f"{decimal_text(value, places)}\n"


def histogram_lines(
    metric: Metric, values: Sequence[str], histogram: HistogramValue, *, exemplars: bool
) -> Iterator[str]:
    """Yield the lines of a histogram: cumulative buckets, sum and count."""
    labels = label_text(metric.labels, values)
    start = f"{metric.name}_bucket{labels[:-1]}" + (',le="' if metric.labels else '{le="')
    cumulative = 0
    for bucket, count in enumerate(histogram.counts):
        cumulative += count
        if bucket < len(histogram.bounds):
            bound = bound_text(histogram.bounds[bucket], metric.places)
        else:
            bound = "+Inf"
        exemplar = histogram.exemplars.get(bucket) if exemplars else None
        tail = "" if exemplar is None else _exemplar_text(exemplar, metric.places)
        yield f'{start}{bound}"}} {cumulative}{tail}\n'
    yield f"{metric.name}_sum{labels} {decimal_text(histogram.total, metric.places)}\n"
    yield f"{metric.name}_count{labels} {cumulative}\n"


def bound_text(bound: int, places: int) -> str:
    """Return a bucket's bound as Prometheus 3 normalises it: always a float, `1.0`."""
    text = decimal_text(bound, places)
    return text if "." in text else f"{text}.0"


def _exemplar_text(exemplar: Exemplar, places: int) -> str:
    """Return an exemplar; nothing if its id is longer than OpenMetrics allows."""
    generation, amount, time_ms = exemplar
    name = clean(generation)
    if len(name) > _EXEMPLAR_LENGTH:
        return ""
    labels = label_text((_EXEMPLAR_LABEL,), (name,))
    return f" # {labels} {decimal_text(amount, places)} {decimal_text(time_ms, TIME_PLACES)}"
