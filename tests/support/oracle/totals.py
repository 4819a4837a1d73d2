"""Totals, read from an exposition or counted by the oracle, and their differences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

Key = tuple[str, tuple[tuple[str, str], ...]]

_LABELS = r'(?:[a-zA-Z_]\w*="(?:[^"\\]|\\.)*",?)*'
_SAMPLE = re.compile(rf"([a-zA-Z_:][\w:]*)(?:\{{({_LABELS})\}})? (\S+)")
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
# The exporter's own counters to compare.
_INGEST = frozenset(
    f"zenmux_exporter_{name}_total"
    for name in (
        "records",
        "invalid_records",
        "field_faults",
        "conflicts",
        "token_mismatch",
        "billing_mismatch",
        "unknown_values",
    )
)
# Fields whose unknown values are compared: statuses, and names inside a usage object.
_UNKNOWN = ("status", "usage")


@dataclass(frozen=True, slots=True)
class Histogram:
    """Cumulative counts by upper bound, their number, and the sum."""

    cumulative: tuple[tuple[Decimal, int], ...]
    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """Counters and histograms by name and sorted labels; Unix seconds of the newest request."""

    counters: dict[Key, Decimal] = field(default_factory=dict)
    histograms: dict[Key, Histogram] = field(default_factory=dict)
    newest: Decimal | None = None


def samples(text: str) -> Iterator[tuple[str, dict[str, str], Decimal]]:
    """Yield (name, labels, value) for every sample of an exposition."""
    for line in text.split("\n"):
        match = None if line.startswith("#") else _SAMPLE.match(line)
        if match:
            labels = {name: _unescape(value) for name, value in _LABEL.findall(match[2] or "")}
            yield match[1], labels, Decimal(match[3].replace("Inf", "Infinity"))


def _unescape(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)


def parse_exposition(text: str) -> Totals:
    """Parse the request families and the counters of records."""
    counters: dict[Key, Decimal] = {}
    parts: dict[Key, dict[str, Decimal]] = {}
    newest = None
    for name, labels, value in samples(text):
        if name == "zenmux_last_request_timestamp_seconds":
            newest = value
        if not name.startswith("zenmux_") or (
            name.startswith("zenmux_exporter_") and name not in _INGEST
        ):
            continue
        if not _is_compared(name, labels):
            continue
        bound = labels.pop("le", None)
        base = re.sub("_(bucket|sum|count)$", "", name)
        key = tuple(sorted(labels.items()))
        if bound is not None:
            parts.setdefault((base, key), {})[bound] = value
        elif name.endswith("_total"):
            counters[(name, key)] = counters.get((name, key), Decimal(0)) + value
        elif base != name:
            parts.setdefault((base, key), {})[name.removeprefix(base)] = value
    return Totals(counters, {key: _histogram(part) for key, part in parts.items()}, newest)


def _is_compared(name: str, labels: dict[str, str]) -> bool:
    """Return False for names of faulty fields, and for unknown values the oracle does not count."""
    if name == "zenmux_exporter_field_faults_total":
        labels.pop("field", None)
    return name != "zenmux_exporter_unknown_values_total" or labels.get("field") in _UNKNOWN


def _histogram(part: dict[str, Decimal]) -> Histogram:
    total, count = part.pop("_sum"), part.pop("_count")
    bounds = sorted((Decimal(b.replace("Inf", "Infinity")), int(n)) for b, n in part.items())
    return Histogram(tuple(bounds), int(count), total)


def differences(expected: Totals, actual: Totals) -> list[str]:
    """Describe each difference in a line; a missing counter equals 0."""
    found = []
    for key in sorted({*expected.counters, *actual.counters}):
        want, have = expected.counters.get(key, Decimal(0)), actual.counters.get(key, Decimal(0))
        if want != have:
            found.append(f"{_text(key)}: expected {want}, found {have}")
    for key in sorted({*expected.histograms, *actual.histograms}):
        one, other = expected.histograms.get(key), actual.histograms.get(key)
        if one != other:
            found.append(f"{_text(key)}: expected {one}, found {other}")
    if expected.newest != actual.newest:
        found.append(f"newest request: expected {expected.newest}, found {actual.newest}")
    return found


def _text(key: Key) -> str:
    return key[0] + "{" + ",".join(f'{name}="{value}"' for name, value in key[1]) + "}"
