"""The table of compensated requests, and the filters, in a real Prometheus."""

import json
import urllib.parse
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from dashboards.committed import Query, expand, is_strip, load, panels, variables
from dashboards.committed import queries as queries_of
from dashboards.server import ask, recorded, serving, simulate
from dashboards.simulation import Simulation
from dashboards.traffic import DAY, log
from grafana.panels.compensation_details import COLUMNS
from programs import Prometheus, get, real_prometheus

pytestmark = real_prometheus

END = 1_795_413_600 - 1234
SCRAPES = [*range(END - 3 * DAY, END - 3600, 1800), *range(END - 3600, END, 60)]
TOTAL, TABLE = 101, 401


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Simulation]]:
    """Three days of traffic with compensations, the older lines read at the first scrape."""
    folder = tmp_path_factory.mktemp("paid")
    simulation = Simulation(folder)
    scrapes = simulate(simulation, log(END), SCRAPES)
    with serving(folder / "prometheus", recorded(scrapes)) as server:
        yield server, simulation


@pytest.fixture(scope="module")
def unpaid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The same traffic without any compensation."""
    folder = tmp_path_factory.mktemp("unpaid")
    lines = log(END, paid=False)
    scrapes = simulate(Simulation(folder), lines, SCRAPES[-80:])
    with serving(folder / "prometheus", recorded(scrapes)) as server:
        yield server


def _query(number: int) -> Query:
    """Return a panel's main query."""
    (found,) = (
        query
        for query in queries_of(load()["insurance"])
        if query.panel["id"] == number and query.target["refId"] == "A"
    )
    return found


def _rows(server: Prometheus, end: int, seconds: int, **chosen: str) -> list[dict[str, Any]]:
    filters = {f"${name}": value for name, value in chosen.items()}
    return ask(server, _query(TABLE), end, seconds, 60, filters)


@pytest.mark.parametrize("kind", [".*", "high_latency"])
@pytest.mark.parametrize(("ago", "seconds"), [(0, 3600), (0, DAY), (0, 7 * DAY), (DAY + 77, DAY)])
def test_payouts_of_the_details_add_up_to_total_compensation(
    paid: tuple[Prometheus, Simulation], ago: int, seconds: int, kind: str
) -> None:
    """The rows' payouts add up to the total of the same range and type."""
    server, _ = paid
    filters = {"$compensation_type": kind}
    (total,) = ask(server, _query(TOTAL), END - ago, seconds, 60, filters)
    rows = _rows(server, END - ago, seconds, compensation_type=kind)
    told = [float(row["value"][1]) for row in rows]
    assert sum(told) == pytest.approx(float(total["value"][1]), abs=1e-9)
    assert len(told) > 1


def test_details_have_every_column(paid: tuple[Prometheus, Simulation]) -> None:
    """Rows have all columns; numeric columns hold numbers or `unknown`."""
    fields = {column.field for column in COLUMNS}
    numbers = {column.field for column in COLUMNS if column.unit} - {"Value"}
    rows = [row for row in _rows(paid[0], END, DAY) if "timestamp_ms" in row["metric"]]
    assert rows
    for row in rows:
        assert fields == {*row["metric"], "Value"} - {"job", "instance", "plan"}
        for name in numbers:
            value = row["metric"][name]
            assert value == "unknown" or float(value) >= 0
    shown = {row["metric"]["generation_id"]: row["metric"]["timestamp_ms"] for row in rows}
    assert {name: _times()[name] for name in shown} == shown


def test_details_show_payouts_whose_request_has_no_time(
    paid: tuple[Prometheus, Simulation],
) -> None:
    """Payouts whose request has no time are rows, since they are in the totals."""
    rows = [row for row in _rows(paid[0], END, DAY) if "timestamp_ms" not in row["metric"]]
    assert rows
    assert all(row["metric"]["generation_id"].startswith("gone_") for row in rows)


def _times() -> dict[str, str]:
    """Return the time of each request in milliseconds, by its id."""
    records = [json.loads(line) for _, line in log(END) if line != b"not json"]
    return {
        record["id"]: f"{datetime.fromisoformat(record['timestamp']).timestamp() * 1000:.0f}"
        for record in records
        if "timestamp" in record
    }


def test_a_log_without_compensation_shows_the_designed_empty_state(unpaid: Prometheus) -> None:
    """Without compensation the totals are 0, and other panels show their empty texts."""
    told = {
        (query.title, query.panel["type"]): ask(unpaid, query, END, DAY, 1800, {})
        for query in queries_of(load()["insurance"])
        if query.panel["id"] > 100
    }
    shown = {kind: results[0]["value"][1] for kind, results in told.items() if results}
    assert shown == {("Total Compensation", "stat"): "0", ("Compensation Count", "stat"): "0"}
    for panel in panels(load()["insurance"]):
        text = panel["fieldConfig"]["defaults"]["noValue"]
        # A strip has no text of its own.
        is_told = text.startswith("No ") is not is_strip(panel)
        assert panel["id"] < 100 or is_told, panel["title"]


@pytest.mark.parametrize("board", sorted(load()))
def test_every_filter_offers_values(paid: tuple[Prometheus, Simulation], board: str) -> None:
    """Every filter's query finds values in the data."""
    for name, variable in variables(load()[board]).items():
        if variable["type"] == "query":
            (asked, _, label) = variable["definition"][len("label_values(") : -1].rpartition(", ")
            chosen = urllib.parse.urlencode(
                {"match[]": expand(asked), "start": END - DAY, "end": END}
            )
            url = f"{paid[0].url}/api/v1/label/{label}/values?{chosen}"
            assert json.loads(get(url)[1])["data"], name
