"""Run the real exporter with a simulated clock, next to the oracle.

The oracle reads the same lines; its totals at each evaluation are the reference for tests.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from operator import itemgetter
from pathlib import Path

from dashboards.account import Account
from exporter.catalogue import BY_SCOPE, Kind, Scope
from exporter.config import Config, Source, Storage
from exporter.counting.counter import RecordCounter
from exporter.metrics.exposition import Renderer
from exporter.metrics.published import PublishedState
from exporter.metrics.text_format import Format
from exporter.pipeline.ingest import Ingest
from exporter.sources import Block
from oracle import Oracle
from oracle.totals import Totals

Labels = tuple[tuple[str, str], ...]
SOURCE = "log"
TARGET = 'job="zenmux",instance="exporter:10464"'
_SCRAPER = "prometheus"
_time = itemgetter(0)


@dataclass(slots=True)
class Truth:
    """The oracle's totals at each evaluation, by metric and labels."""

    evaluations: list[float] = field(default_factory=list)
    values: dict[str, dict[Labels, list[tuple[float, float]]]] = field(default_factory=dict)
    # Answers of `at` and `first`: bars ask for the same moments.
    answers: dict[tuple[str, float], dict[Labels, float]] = field(default_factory=dict)
    firsts: dict[str, dict[Labels, float]] = field(default_factory=dict)

    def note(self, now: float, totals: Totals) -> None:
        """Record the values that changed since the previous evaluation."""
        first = not self.evaluations
        self.evaluations.append(now)
        self.answers.clear()
        self.firsts.clear()
        for name, labels, value in _flat(totals):
            told = self.values.setdefault(name, {}).setdefault(labels, [])
            # A series that starts after the first evaluation is exposed at 0 first.
            if not told and not first:
                told.append((now, 0.0))
            elif not told or told[-1][1] != value:
                told.append((now, value))

    def at(self, name: str, moment: float) -> dict[Labels, float]:
        """Return the values at the last evaluation before or at a time."""
        if (found := self.answers.get((name, moment))) is not None:
            return found
        found = self.answers[name, moment] = {}
        for labels, told in self.values.get(name, {}).items():
            index = bisect_right(told, moment, key=_time)
            if index:
                found[labels] = told[index - 1][1]
        return found

    def first(self, name: str) -> dict[Labels, float]:
        """Return the first value of each series."""
        if (found := self.firsts.get(name)) is None:
            told = self.values.get(name, {})
            found = self.firsts[name] = {labels: one[0][1] for labels, one in told.items()}
        return found


def _flat(totals: Totals) -> Iterator[tuple[str, Labels, float]]:
    for (name, labels), value in totals.counters.items():
        yield name, labels, float(value)
    for (name, labels), histogram in totals.histograms.items():
        yield f"{name}_sum", labels, float(histogram.total)
        yield f"{name}_count", labels, float(histogram.count)
        for bound, count in histogram.cumulative:
            yield f"{name}_bucket", (*labels, ("le", _bound(bound))), float(count)


def _bound(bound: Decimal) -> str:
    return str(float(bound)) if bound.is_finite() else "+Inf"


class Simulation:
    """An exporter that reads and is scraped at simulated times."""

    def __init__(self, folder: Path) -> None:
        """Start with empty totals."""
        config = Config(
            storage=Storage(path=folder), sources=(Source(name=SOURCE, type="file", path="x"),)
        )
        self.now = 0.0
        self.oracle = Oracle()
        self.truth = Truth()
        self._ingest = Ingest(config, RecordCounter(config), lambda: self.now)
        self._state = PublishedState(config.storage.compensated_requests)
        self._renderer = Renderer(self._state)
        self._account = Account()

    def read(self, lines: list[bytes], now: float) -> None:
        """Count lines and publish them, as after a commit."""
        self.now = now
        text = b"".join(line + b"\n" for line in lines)
        for _ in self._ingest.count_in_steps(Block(SOURCE, "key", text, 0, len(text), None)):
            pass
        first = not self.truth.evaluations
        self._state.publish(self._ingest.build(existing_counted=first), int(now * 1000))
        for line in lines:
            self.oracle.feed(SOURCE, line)

    def scrape(self, now: int) -> str:
        """Return the response to a scrape, with the labels of its target."""
        state, now_ms = self._state, int(now * 1000)
        shown = state.shown(_SCRAPER, now_ms)
        text = self._renderer.render(Format.TEXT, shown=shown) + self._process(now)
        text += self._account.scrape(now)
        state.acknowledge(state.cursor_update(_SCRAPER, state.last_number, now_ms))
        return "".join(_labelled(line) for line in text.splitlines() if line[0] != "#")

    def _process(self, now: int) -> str:
        """Return the process's metrics, which only a running program has."""
        values = {
            "zenmux_exporter_demo": 0.0,
            "zenmux_exporter_checkpoint_last_success_timestamp_seconds": self.now,
            "zenmux_exporter_source_last_read_timestamp_seconds": self.now,
        }
        lines = ["up 1", f"process_cpu_seconds_total {now % 9_999_999}"]
        lines.append("process_resident_memory_bytes 5e7")
        for metric in BY_SCOPE[Scope.PROCESS]:
            labels = ",".join(f'{name}="{SOURCE}"' for name in metric.labels)
            if metric.kind is Kind.HISTOGRAM:
                bounds = [*metric.buckets.split(), "+Inf"]
                seen = int(now) % 9_999_999
                lines += [f'{metric.name}_bucket{{le="{b}"}} {seen}' for b in bounds]
            else:
                lines.append(f"{metric.name}{{{labels}}} {values.get(metric.name, 1)}")
        return "\n".join(lines) + "\n"


def _labelled(line: str) -> str:
    series, _, value = line.rpartition(" ")
    name, _, labels = series.removesuffix("}").partition("{")
    return f"{name}{{{TARGET}{',' if labels else ''}{labels}}} {value}\n"
