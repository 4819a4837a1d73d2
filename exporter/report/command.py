"""Read logs and report their totals, as the console's views."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, tzinfo

from ..config import Config
from ..count_files import blocks_of
from ..counting.counter import INVALID
from ..errors import ConfigError, ExporterError
from ..pipeline.first_lines import FirstLines
from ..pipeline.parsing import Tally
from ..pipeline.reading import RecordReader
from ..tables import Cell, Column, Table
from ..values.moments import Moment, shown
from .collector import Collector
from .measures import Added
from .spans import BEGINNING, END, Span
from .views import DAY, TYPE, VIEWS, Measured, View

_GROUPS = (TYPE, "model", "provider", "api_key", DAY)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The settings of a report: view, groups, range and time zone; None means the default."""

    view: str = "insurance"
    by: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    zone: tzinfo = UTC


@dataclass(slots=True)
class Read:
    """The outcome of reading: lines by result, and faults of files that could not be read."""

    results: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class About:
    """The scope of a report; times are RFC 3339, None without an end or an event."""

    view: str
    by: str
    time_zone: str
    since: str | None
    until: str | None
    first_event: str | None
    last_event: str | None
    records: Mapping[str, int]

    def head(self) -> tuple[str, ...]:
        """Return the lines above the table on a terminal."""
        since, until = self.since or "the beginning", self.until or "the end"
        read = ", ".join(f"{number} {result}" for result, number in self.records.items())
        lines = [
            f"{self.view.capitalize()} by {self.by.replace('_', ' ')}",
            f"from {since} to {until}, time zone {self.time_zone}",
        ]
        if self.first_event:
            lines.append(f"events: {self.first_event} to {self.last_event}")
        return (*lines, f"read: {read}") if read else tuple(lines)


def report(
    config: Config, wanted: Wanted, clock: Callable[[], float] = time.time
) -> tuple[Table, Read]:
    """Return the table, and the outcome of reading; raises `ExporterError`."""
    view = VIEWS[wanted.view]
    by = wanted.by or view.by
    if not view.columns(by):
        possible = ", ".join(one for one in _GROUPS if view.columns(one))
        raise ConfigError([f"command line: --by: must be one of {possible} for view {view.name}"])
    now_ms = int(clock() * 1000)
    range_ = _range(wanted, now_ms)
    collector = Collector(config, range_, now_ms, wanted.zone if by == DAY else None)
    read = _read(config, collector)
    return _table(view, by, wanted, range_, collector, read), read


def _range(wanted: Wanted, now_ms: int) -> Span:
    since, until = wanted.since, wanted.until
    start = BEGINNING if since is None else since.resolve(now_ms, wanted.zone)
    end = END if until is None else until.resolve(now_ms, wanted.zone)
    if start >= end:
        raise ConfigError(["command line: --since: must be before --until"])
    return Span(start, end)


def _read(config: Config, collector: Collector) -> Read:
    read, reader, first_lines = Read(), RecordReader(config), FirstLines()
    first_lines.mappings.watch(reader.matches())
    unread: list[ExporterError] = []
    for block in blocks_of(config, unread):
        tally, results = Tally(), Counter[str]()
        told = first_lines.of_block(block.source, block.file)
        for records in reader.read(block, tally):
            results.update(map(collector.count, records))
            told.reached(results, tally.invalid, tally.places)
        told.reached(results, tally.invalid, tally.places)
        results[INVALID] = sum(tally.invalid.values())
        read.results += results
        # Else the data kept for a ledger would grow with the log.
        collector.flush()
    first_lines.finish()
    read.faults = [str(error) for error in unread]
    if first_lines.are_all_invalid:
        read.faults.append("no line is a valid record")
    return read


def _table(
    view: View, by: str, wanted: Wanted, range_: Span, collector: Collector, read: Read
) -> Table:
    measured = view.columns(by)
    label = view.label(by) or DAY
    columns = (Column(label, label.replace("_", " ").capitalize()), *(m.column for m in measured))
    groups = collector.groups(view, by).items()
    values = [(name, _cells(measured, added)) for name, added in groups]
    rows = [(name, *cells) for name, cells in values if any(cells)]
    place = 0 if by == DAY else [column.name for column in columns].index(view.order)
    rows.sort(key=lambda row: (_descending(row[place]), row[0]))
    times = (range_.start, range_.end, collector.first_ms, collector.last_ms)
    since, until, first, last = (_shown(at, wanted.zone) for at in times)
    records = dict(read.results)
    about = About(view.name, label, str(wanted.zone), since, until, first, last, records)
    total = ("", *_cells(measured, collector.total()))
    return Table(columns, rows, total, about.head(), _nothing(read), asdict(about))


def _shown(at_ms: int | None, zone: tzinfo) -> str | None:
    return None if at_ms is None or at_ms in (BEGINNING, END) else shown(at_ms, zone)


def _cells(measured: tuple[Measured, ...], added: Added) -> tuple[Cell, ...]:
    return tuple(one.measure.value(added) for one in measured)


def _descending(cell: Cell) -> int:
    return -cell if isinstance(cell, int) else 0


def _nothing(read: Read) -> str:
    return "nothing in this range" if read.results else "nothing to report: no records"
