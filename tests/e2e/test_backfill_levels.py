"""Backfilled counters and recorded increases in a real Prometheus equal a recount."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest

from backfilling import DAY, KEEP, LABELS, NO_SCRAPE, NOW, config_of, demo_log
from effort import examples
from event_time import EventTimes, Sample, pick, sample
from exporter.backfill import Wanted, backfill
from exporter.backfill.sample_grid import SampleGrid
from exporter.catalogue.levels import COMPENSATED_INCREASE, COMPENSATED_TOTAL, READY
from programs import Prometheus, prometheus, real_prometheus

pytestmark = real_prometheus

MINUTE = 60
# The label that each level leaves out.
DROPPED = {"provider": "api_key", "api_key": "provider"}
HISTOGRAM = ("_bucket", "_sum", "_count")
PAYOUTS = "api_key:zenmux_insurance_payout_usd"


@dataclass(frozen=True, slots=True)
class History:
    """A Prometheus with a backfilled history, and the recount of its log."""

    seed: int
    recount: EventTimes
    grid: SampleGrid
    server: Prometheus


@pytest.fixture(scope="module", params=range(1, 1 + examples(1, 4)))
def history(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[History]:
    """Four days of demo traffic, with a longer step than the rules' interval."""
    seed, folder = request.param, tmp_path_factory.mktemp("history")
    log, lines = demo_log(folder, seed, 4, 250, NOW - DAY)
    data = folder / "prometheus" / "data"
    wanted = Wanted(data, LABELS, step=300)
    grid = backfill(config_of(folder, log), wanted, lambda: NOW).grid
    with prometheus(folder / "prometheus", NO_SCRAPE, *KEEP) as server:
        yield History(seed, EventTimes(lines), grid, server)


def levels(key: Sample) -> Iterator[Sample]:
    """Yield the recorded series of a sample, without the suffix."""
    name, labels = key[0].removesuffix("_total"), key[1]
    named = {label for label, _ in labels}
    for level, dropped in DROPPED.items():
        # Without keys a metric is recorded at the level of providers only.
        if "provider" in named and ("api_key" in named or level == "provider"):
            yield f"{level}:{name}", tuple(pair for pair in labels if pair[0] != dropped)
    if "provider" not in named:
        yield f"compensation_type:{name}", labels


def recounted(recount: EventTimes, begin: int, end: int) -> dict[Sample, float]:
    """Recount the growth from `begin` until before `end`."""
    found: defaultdict[Sample, Decimal] = defaultdict(Decimal)
    for key, rises in recount.rises.items():
        rise = sum((rise for at, rise in rises if begin * 1000 <= at < end * 1000), Decimal(0))
        for level in levels(key):
            found[level] += rise
    return {key: float(value) for key, value in found.items() if value}


def told(server: Prometheus, asked: Iterable[tuple[str, str]], at: int) -> dict[Sample, float]:
    """Return the nonzero values of queries by name."""
    found = {}
    for name, query in asked:
        for one in server.query(query, at):
            if value := float(one["value"][1]):
                found[sample({**one["metric"], "__name__": name})] = value
    return found


def test_every_range_of_whole_minutes_is_exact(history: History) -> None:
    """Sums over whole minutes are exact at all levels, except histograms', and for payouts."""
    recount, grid = history.recount, history.grid
    minutes = list(range(-(-grid.start // MINUTE) * MINUTE, grid.end, MINUTE))
    names = {name for name in recorded(recount) if not name.endswith(HISTOGRAM)}
    for begin, end in picked_ranges(minutes):
        expected = agrees(history, names, begin, end)
        window = f"{end - begin}s"
        paid = sum(value for (name, _), value in expected.items() if name == PAYOUTS)
        rows = f"sum(sum_over_time({COMPENSATED_INCREASE}[{window}])) or vector(0)"
        assert history.server.value(rows, end) == pytest.approx(paid, rel=1e-12)
    assert paid_in_all(recount) > 0


def test_every_range_of_whole_steps_is_exact(history: History) -> None:
    """Histograms are as fine as the step: sums over whole steps are exact for everything."""
    grid, names = history.grid, recorded(history.recount)
    assert any(name.endswith(HISTOGRAM) for name in names)
    steps = list(range(grid.start, grid.end + 1, grid.step))
    for begin, end in [(grid.start, grid.end), *picked_ranges(steps)]:
        agrees(history, names, begin, end)


def recorded(recount: EventTimes) -> set[str]:
    """Return the names of everything that is recorded, without the suffix."""
    return {level for key in recount.rises for level, _ in levels(key)}


def picked_ranges(times: list[int]) -> Iterator[tuple[int, int]]:
    """Yield some ranges between these times."""
    for number in range(3):
        begin, end = sorted(pick(number, times, 2))
        yield begin, end


def agrees(history: History, names: set[str], begin: int, end: int) -> dict[Sample, float]:
    """Compare the increases of a range with the recount, and return them."""
    every = recounted(history.recount, begin, end)
    expected = {key: value for key, value in every.items() if key[0] in names}
    asked = ((name, f"sum_over_time({name}:increase[{end - begin}s])") for name in names)
    assert told(history.server, asked, end) == pytest.approx(expected, rel=1e-12)
    return expected


def test_all_of_it_at_the_end(history: History) -> None:
    """The recorded totals are exact, and no minute is missing."""
    recount, grid, server = history.recount, history.grid, history.server
    names = recorded(recount)
    minutes = range(-(-grid.start // MINUTE) * MINUTE, grid.end, MINUTE)
    ended = told(server, ((name, f"{name}:sum") for name in names), grid.end)
    assert ended == pytest.approx(recounted(recount, 0, grid.end), rel=1e-12)
    total = server.value(f"sum({COMPENSATED_TOTAL})", grid.end)
    assert total == pytest.approx(paid_in_all(recount), rel=1e-12)
    whole = f"[{grid.end - minutes[0]}s]"
    assert server.value(f"count_over_time({READY}{whole})", grid.end) == len(minutes) + (
        grid.end % MINUTE == 0
    )
    assert server.value(READY, grid.end) == grid.end


def paid_in_all(recount: EventTimes) -> float:
    """Return the sum of all payouts."""
    every = recounted(recount, 0, NOW)
    return sum(value for (name, _), value in every.items() if name == PAYOUTS)


def shown(server: Prometheus, at: float) -> dict[Sample, float]:
    """Return the nonzero counters and histograms in Prometheus at a time."""
    found = server.query('{__name__=~"zenmux_.+",__name__!~"zenmux_(last|compensated).+"}', at)
    return {
        sample(one["metric"]): float(one["value"][1]) for one in found if float(one["value"][1])
    }


def test_counters_hold_what_a_recount_by_event_time_gives(history: History) -> None:
    """Every series equals the recount at random times, and so over ranges and filters."""
    recount, server, seed = history.recount, history.server, history.seed
    grid = list(range(history.grid.start, history.grid.end + 1, 300))
    assert recount.at(grid[-1])
    for at in [*pick(seed, grid, 12), grid[-1]]:
        expected = {key: float(value) for key, value in recount.at(at).items()}
        assert shown(server, at) == pytest.approx(expected, rel=1e-12)
    first, last = sorted(pick(seed + 100, grid, 2))
    window = f"{last - first}s"
    for name in ("zenmux_requests_total", "zenmux_cost_usd_total"):
        counter = f'{name}{{plan="payg"}}[{window}]'
        rise = sum(
            float(value) - float(recount.at(first).get(key, 0))
            for key, value in recount.at(last).items()
            if key[0] == name and ("plan", "payg") in key[1]
        )
        spread = f"sum(max_over_time({counter}) - min_over_time({counter}))"
        assert server.value(spread, last) == pytest.approx(rise, rel=1e-9)
