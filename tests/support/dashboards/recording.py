"""Record what the bundle's rules record, in Python: the reference for tests of the rules.

It is written from the rules' description, not from their PromQL. Tests fill histories with its
output, so a month needs no month of evaluations.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from exporter.catalogue import BY_NAME, METRICS
from exporter.catalogue.levels import RecordedSum, recorded_sums

# Totals recorded longer ago are ignored.
LOOKBACK = 6 * 3600
READY = "instance:zenmux_exporter_ready:timestamp_seconds"
ROWS = "generation:zenmux_compensated_request_payout_usd:increase"
_LEDGER = "zenmux_exporter_ledger_created_timestamp_seconds"
_PAYOUT = "zenmux_compensated_request_payout_usd"
_TIME = "zenmux_compensated_request_timestamp_seconds"
_ROW = ("generation_id", "compensation_type")
_TARGET = ("job", "instance")

Labels = tuple[tuple[str, str], ...]
Samples = Mapping[str, Mapping[Labels, float]]
Values = dict[Labels, float]


def parse(text: str) -> dict[str, Values]:
    """Return the samples of an exposition by metric and labels."""
    samples: defaultdict[str, Values] = defaultdict(dict)
    for line in text.splitlines():
        if line and line[0] != "#":
            series, _, value = line.rpartition(" ")
            name, labels = split(series)
            samples[name][labels] = float(value)
    return samples


@cache
def split(series: str) -> tuple[str, Labels]:
    """Return the metric and the labels of a series as written."""
    name, _, inner = series.removesuffix("}").partition("{")
    pairs = (pair.partition("=") for pair in inner.removesuffix('"').split('",') if pair)
    return name, tuple((label, value.removeprefix('"')) for label, _, value in pairs)


def written(name: str, labels: Labels) -> str:
    """Return a series as in an exposition."""
    pairs = ",".join(f'{label}="{value}"' for label, value in labels)
    return f"{name}{{{pairs}}}"


@dataclass(frozen=True, slots=True)
class _Sum:
    counter: str
    increase: str
    labels: tuple[str, ...]
    keeps_zeros: bool
    count: str  # of a histogram, for its buckets

    @classmethod
    def of(cls, recorded: RecordedSum) -> "_Sum":
        """Return the names of the recorded total and of the growth that is kept."""
        is_bucket = recorded.suffix == "_bucket"
        return cls(
            recorded.counter,
            recorded.increase,
            recorded.labels,
            recorded.counter == "zenmux_requests_total" and recorded.level.name == "provider",
            recorded.increase.replace("_bucket:", "_count:") if is_bucket else "",
        )


_SUMS = sorted(
    (_Sum.of(one) for metric in METRICS for one in recorded_sums(metric)),
    key=lambda one: bool(one.count),
)


class Recorder:
    """Evaluates scrapes in order."""

    def __init__(self, names: Collection[str] = ()) -> None:
        """Start without evaluations; record only these names, or all if there are none."""
        self._sums = [
            one
            for one in _SUMS
            if not names or one.increase in names or one.increase.endswith("_count:increase")
        ]
        self._totals: defaultdict[str, dict[Labels, tuple[float, float]]] = defaultdict(dict)
        # By target: when it was last ready, and with which ledger. By ledger: when any target was.
        self._ready: dict[Labels, tuple[float, float]] = {}
        self._ledgers: dict[float, float] = {}

    def evaluate(self, samples: Samples, now: float) -> dict[str, Values]:
        """Return the recorded samples of an evaluation that sees these samples."""
        told: dict[str, Values] = {}
        ledgers = {_pick(at, _TARGET): made for at, made in samples.get(_LEDGER, {}).items()}
        continued = {target for target in ledgers if self._continues(target, ledgers[target], now)}
        for one in self._sums:
            grown = self._growth(one.increase, _totals(samples, one), now, continued)
            told[one.increase] = {
                labels: value
                for labels, value in grown.items()
                if (labels[:-1] in told[one.count] if one.count else value > 0)
                or (one.keeps_zeros and value == 0)
            }
        rows = self._growth(ROWS, _rows(samples), now, continued)
        told[ROWS] = {labels: value for labels, value in rows.items() if value > 0}
        ready = samples.get("zenmux_exporter_ready", {})
        targets = [_pick(labels, _TARGET) for labels, value in ready.items() if value == 1]
        self._ready.update({target: (now, ledgers[target]) for target in targets})
        self._ledgers.update({ledgers[target]: now for target in targets})
        told[READY] = {(*target, ("ledger", f"{ledgers[target]:g}")): now for target in targets}
        return told

    def _continues(self, target: Labels, ledger: float, now: float) -> bool:
        """Return True if a target has the same ledger as before, and no other had it since."""
        at, before = self._ready.get(target, (-math.inf, 0.0))
        return now - at <= LOOKBACK and ledger == before and self._ledgers[ledger] == at

    def _growth(
        self, name: str, totals: Values, now: float, continued: Collection[Labels]
    ) -> Values:
        """Return the growth of each total that continues the previous one."""
        known = self._totals[name]
        grown = {}
        for labels, total in totals.items():
            at, before = known.get(labels, (-math.inf, 0.0))
            if _pick(labels, _TARGET) in continued:
                grown[labels] = total - (before if now - at <= LOOKBACK else 0.0)
            known[labels] = (now, total)
        return grown


def _totals(samples: Samples, one: _Sum) -> Values:
    parts: defaultdict[Labels, list[float]] = defaultdict(list)
    for labels, value in samples.get(one.counter, {}).items():
        parts[_pick(labels, (*_TARGET, *one.labels))].append(value)
    return {labels: math.fsum(values) for labels, values in parts.items()}


def _rows(samples: Samples) -> Values:
    """Return the payout of each row, with the request's time as a label if known."""
    key = (*_TARGET, *_ROW)
    kept = (*_TARGET, *BY_NAME[_PAYOUT].labels)
    times = {
        _pick(labels, key): (("timestamp_ms", str(round(1000 * value))),)
        for labels, value in samples.get(_TIME, {}).items()
    }
    return {
        (*_pick(labels, kept), *times.get(_pick(labels, key), ())): paid
        for labels, paid in samples.get(_PAYOUT, {}).items()
    }


@cache
def _pick(labels: Labels, names: tuple[str, ...]) -> Labels:
    own = dict(labels)
    return tuple((name, own[name]) for name in names if name in own)


def lines(recorded: Mapping[str, Values], now: float, only: Iterable[str] = ()) -> Iterator[str]:
    """Yield OpenMetrics lines with timestamps, for some names or for all."""
    for name in only or recorded:
        for labels, value in recorded.get(name, {}).items():
            yield f"{written(name, labels)} {value!r} {now:.3f}\n"
