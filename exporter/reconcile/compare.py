"""Compare the totals of two expositions."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Context, Decimal

from ..catalogue import METRICS, Kind, Metric, Scope
from .samples import Labels, Samples

_EXACT = Context(prec=200)
_RECORDS = "zenmux_exporter_records_total"
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Row:
    """A value that differs."""

    labels: str
    exporter: Decimal
    recount: Decimal

    @property
    def difference(self) -> Decimal:
        """The exporter's value minus the recount's."""
        return _EXACT.subtract(self.exporter, self.recount)


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one metric that differ."""

    title: str
    rows: tuple[Row, ...]


def compare(exporter: Samples, recount: Samples, sources: Collection[str]) -> tuple[Group, ...]:
    """Compare the totals of requests, and the records of these sources.

    Gauges and metrics that only the running process has are left out.
    """
    groups = (
        group
        for metric in METRICS
        if metric.is_request_family or metric.scope is Scope.SOURCE
        for group in _groups(metric, exporter, recount, sources)
    )
    return tuple(group for group in groups if group.rows)


def records(samples: Samples, sources: Collection[str] | None = None) -> int:
    """Return the number of records that were read, of all sources or of these."""
    values = samples.get(_RECORDS, {}).items()
    return int(
        sum(n for labels, n in values if sources is None or dict(labels)["source"] in sources)
    )


def sources(samples: Samples) -> frozenset[str]:
    """Return the names of the sources with at least one record."""
    values = samples.get(_RECORDS, {}).items()
    return frozenset(dict(labels)["source"] for labels, number in values if number)


def _groups(
    metric: Metric, exporter: Samples, recount: Samples, sources: Collection[str]
) -> Iterator[Group]:
    if metric.kind is Kind.COUNTER:
        found = _differing(metric.name, exporter, recount)
        if metric.scope is Scope.SOURCE:
            found = {key: row for key, row in found.items() if dict(key)["source"] in sources}
        yield Group(metric.name, tuple(found.values()))
    elif metric.kind is Kind.HISTOGRAM:
        yield from _histogram(metric.name, exporter, recount)


def _histogram(name: str, exporter: Samples, recount: Samples) -> Iterator[Group]:
    shown: set[Labels] = set()
    for part in ("count", "sum"):
        found = _differing(f"{name}_{part}", exporter, recount)
        shown |= found.keys()
        yield Group(f"{name}_{part}", tuple(found.values()))
    # Buckets are cumulative: one observation changes many, which shows no more than the count.
    buckets = _differing(f"{name}_bucket", exporter, recount)
    rest = (row for key, row in buckets.items() if _without_bound(key) not in shown)
    yield Group(f"{name}_bucket", tuple(rest))


def _without_bound(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != "le")


def _differing(name: str, exporter: Samples, recount: Samples) -> dict[Labels, Row]:
    """Return the rows that differ; a missing series counts as 0."""
    one, other = exporter.get(name, {}), recount.get(name, {})
    # The sort is stable: buckets keep their order.
    keys = sorted({**one, **other}, key=_without_bound)
    rows = {key: Row(_text(key), one.get(key, _ZERO), other.get(key, _ZERO)) for key in keys}
    return {key: row for key, row in rows.items() if row.exporter != row.recount}


def _text(labels: Labels) -> str:
    pairs = ((name, value.replace("\\", "\\\\").replace('"', '\\"')) for name, value in labels)
    return ",".join(f'{name}="{value}"' for name, value in pairs)
