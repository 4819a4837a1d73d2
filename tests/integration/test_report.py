"""`report` matches a recount for generated logs, by any label, in any range."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backfilling import DAY, config_of, demo_log
from event_time import EventTimes, pick
from exporter.config import Config, Source, Storage
from exporter.config.flags import GROUPS, REPORT_VIEWS
from exporter.counting.delta import HistogramIncrement
from exporter.report import VIEWS, Wanted, report
from exporter.report.measures import Added, Observed, PerDay, Quantile, Quotient, Sum
from exporter.report.spans import day_of
from exporter.report.views import PERFORMANCE, Measured, View
from exporter.values.moments import Moment
from loggen import generate
from oracle import Oracle, Settings
from reporting import recounted, rows_of

# Later than every record of the logs.
CLOCK = 4.2e9
END = 1_793_491_200  # 2026-11-01
BERLIN = ZoneInfo("Europe/Berlin")


def sums_of(view: View, by: str) -> list[tuple[Measured, Sum | Observed]]:
    """Return the columns that are sums, which can be recounted."""
    found = [(one, one.measure) for one in view.columns(by)]
    return [(one, sums) for one, sums in found if isinstance(sums, (Sum, Observed))]


def test_views_are_those_of_the_flag() -> None:
    """The flag offers exactly the existing views."""
    assert tuple(VIEWS) == REPORT_VIEWS


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_any_log(tmp_path: Path, seed: int) -> None:
    """Each sum of each view by each label equals the oracle's, late records included."""
    lines, log = generate(seed, 300), tmp_path / "log.jsonl"
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    oracle = Oracle(Settings())
    for line in lines:
        oracle.feed("log", line)
    oracle.finish("log")
    totals = oracle.totals()
    source = Source(name="log", type="file", path=str(log))
    config = Config(sources=(source,), storage=Storage(path=tmp_path))
    compared = 0
    for view, by in [(view, by) for view in VIEWS.values() for by in GROUPS if by != "day"]:
        if not view.columns(by):
            continue
        *rows, total = rows_of(report(config, Wanted(view.name, by), lambda: CLOCK)[0])
        for one, sums in sums_of(view, by):
            name, label = one.column.name, view.label(by)
            expected = recounted(totals, label, sums)
            have = {row[label]: Decimal(row[name]) for row in rows}
            assert {group: value for group, value in have.items() if value} == expected
            assert Decimal(total[name]) == sum(expected.values())
            compared += len(expected)
    assert compared > 100


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, EventTimes]:
    """Four days of the demo with late bills and payouts, and its recount by event time."""
    folder = tmp_path_factory.mktemp("demo")
    log, lines = demo_log(folder, 3, 4, 120, END)
    return config_of(folder, log), EventTimes(lines)


def risen(times: EventTimes, sums: Sum, since: int, until: int) -> Decimal:
    """Recount a sum in a range of Unix milliseconds."""
    found = Decimal(0)
    for (name, pairs), rises in times.rises.items():
        if name == sums.metric.name and (sums.test is None or sums.test(dict(pairs))):
            found += sum(rise for at, rise in rises if since <= at < until)
    return found


def counters_of(view: View) -> list[tuple[str, Sum]]:
    """Return the columns that are sums of counters."""
    return [(m.column.name, m.measure) for m in view.measured if isinstance(m.measure, Sum)]


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS)
def test_ranges_are_by_event_time(demo: tuple[Config, EventTimes], view: str) -> None:
    """Ranges select requests and payouts by their own times, late bills by their request's."""
    config, times = demo
    ends = pick(7, times.times(), 8)
    for since, until in [sorted(pair) for pair in zip(ends[::2], ends[1::2], strict=True)]:
        wanted = Wanted(view, None, Moment(at_ms=since), Moment(at_ms=until))
        total = rows_of(report(config, wanted, lambda: CLOCK)[0])[-1]
        for name, sums in counters_of(VIEWS[view]):
            assert Decimal(total[name]) == risen(times, sums, since, until)


@pytest.mark.parametrize("zone", [UTC, BERLIN, ZoneInfo("Asia/Kathmandu")], ids=str)
def test_days_are_those_of_the_zone(demo: tuple[Config, EventTimes], zone: tzinfo) -> None:
    """Days run from midnight to midnight in the time zone and add up to the total."""
    config, times = demo
    for view in VIEWS.values():
        *days, total = rows_of(
            report(config, Wanted(view.name, "day", zone=zone), lambda: CLOCK)[0]
        )
        assert [row["day"] for row in days] == sorted(row["day"] for row in days)
        for name, sums in counters_of(view):
            for row in days:
                start = datetime.fromisoformat(row["day"]).replace(tzinfo=zone)
                since = int(start.timestamp()) * 1000
                assert Decimal(row[name]) == risen(times, sums, since, since + DAY * 1000)
            assert Decimal(total[name]) == sum(Decimal(row[name]) for row in days)


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-10-25T12:00:00+00:00", 25), ("2026-03-29T12:00:00+00:00", 23)],
)
def test_days_of_a_clock_change(at: str, hours: int) -> None:
    """A day with a clock change has 25 or 23 hours."""
    time_ms = int(datetime.fromisoformat(at).timestamp()) * 1000
    day = day_of(time_ms, BERLIN)
    assert (day.end - day.start, day.name) == (hours * 3_600_000, at[:10])


def test_a_range_without_events(demo: tuple[Config, EventTimes]) -> None:
    """A range without events has no rows."""
    config, _ = demo
    past = Moment(at_ms=946_684_800_000)
    table, read = report(config, Wanted("usage", None, past, Moment(at_ms=past.at_ms + 1)))
    assert (table.rows, read.faults) == ([], [])
    assert read.results["accepted"] > 50


HISTOGRAM = PERFORMANCE.measured[2].measure.metrics[0]


def added(*counts: int, bounds: tuple[int, ...] = (100, 200, 400), range_ms: int = 0) -> Added:
    """Return a histogram's growth."""
    grown: list[tuple[dict[str, str], int | HistogramIncrement]] = [
        ({}, HistogramIncrement(counts, 5))
    ]
    return Added({HISTOGRAM.name: grown}, {HISTOGRAM.buckets: bounds}, range_ms)


@pytest.mark.parametrize(
    ("counts", "percent", "value"),
    [
        ((0, 0, 0, 0), 50, None),
        ((4, 0, 0, 0), 50, 50),
        ((1, 1, 0, 0), 50, 100),
        ((0, 2, 2, 0), 75, 300),
        ((0, 0, 0, 3), 95, 400),
        ((1, 0, 0, 9), 95, 400),
    ],
)
def test_quantiles(counts: tuple[int, ...], percent: int, value: int | None) -> None:
    """Quantiles interpolate linearly, as `histogram_quantile` does."""
    assert Quantile(HISTOGRAM, percent).value(added(*counts)) == value


def test_quotients_without_a_divisor() -> None:
    """A quotient with divisor 0 is None."""
    mean = Quotient(Observed(HISTOGRAM), Observed(HISTOGRAM, is_count=True), 6)
    assert mean.value(added(0, 0, 0, 0)) is None
    assert mean.value(added(3, 0, 0, 0)) == 2  # 5 / 3, half-even
    per_day = PerDay(Sum(HISTOGRAM), 6)
    assert per_day.value(added(1, 0, 0, 0)) is None
    assert per_day.value(added(1, 0, 0, 0, range_ms=1)) == 0
