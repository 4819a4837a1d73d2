"""The oracle by event time: what each line adds, and at what time."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from exporter.demo import KEYS
from oracle import Oracle, Settings, Totals

Sample = tuple[str, tuple[tuple[str, str], ...]]
SETTINGS = Settings(keys={identity: (name, plan) for identity, (name, plan) in KEYS.items()})


class EventTimes:
    """The increases of every sample, with their Unix milliseconds."""

    def __init__(self, lines: Iterable[bytes], settings: Settings = SETTINGS) -> None:
        """Count the lines in order."""
        self.rises: dict[Sample, list[tuple[int, Decimal]]] = defaultdict(list)
        self._asked: dict[str, int] = {}
        oracle = Oracle(settings)
        before: dict[Sample, Decimal] = {}
        for line in lines:
            oracle.feed("log", line)
            after = flat(oracle.totals())
            risen = {key: value - before.get(key, 0) for key, value in after.items()}
            if any(risen.values()):
                self._note(json.loads(line), risen)
            before = after

    def _note(self, record: dict[str, Any], risen: dict[Sample, Decimal]) -> None:
        identity = record.get("generationId") or record.get("id")
        own = record.get("createdAt") or record.get("createAt") or record.get("timestamp")
        asked = milliseconds(own) if own else None
        if identity and record.get("event") != "compensation":
            asked = self._asked.setdefault(identity, asked or 0)
        asked = self._asked.get(identity or "", asked or 0)
        paid = record.get("compensation") or {}
        paid_at = paid.get("paidAt") or paid.get("paid_at")
        for key, rise in risen.items():
            if rise:
                is_payout = key[0].startswith("zenmux_insurance_")
                at = milliseconds(paid_at) if is_payout and paid_at else asked
                self.rises[key].append((at, rise))

    def at(self, second: float) -> dict[Sample, Decimal]:
        """Return every sample above zero at a time: the sum of earlier increases."""
        found = {
            key: sum((rise for at, rise in rises if at < second * 1000), Decimal(0))
            for key, rises in self.rises.items()
        }
        return {key: value for key, value in found.items() if value}

    def times(self) -> list[int]:
        """Return the times of all increases."""
        return sorted(at for rises in self.rises.values() for at, _ in rises)


def flat(totals: Totals) -> dict[Sample, Decimal]:
    """Return totals as the samples of an exposition, without the exporter's own."""
    samples = {
        key: value
        for key, value in totals.counters.items()
        if not key[0].startswith("zenmux_exporter_")
    }
    for (name, labels), histogram in totals.histograms.items():
        for bound, count in histogram.cumulative:
            pairs = tuple(sorted((*labels, ("le", str(float(bound))))))
            samples[(f"{name}_bucket", pairs)] = Decimal(count)
        samples[(f"{name}_sum", labels)] = histogram.total
        samples[(f"{name}_count", labels)] = Decimal(histogram.count)
    return samples


def milliseconds(text: str) -> int:
    """Parse a timestamp of the demo's logs."""
    moment = datetime.fromisoformat(text)
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1000)


def sample(metric: dict[str, str]) -> Sample:
    """Return a series of a Prometheus response, without the labels that scraping adds."""
    labels = {
        name: str(float(value)) if name == "le" else value
        for name, value in metric.items()
        if name not in {"__name__", "job", "instance"}
    }
    return metric["__name__"], tuple(sorted(labels.items()))


def pick(seed: int, values: list[int], number: int) -> list[int]:
    """Return a random choice of values."""
    return random.Random(seed).sample(values, number)
