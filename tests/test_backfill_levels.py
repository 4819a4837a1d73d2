"""What dashboards add up of a backfilled past equals a recount, in a real Prometheus."""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from backfilling import DAY, KEEP, LABELS, NO_SCRAPE, NOW, config_of, demo_log
from event_time import EventTimes, Sample, pick, sample
from programs import Prometheus, prometheus, real_prometheus

from exporter.backfill import Wanted, backfill
from exporter.catalogue.levels import COMPENSATED_INCREASE, COMPENSATED_TOTAL, READY

pytestmark = real_prometheus

MINUTE = 60
# The label that each level leaves out.
DROPPED = {"provider": "api_key", "api_key": "provider"}
PAYOUTS = "api_key:zenmux_insurance_payout_usd"


def levels(key: Sample) -> Iterator[Sample]:
    """What is recorded of a sample of the exporter, without the suffix."""
    name, labels = key[0].removesuffix("_total"), key[1]
    named = {label for label, _ in labels}
    for level, dropped in DROPPED.items():
        # Without keys a metric is recorded at the level of providers only.
        if "provider" in named and ("api_key" in named or level == "provider"):
            yield f"{level}:{name}", tuple(pair for pair in labels if pair[0] != dropped)
    if "provider" not in named:
        yield f"compensation_type:{name}", labels


def recounted(recount: EventTimes, begin: int, end: int) -> dict[Sample, float]:
    """What rose from a time on until before another."""
    found: defaultdict[Sample, Decimal] = defaultdict(Decimal)
    for key, rises in recount.rises.items():
        rise = sum((rise for at, rise in rises if begin * 1000 <= at < end * 1000), Decimal(0))
        for level in levels(key):
            found[level] += rise
    return {key: float(value) for key, value in found.items() if value}


def told(server: Prometheus, asked: Iterable[tuple[str, str]], at: int) -> dict[Sample, float]:
    """The values of queries by their names, zeros left out."""
    found = {}
    for name, query in asked:
        for one in server.query(query, at):
            if value := float(one["value"][1]):
                found[sample({**one["metric"], "__name__": name})] = value
    return found


def test_every_range_of_whole_minutes_is_exact(tmp_path: Path) -> None:
    """At all levels and for the table of compensated requests, with a longer step."""
    log, lines = demo_log(tmp_path, 1, 4, 250, NOW - DAY)
    recount = EventTimes(lines)
    data = tmp_path / "prometheus" / "data"
    wanted = Wanted(data, LABELS, step=300, promtool=shutil.which("promtool"))
    grid = backfill(config_of(tmp_path, log), wanted, lambda: NOW).grid
    names = {level for key in recount.rises for level, _ in levels(key)}
    minutes = list(range(-(-grid.start // MINUTE) * MINUTE, grid.end, MINUTE))
    picked = [sorted(pick(number, minutes, 2)) for number in range(3)]
    with prometheus(tmp_path / "prometheus", NO_SCRAPE, *KEEP) as server:
        for begin, end in [(grid.start, grid.end), *picked]:
            window = f"{end - begin}s"
            asked = ((name, f"sum_over_time({name}:increase[{window}])") for name in names)
            expected = recounted(recount, begin, end)
            assert told(server, asked, end) == pytest.approx(expected, rel=1e-12)
            paid = sum(value for (name, _), value in expected.items() if name == PAYOUTS)
            rows = f"sum(sum_over_time({COMPENSATED_INCREASE}[{window}])) or vector(0)"
            assert server.value(rows, end) == pytest.approx(paid, rel=1e-12)
        assert paid_in_all(recount) > 0
        ended = told(server, ((name, f"{name}:sum") for name in names), grid.end)
        assert ended == pytest.approx(recounted(recount, 0, grid.end), rel=1e-12)
        shown = server.value(f"sum({COMPENSATED_TOTAL})", grid.end)
        assert shown == pytest.approx(paid_in_all(recount), rel=1e-12)
        whole = f"[{grid.end - minutes[0]}s]"
        assert server.value(f"count_over_time({READY}{whole})", grid.end) == len(minutes) + (
            grid.end % MINUTE == 0
        )
        assert server.value(READY, grid.end) == grid.end


def paid_in_all(recount: EventTimes) -> float:
    """All payouts."""
    every = recounted(recount, 0, NOW)
    return sum(value for (name, _), value in every.items() if name == PAYOUTS)
