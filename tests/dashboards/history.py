"""The real exporter under a simulated clock: log lines in, what each scrape was told out.

Beside it an independent recount is fed with the same lines; it is the truth of every test.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from exporter.aggregates import Aggregates
from exporter.catalog import BY_SCOPE, Kind, Scope
from exporter.config import Config, Source, Storage
from exporter.exposition import Format, render
from exporter.ledger import Folder
from exporter.pipeline import Ingest
from exporter.recount import Recount
from exporter.recount.totals import Totals
from exporter.sources.model import Block

Labels = tuple[tuple[str, str], ...]
SOURCE = "log"
TARGET = 'job="zenmux",instance="exporter:10464"'
_SCRAPER = "prometheus"


@dataclass(slots=True)
class Truth:
    """What the recount had counted at each scrape, by metric and labels."""

    scrapes: list[float] = field(default_factory=list)
    values: dict[str, dict[Labels, list[tuple[float, float]]]] = field(default_factory=dict)

    def note(self, now: float, totals: Totals) -> None:
        """Keep what is new at a scrape."""
        first = not self.scrapes
        self.scrapes.append(now)
        for name, labels, value in _flat(totals):
            told = self.values.setdefault(name, {}).setdefault(labels, [])
            # Whatever is not there at the first scrape of all is told at 0 before it grows.
            if not told and not first:
                told.append((now, 0.0))
            elif not told or told[-1][1] != value:
                told.append((now, value))

    def at(self, name: str, moment: float) -> dict[Labels, float]:
        """Values at the last scrape up to a time."""
        found = {}
        for labels, told in self.values.get(name, {}).items():
            index = bisect_right(told, moment, key=lambda one: one[0])
            if index:
                found[labels] = told[index - 1][1]
        return found

    def first(self, name: str) -> dict[Labels, float]:
        """Values when each series was told first."""
        return {labels: told[0][1] for labels, told in self.values.get(name, {}).items()}


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
    """An exporter that reads and is scraped when it is told to, at made-up times."""

    def __init__(self, folder: Path) -> None:
        """Nothing read yet."""
        config = Config(
            storage=Storage(path=folder), sources=(Source(name=SOURCE, type="file", path="x"),)
        )
        self.now = 0.0
        self.recount = Recount()
        self.truth = Truth()
        self._ingest = Ingest(config, Folder(config), lambda: self.now)
        self._state = Aggregates(config.storage.compensated_requests)

    def read(self, lines: list[bytes], now: float) -> None:
        """Count lines and publish them, as after a commit."""
        self.now = now
        text = b"".join(line + b"\n" for line in lines)
        for _ in self._ingest.slices(Block(SOURCE, "key", text, 0, True, len(text), None)):
            pass
        first = not self.truth.scrapes
        self._state.publish(self._ingest.seal(existing_counted=first), int(now * 1000))
        for line in lines:
            self.recount.feed(SOURCE, line)

    def scrape(self, now: int) -> str:
        """What Prometheus is told, as lines of OpenMetrics with times."""
        self.truth.note(now, self.recount.totals())
        scrapers, last = self._state.scrapers, self._state.last_birth
        shown = scrapers.mark(_SCRAPER, int(now * 1000), last)
        text = render(self._state, Format.TEXT, shown=shown) + self._process(now)
        mark = scrapers.visited(_SCRAPER, int(now * 1000), last)
        if mark is not None:
            scrapers.durable(_SCRAPER, mark, ())
        self._state.compensated.scraped()
        return "".join(_stamped(line, now) for line in text.splitlines() if line[0] != "#")

    def _process(self, now: int) -> str:
        """The process's own metrics, which are set by the running program."""
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


def _stamped(line: str, now: int) -> str:
    series, _, value = line.rpartition(" ")
    name, _, labels = series.removesuffix("}").partition("{")
    return f"{name}{{{TARGET}{',' if labels else ''}{labels}}} {value} {now}\n"
