"""Bars of exporters that pause every night, or start within the first bar."""

from collections.abc import Iterator

import pytest
from dashboards.committed import load, queries
from dashboards.server import DAY, ask, serving, settled
from programs import Prometheus, real_prometheus

pytestmark = real_prometheus

MINUTE, HOUR = 60, 3600
MIDNIGHT = 1_795_392_000
NOW = MIDNIGHT + 20 * HOUR + 30
RANGE = 3 * DAY
BEGIN = {
    "server:1": MIDNIGHT - 6 * DAY,
    "laptop:1": MIDNIGHT - 6 * DAY,
    # An hour before the range, but within its first bar.
    "new:1": NOW - RANGE - HOUR - 30,
}


def _there(instance: str, now: int) -> bool:
    """Return True if an exporter is scraped; the laptop sleeps from 22:00 to 07:00."""
    return instance != "laptop:1" or 7 * HOUR <= now % DAY < 22 * HOUR


def _told() -> Iterator[tuple[int, str]]:
    for now in range(min(BEGIN.values()), NOW, MINUTE):
        lines = []
        for instance, begin in BEGIN.items():
            if now >= begin and _there(instance, now):
                target = f'job="zenmux",instance="{instance}"'
                labels = f'{target},plan="payg",model="m",provider="p",api_key="k"'
                counted = 500 + (now - begin) // MINUTE
                lines += [
                    f"zenmux_exporter_build_info{{{target}}} 1 {now}",
                    f'zenmux_requests_total{{{labels},outcome="success"}} {counted} {now}',
                ]
        yield now, "".join(f"{line}\n" for line in lines)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with six days of the three exporters."""
    with serving(tmp_path_factory.mktemp("pauses") / "prometheus", _told()) as running:
        yield running


def _days(server: Prometheus, instance: str) -> list[int]:
    title = "Requests by outcome"
    query = next(q for q in queries(load()["overview"]) if q.panel["title"] == title)
    chosen = {"$settled": settled(server, NOW, RANGE, DAY), "$instance": instance}
    (told,) = ask(server, query, NOW, RANGE, DAY, chosen)
    return [int(float(value)) for _, value in told["values"]]


def test_quick_way_is_for_exporters_that_were_there_at_each_bar(server: Prometheus) -> None:
    """Exporters that paused, or started in the first bar, are not settled."""
    assert settled(server, NOW, RANGE, DAY) == "(server:1)"
    # With bars of a minute the new one was there before the first, too.
    assert settled(server, NOW, RANGE, MINUTE) in {"(server:1|new:1)", "(new:1|server:1)"}


def test_days_of_an_exporter_that_sleeps_at_night(server: Prometheus) -> None:
    """Each bar shows the increase while the laptop was awake."""
    day = 15 * 60 - 1
    assert _days(server, "laptop:1") == [day, day, day, 13 * 60]


def test_first_bar_of_an_exporter_that_came_in_it(server: Prometheus) -> None:
    """The bar shows the increase since the first scrape."""
    first = MIDNIGHT - 2 * DAY - BEGIN["new:1"]
    day = 24 * 60
    assert _days(server, "new:1") == [first // MINUTE, day, day, 20 * 60]
