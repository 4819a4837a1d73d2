"""`backfill`: logs in, their history as TSDB blocks (or OpenMetrics text) in a folder out."""

import json
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..config import Config, Source
from ..errors import ConfigError, ExporterError, Rejected
from ..ingest import decoders
from ..sources import Originals, matching, read_file
from .blocks import Writer, publish, staging
from .gather import Gather
from .grid import Grid, Life, Pace, before_head, fit
from .spool import Spool
from .timeline import Timeline

MANIFEST = "zenmux-backfill.json"
# The live exporter's hard limit, of compensated requests shown at a time, is ten times its limit.
_DETAILS = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a backfill; times are Unix seconds, None: the default."""

    out: Path
    labels: Mapping[str, str]
    start: int | None = None
    end: int | None = None
    step: int | None = None
    promtool: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What a backfill made."""

    results: Mapping[str, int]
    invalid: Mapping[str, int]
    grid: Grid
    series: int
    samples: int
    made: tuple[str, ...]
    copies: tuple[str, ...] = ()


def backfill(
    config: Config, wanted: Wanted, clock: Callable[[], float] = time.time, *, bar: bool = True
) -> Report:
    """Make the history of the sources; raises `ExporterError`.

    `bar`: show progress on standard error where that is a terminal.
    """
    _refuse_second(wanted.out)
    with staging(wanted.out) as folder, closing(Spool(folder / "spool.sqlite")) as spool:
        now = int(clock())
        end = before_head(now) if wanted.end is None else min(wanted.end, now)
        if wanted.start is not None and wanted.start > end:
            raise ConfigError([f"command line: --start: must not be after the end, {moment(end)}"])
        pace = Pace(wanted.start, end, wanted.step)
        gathered = Gather(config, spool, pace, now * 1000)
        paths, copies = _paths(config)
        results, invalid = _read(config, gathered, paths, bar=bar)
        lives = [
            Life(series.weight, gathered.births[number])
            for number, series in gathered.series.items()
        ]
        if not lives:
            raise ExporterError(_nothing(results, invalid))
        grid = fit(lives, wanted.start, end, pace.steps)
        shown = config.storage.compensated_requests * _DETAILS
        timeline = Timeline(spool, gathered, grid, wanted.labels, shown)
        samples = grid.samples(lives)
        made = _write(timeline, grid, folder, wanted.promtool, samples, bar=bar)
        names = tuple(path.name for path in made)
        series = sum(life.lines for life in lives)
        report = Report(results, invalid, grid, series, samples, names, copies)
        manifest = folder / MANIFEST
        manifest.write_text(json.dumps(_manifest(report, wanted), indent=2) + "\n")
        # First, so that what a run leaves that is killed here is not made a second time.
        publish([manifest, *made], wanted.out)
        return report


def _refuse_second(out: Path) -> None:
    manifest = out / MANIFEST
    if manifest.exists():
        raise ExporterError(
            f"{out}: already holds a backfill{_told(manifest)}. To make it anew, "
            f"remove its samples (docs/backfill.md, Again) and {manifest}, or name another folder"
        )


def _told(manifest: Path) -> str:
    try:
        made = json.loads(manifest.read_text())
        return f" of {made['from']} to {made['to']}"
    except (OSError, ValueError, TypeError, KeyError):
        return ""  # no longer as it was written, but there


def _paths(config: Config) -> tuple[list[tuple[Source, str]], tuple[str, ...]]:
    """The files to read with their sources, and those that hold what another one holds."""
    found: dict[str, Source] = {}
    for source in config.sources:
        for path in matching(source.path or "-"):
            found.setdefault(path, source)
    originals = Originals()
    copies = {path: None for path in found if not originals.is_first(path)}
    paths = [(source, path) for path, source in found.items() if path not in copies]
    return paths, tuple(copies)


def _read(
    config: Config, gathered: Gather, paths: list[tuple[Source, str]], *, bar: bool
) -> tuple[Mapping[str, int], Mapping[str, int]]:
    results: Tally[str] = Tally()
    invalid: Tally[str] = Tally()
    decoding = decoders(config)
    with _progress("reading", "B", _size([path for _, path in paths]), bar=bar) as advance:
        for source, path in paths:
            decode = decoding[source.name].decode
            for block in read_file(source.name, path, config.storage.max_line_bytes, advance):
                invalid["line_too_long"] += block.too_long
                for line in block.lines:
                    try:
                        record = decode(line, utf8=block.utf8)
                    except Rejected as rejected:
                        invalid[rejected.reason] += 1
                    else:
                        if record is not None:
                            results[gathered.feed(record)] += 1
    gathered.flush()
    results["invalid"] = invalid.total()
    return results, {reason: number for reason, number in invalid.items() if number}


def _write(
    timeline: Timeline, grid: Grid, folder: Path, promtool: str | None, samples: int, *, bar: bool
) -> list[Path]:
    with (
        _progress("writing", " samples", samples, bar=bar) as advance,
        closing(Writer(folder, promtool)) as writer,
    ):
        for times in grid.windows():
            name = datetime.fromtimestamp(times.start, UTC).strftime("%Y%m%dT%H%M%SZ")
            writer.write(name, timeline.text(times), advance)
        return writer.finish()


def _size(paths: list[str]) -> int | None:
    """Bytes on disk; None where that is not known."""
    try:
        return sum(Path(path).stat().st_size for path in paths)
    except OSError:
        return None  # standard input, or a file whose reading will tell what is wrong


@contextmanager
def _progress(
    what: str, unit: str, total: int | None, *, bar: bool
) -> Iterator[Callable[[int], Any]]:
    with tqdm(
        total=total,
        desc=what,
        unit=unit,
        unit_scale=True,
        # None: only on a terminal.
        disable=None if bar else True,
        delay=0.5,
    ) as shown:
        yield shown.update


def _nothing(results: Mapping[str, int], invalid: Mapping[str, int]) -> str:
    lines = sum(results.values())
    if not lines:
        return "nothing to make a history of: no records"
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(invalid.items()))
    return f"nothing to make a history of: {lines} lines, none counts ({reasons})"


def _manifest(report: Report, wanted: Wanted) -> dict[str, Any]:
    return {
        "from": moment(report.grid.start),
        "to": moment(report.grid.end),
        "step_seconds": report.grid.step,
        "labels": dict(wanted.labels),
        "made": list(report.made),
    }


def moment(second: int) -> str:
    """A Unix second as RFC 3339."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
