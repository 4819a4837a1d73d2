"""Bars with an unfinished last one, with sleeping and new exporters, and in the future."""

from collections.abc import Iterator

import pytest

from dashboards.committed import load, queries
from dashboards.server import DAY, ask, recorded, serving
from programs import Prometheus, real_prometheus

pytestmark = real_prometheus

MINUTE, HOUR, WEEK = 60, 3600, 7 * DAY
MIDNIGHT = 1_795_392_000
BEGIN, NOW = MIDNIGHT - 8 * DAY, MIDNIGHT + 20 * HOUR + 10 * MINUTE
# A request every five minutes for each model; `new/model` is first used 40 minutes ago.
EVERY = 5 * MINUTE
BORN = {"old/model": BEGIN, "new/model": NOW - 40 * MINUTE}
# `new:1` has counted for six days before its first scrape.
NEW = NOW - 2 * DAY - HOUR
INSTANCES = ("server:1", "laptop:1", "new:1")


def _scrapes() -> Iterator[tuple[int, str]]:
    for now in range(BEGIN, NOW, EVERY):
        series = [
            (instance, model, (now - born) // EVERY)
            for instance in INSTANCES
            for model, born in BORN.items()
            if _is_there(instance, now) and now >= born
        ]
        yield now, "".join(_exposition(*one) for one in series)


def _is_there(instance: str, now: int) -> bool:
    """Return True if an exporter is scraped; the laptop sleeps from 22:00 to 03:00."""
    if instance == "new:1":
        return now >= NEW
    return instance == "server:1" or 3 * HOUR <= now % DAY < 22 * HOUR


def _exposition(instance: str, model: str, number: int) -> str:
    target = f'job="zenmux",instance="{instance}"'
    labels = f'{target},plan="payg",model="{model}",provider="one",api_key="key"'
    return (
        f"zenmux_exporter_ready{{{target}}} 1\n"
        f"zenmux_exporter_ledger_created_timestamp_seconds{{{target}}}"
        f" {INSTANCES.index(instance)}\n"
        f'zenmux_requests_total{{{labels},outcome="success"}} {number}\n'
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Serve eight days of data of three exporters."""
    with serving(tmp_path_factory.mktemp("bars") / "prometheus", recorded(_scrapes())) as running:
        yield running


def _bars(
    server: Prometheus, title: str, span: tuple[int, int, int], instance: str = "server:1"
) -> dict[str, list[int]]:
    """Return the bars of a chart by its series' only label."""
    told = {}
    for query in queries(load()["usage"]) + queries(load()["overview"]):
        if query.title == title:
            for series in ask(server, query, *span, {"$instance": instance}):
                name = next(iter(series["metric"].values()), "Other")
                told[name] = [int(float(value)) for _, value in series["values"]]
    return told


@pytest.mark.parametrize("step", [3 * HOUR, 6 * HOUR, DAY, WEEK])
def test_last_bar_holds_all_until_now(server: Prometheus, step: int) -> None:
    """The unfinished last bar is shown, also for a model that is new in it."""
    start = NOW // step * step
    # The first evaluation counts nothing; the new model's first sample is 0.
    grown = {model: (NOW - 1 - max(born, start - EVERY)) // EVERY for model, born in BORN.items()}
    grown["old/model"] -= start <= BEGIN
    span = (NOW, WEEK, step)
    by_model = _bars(server, "Requests by model", span)
    assert {model: some[-1] for model, some in by_model.items() if some[-1]} == grown
    assert _bars(server, "Requests by outcome", span)["success"][-1] == sum(grown.values())


def test_ten_largest_are_those_of_the_range(server: Prometheus) -> None:
    """The ten largest are ranked over the range, also within one bar and for a new model."""
    for span in ((NOW, 4 * HOUR, DAY), (NOW, 3 * DAY, DAY)):
        assert set(_bars(server, "Requests by model", span)) >= set(BORN)


@pytest.mark.parametrize("ahead", [HOUR, 5 * DAY])
def test_ranges_that_end_in_the_future(server: Prometheus, ahead: int) -> None:
    """Ranges that end in the future have the same numbers and bars as until now."""
    for title in ("Requests by model", "Requests by outcome"):
        until_now = _bars(server, title, (NOW, 3 * DAY, DAY))
        told = _bars(server, title, (NOW + ahead, 3 * DAY + ahead, DAY))
        assert told == until_now
    for query in queries(load()["usage"]):
        # Skip the comparison with the previous range.
        if not query.target["range"] and "offset" not in query.text:
            (now, later) = (
                ask(server, query, NOW + more, DAY + more, DAY, {"$instance": "server:1"})
                for more in (0, ahead)
            )
            assert [one["value"][1] for one in now] == [one["value"][1] for one in later]


def test_days_of_an_exporter_that_sleeps_at_night(server: Prometheus) -> None:
    """Requests counted while nobody scraped are in the bar of the next scrape."""
    told = _bars(server, "Requests by outcome", (NOW, 3 * DAY, DAY), "laptop:1")
    day = DAY // EVERY
    assert told["success"][:3] == [day, day, day]


def test_first_bar_of_an_exporter_that_came_in_it(server: Prometheus) -> None:
    """Requests counted before an exporter's first scrape are in no bar."""
    told = _bars(server, "Requests by outcome", (NOW, 3 * DAY, DAY), "new:1")
    first = (MIDNIGHT - DAY - NEW - 1) // EVERY
    assert told["success"][:2] == [first, DAY // EVERY]
    counted = sum((NOW - 1 - max(born, NEW)) // EVERY for born in BORN.values())
    assert sum(told["success"]) == counted
