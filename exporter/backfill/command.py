"""Run a backfill: read logs, write their history as TSDB blocks or OpenMetrics text."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from ..config import Config, Source
from ..counting.counter import INVALID
from ..errors import ConfigError, ExporterError
from ..metrics.compensated import HARD_LIMIT_FACTOR
from ..pipeline.ownership import files_to_read
from ..pipeline.parsing import Tally
from ..pipeline.reading import RecordReader
from ..progress import progress, size_of
from ..sources import Beginnings, read_file
from .collector import Collector
from .outputs import BlockOutput, TextOutput
from .recorded import RecordedSeries
from .sample_grid import SampleGrid, before_head, choose_grid
from .samples import Runs, Samples
from .space import text_size
from .staging import publish, staging
from .step_chooser import StepChooser
from .stores import Stores
from .timeline import Timeline

MANIFEST = "zenmux-backfill.json"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The settings of a backfill; times are Unix seconds, None means the default.

    `as_text`: make OpenMetrics text instead of blocks.
    """

    out: Path
    labels: Mapping[str, str]
    start: int | None = None
    end: int | None = None
    step: int | None = None
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a backfill made; `recorded`: the number of samples for recording rules."""

    results: Mapping[str, int]
    invalid: Mapping[str, int]
    grid: SampleGrid
    series: int
    samples: int
    recorded: int
    made: tuple[str, ...]
    copies: tuple[str, ...] = ()


def backfill(
    config: Config,
    wanted: Wanted,
    clock: Callable[[], float] = time.time,
    approve: Callable[[Path, int], None] | None = None,
) -> Report:
    """Make the history of the sources; raises `ExporterError`.

    `approve` is called with the folder and about how many bytes of text it will take.
    """
    _refuse_second(wanted.out)
    with (
        staging(wanted.out) as folder,
        closing(Stores.create(folder)) as stores,
    ):
        read = _collect(config, wanted, stores, int(clock()))
        collector, grid = read.collector, read.grid
        if approve is not None:
            approve(wanted.out, text_size(collector, grid, wanted.labels))
        compensated = config.storage.compensated_requests * HARD_LIMIT_FACTOR
        timeline = Timeline(stores, collector, grid, wanted.labels, compensated)
        recorded = RecordedSeries(stores, collector, grid, wanted.labels, compensated)
        spans = collector.spans()
        samples = grid.samples(spans)
        output = (TextOutput if wanted.as_text else BlockOutput)(folder)
        with progress("writing", " samples", samples) as advance:
            for times in grid.windows():
                found = _counted(timeline.samples(times), len(times), advance)
                # After the counters, whose totals it takes.
                output.write(times, chain(found, recorded.samples(times, timeline.total)))
        made = output.made()
        names = tuple(path.name for path in made)
        series = sum(span.lines for span in spans)
        results, invalid = read.results, read.invalid
        report = Report(results, invalid, grid, series, samples, recorded.count, names, read.copies)
        manifest = folder / MANIFEST
        manifest.write_text(json.dumps(_manifest(report, wanted), indent=2) + "\n")
        # The manifest first: if this run is killed here, the next one refuses to write twice.
        publish([manifest, *made], wanted.out)
        return report


@dataclass(frozen=True, slots=True)
class _Collected:
    """What was read, and the grid of the samples to write."""

    collector: Collector
    grid: SampleGrid
    results: Mapping[str, int]
    invalid: Mapping[str, int]
    copies: tuple[str, ...]


def _collect(config: Config, wanted: Wanted, stores: Stores, now: int) -> _Collected:
    end = before_head(now) if wanted.end is None else min(wanted.end, now)
    if wanted.start is not None and wanted.start > end:
        raise ConfigError([f"command line: --start: must not be after the end, {moment(end)}"])
    steps = StepChooser(wanted.start, end, wanted.step)
    collector = Collector(config, stores, steps, now * 1000)
    files, copies = _paths(config)
    results, invalid = _read(config, collector, files)
    spans = collector.spans()
    if not spans:
        raise ExporterError(_nothing(results, invalid))
    grid = choose_grid(spans, wanted.start, end, steps.steps)
    return _Collected(collector, grid, results, invalid, copies)


def _refuse_second(out: Path) -> None:
    manifest = out / MANIFEST
    if manifest.exists():
        raise ExporterError(
            f"{out}: already holds a backfill{_told(manifest)}. To make it again, "
            f"remove its samples (docs/backfill.md, Again) and {manifest}, or name another folder"
        )


def _told(manifest: Path) -> str:
    try:
        made = json.loads(manifest.read_text())
        return f" of {made['from']} to {made['to']}"
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # changed since, but there


@dataclass(frozen=True, slots=True)
class _File:
    """A file to read from an offset on, and its source."""

    source: Source
    path: str
    start: int


def _paths(config: Config) -> tuple[list[_File], tuple[str, ...]]:
    """Return the files to read, and those whose content an earlier file has, too."""
    found: dict[str, Source] = {}
    for source, path in files_to_read(config):
        found.setdefault(path, source)
    beginnings = Beginnings()
    looked = [(source, path, beginnings.look(path)) for path, source in found.items()]
    files = [_File(source, path, one.offset) for source, path, one in looked if not one.is_copy]
    return files, tuple(path for _, path, one in looked if one.is_copy)


def _read(
    config: Config, collector: Collector, files: list[_File]
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    results: Counter[str] = Counter()
    reader, tally = RecordReader(config), Tally()
    limit = config.storage.max_line_bytes
    with progress("reading", "B", size_of([file.path for file in files])) as advance:
        for file in files:
            name, wrapper = file.source.name, file.source.wrapper
            for block in read_file(name, file.path, limit, advance, wrapper, file.start):
                for records in reader.read(block, tally):
                    results.update(map(collector.count, records))
    collector.flush()
    results[INVALID] = sum(tally.invalid.values())
    return results, {str(reason): number for reason, number in tally.invalid.items()}


def _counted(
    found: Iterable[Samples], size: int, advance: Callable[[int], Any]
) -> Iterator[Samples]:
    for one in found:
        yield one
        advance(size - one.starts[0] if isinstance(one, Runs) else len(one.times))


def _nothing(results: Mapping[str, int], invalid: Mapping[str, int]) -> str:
    lines = sum(results.values())
    if not lines:
        return "no history to write: no records"
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(invalid.items()))
    what = "the only line doesn't count" if lines == 1 else f"none of {lines} lines counts"
    return f"no history to write: {what} ({reasons})"


def _manifest(report: Report, wanted: Wanted) -> dict[str, Any]:
    return {
        "from": moment(report.grid.start),
        "to": moment(report.grid.end),
        "step_seconds": report.grid.step,
        "labels": dict(wanted.labels),
        "made": list(report.made),
    }


def moment(second: int) -> str:
    """Return a Unix second as RFC 3339."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
