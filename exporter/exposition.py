"""Exposition: the published state in, Prometheus text 0.0.4 or OpenMetrics 1.0 out.

Each series keeps its rendered line until its value changes, so a scrape mostly joins strings.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from .aggregates import Aggregates
from .catalog import METRICS, Kind, Metric, Scope
from .exact import decimal_text
from .labels import clean
from .ledger.series import Counter, Histogram
from .tally import Exemplar, Observations

_EXEMPLAR_LENGTH = 128 - len("generation_id")


class Format(Enum):
    """The text formats."""

    TEXT = "text"
    OPENMETRICS = "openmetrics"


def escape(value: str) -> str:
    """A label value between quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def label_text(names: Sequence[str], values: Sequence[str]) -> str:
    """Labels in braces, nothing where there are none."""
    if not names:
        return ""
    pairs = zip(names, values, strict=True)
    return "{" + ",".join(f'{name}="{escape(value)}"' for name, value in pairs) + "}"


def render(
    state: Aggregates, form: Format, *, requests: bool = True, shown: int | None = None
) -> str:
    """All families of the published state; `requests` False leaves out the request families.

    Series born after `shown` are rendered at zero; None renders every series as it is. OpenMetrics
    needs `# EOF` after the last family: the caller appends it.
    """
    parts: list[str] = []
    for metric in METRICS:
        if metric.scope is Scope.PROCESS or (metric.is_request_family and not requests):
            continue
        lines = _lines(state, metric, form, shown)
        if lines:
            parts.append(header(metric, form))
            parts.extend(lines)
    return "".join(parts)


def header(metric: Metric, form: Format) -> str:
    """The HELP and TYPE lines of a family."""
    name = metric.name
    if form is Format.OPENMETRICS and metric.kind is Kind.COUNTER:
        name = name.removesuffix("_total")
    return f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind.value}\n"


def _lines(state: Aggregates, metric: Metric, form: Format, shown: int | None) -> list[str]:
    gauge = _GAUGES.get(metric.name)
    if gauge is not None:
        return list(gauge(state, metric))
    series = state.families[metric.name]
    if shown is not None and series and series[-1].birth > shown:
        at = bisect_right(series, shown, key=_birth)
        newborn = [_zero(one) for one in series[at:]]
        return _values(series[:at], metric, form) + newborn
    return _values(series, metric, form)


def _birth(series: Counter | Histogram) -> int:
    return series.birth


def _zero(series: Counter | Histogram) -> str:
    """A series as it was born: a counter at 0, a histogram with all its buckets at 0."""
    if isinstance(series, Counter):
        return f"{series.metric.name}{label_text(series.metric.labels, series.labels)} 0\n"
    empty = Observations(series.value.bounds)
    return "".join(_histogram_lines(series, empty, exemplars=False))


def _values(series: Sequence[Counter | Histogram], metric: Metric, form: Format) -> list[str]:
    if metric.kind is Kind.COUNTER:
        return [s.line if not s.stale else _counter_line(s) for s in series]  # type: ignore[union-attr,arg-type]
    exemplars = form is Format.OPENMETRICS
    return [_histogram_block(s, exemplars=exemplars) for s in series]  # type: ignore[arg-type]


def _counter_line(series: Counter) -> str:
    metric = series.metric
    start = series.line[: series.line.rfind(" ") + 1]
    if not start:
        start = f"{metric.name}{label_text(metric.labels, series.labels)} "
    series.line = f"{start}{decimal_text(series.value, metric.places)}\n"
    series.stale = False
    return series.line


def _histogram_block(series: Histogram, *, exemplars: bool) -> str:
    if series.stale:
        series.blocks.clear()
        series.stale = False
    block = series.blocks.get(exemplars)
    if block is None:
        block = series.blocks[exemplars] = "".join(
            _histogram_lines(series, series.value, exemplars=exemplars)
        )
    return block


def _histogram_lines(
    series: Histogram, observed: Observations, *, exemplars: bool
) -> Iterator[str]:
    metric = series.metric
    labels = label_text(metric.labels, series.labels)
    start = f"{metric.name}_bucket{labels[:-1]}" + (',le="' if metric.labels else '{le="')
    cumulative = 0
    for bucket, count in enumerate(observed.counts):
        cumulative += count
        if bucket < len(observed.bounds):
            bound = bound_text(observed.bounds[bucket], metric.places)
        else:
            bound = "+Inf"
        exemplar = observed.exemplars.get(bucket) if exemplars else None
        tail = "" if exemplar is None else _exemplar_text(exemplar, metric.places)
        yield f'{start}{bound}"}} {cumulative}{tail}\n'
    yield f"{metric.name}_sum{labels} {decimal_text(observed.total, metric.places)}\n"
    yield f"{metric.name}_count{labels} {cumulative}\n"


def bound_text(bound: int, places: int) -> str:
    """Bounds are floats everywhere, as Prometheus 3 normalises them: `1.0`."""
    text = decimal_text(bound, places)
    return text if "." in text else f"{text}.0"


def _exemplar_text(exemplar: Exemplar, places: int) -> str:
    """An exemplar; none where the id is longer than OpenMetrics allows."""
    generation, amount, time_ms = exemplar
    name = clean(generation)
    if len(name) > _EXEMPLAR_LENGTH:
        return ""
    identity = escape(name)
    value, time = decimal_text(amount, places), decimal_text(time_ms, 3)
    return f' # {{generation_id="{identity}"}} {value} {time}'


def _newest(state: Aggregates, metric: Metric) -> Iterator[str]:
    if state.newest_ms:
        yield f"{metric.name} {decimal_text(state.newest_ms, 3)}\n"


def _series(state: Aggregates, metric: Metric) -> Iterator[str]:
    for name, family in state.families.items():
        if family:
            weight = family[0].weight
            yield f'{metric.name}{{family="{name}"}} {len(family) * weight}\n'


def _ids(state: Aggregates, metric: Metric) -> Iterator[str]:
    yield f"{metric.name} {state.ids}\n"


def _payouts(state: Aggregates, metric: Metric) -> Iterator[str]:
    for row in state.compensated.rows():
        labels = label_text(metric.labels, row.detail.labels)
        yield f"{metric.name}{labels} {decimal_text(row.payout, 12)}\n"


def _times(state: Aggregates, metric: Metric) -> Iterator[str]:
    for row in state.compensated.rows():
        if row.detail.time_ms is not None:
            labels = label_text(metric.labels, row.detail.key)
            yield f"{metric.name}{labels} {decimal_text(row.detail.time_ms, 3)}\n"


def _seen(state: Aggregates, metric: Metric) -> Iterator[str]:
    for row in state.compensated.rows():
        labels = label_text(metric.labels, row.detail.key)
        yield f"{metric.name}{labels} {decimal_text(row.detail.seen_ms, 3)}\n"


_GAUGES: dict[str, Callable[[Aggregates, Metric], Iterator[str]]] = {
    "zenmux_last_request_timestamp_seconds": _newest,
    "zenmux_compensated_request_payout_usd": _payouts,
    "zenmux_compensated_request_timestamp_seconds": _times,
    "zenmux_compensated_request_seen_timestamp_seconds": _seen,
    "zenmux_exporter_series": _series,
    "zenmux_exporter_ids": _ids,
}
