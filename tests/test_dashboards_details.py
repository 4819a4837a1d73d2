"""The table of compensated requests, the head row, and irregular counters, in a real Prometheus."""

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from dashboards.committed import Query, expand, load, panels, variables
from dashboards.committed import queries as queries_of
from dashboards.server import ask, serving, simulate
from dashboards.simulation import TARGET, Simulation
from dashboards.traffic import DAY, log
from programs import Prometheus, get, real_prometheus

from grafana.promql import health, measures
from grafana.promql.compensated_requests import LABELS
from grafana.promql.selectors import INTERVAL, RANGE

pytestmark = real_prometheus

END = 1_795_413_600 - 1234
SCRAPES = [*range(END - 3 * DAY, END - 3600, 1800), *range(END - 3600, END, 60)]
TOTAL, TABLE = 101, 403


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Simulation]]:
    """Three days of traffic with compensations, the older lines read at the first scrape."""
    folder = tmp_path_factory.mktemp("paid")
    simulation = Simulation(folder)
    with serving(folder / "prometheus", simulate(simulation, log(END), SCRAPES)) as server:
        yield server, simulation


@pytest.fixture(scope="module")
def unpaid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """The same traffic without any compensation."""
    folder = tmp_path_factory.mktemp("unpaid")
    lines = log(END, paid=False)
    with serving(folder / "prometheus", simulate(Simulation(folder), lines, SCRAPES)) as server:
        yield server


def _query(number: int) -> Query:
    found = (q for q in queries_of(load()["insurance"]) if q.panel["id"] == number)
    return next(found)


def _rows(server: Prometheus, end: int, seconds: int, **chosen: str) -> list[dict[str, Any]]:
    filters = {f"${name}": value for name, value in chosen.items()}
    return ask(server, _query(TABLE), end, seconds, 60, filters)


@pytest.mark.parametrize("kind", [".*", "high_latency"])
@pytest.mark.parametrize(("ago", "seconds"), [(0, 3600), (0, DAY), (0, 7 * DAY), (DAY + 77, DAY)])
def test_payouts_of_the_details_add_up_to_total_compensation(
    paid: tuple[Prometheus, Simulation], ago: int, seconds: int, kind: str
) -> None:
    """By the time a payout was seen; neither includes payouts counted before the first scrape."""
    server, _ = paid
    filters = {"$compensation_type": kind}
    (total,) = ask(server, _query(TOTAL), END - ago, seconds, 60, filters)
    rows = _rows(server, END - ago, seconds, compensation_type=kind)
    told = [float(row["metric"]["payout_usd"]) for row in rows]
    assert sum(told) == pytest.approx(float(total["value"][1]), abs=1e-9)
    assert len(told) > 2


def test_details_by_request_time(paid: tuple[Prometheus, Simulation]) -> None:
    """Requests made in the range, also where the payout was seen after its end."""
    server, _ = paid
    end, start = END - DAY, END - 2 * DAY
    rows = _rows(server, end, DAY, time_basis="2")
    times = {row["metric"]["generation_id"]: float(row["value"][1]) / 1000 for row in rows}
    told = [(at, json.loads(line)) for at, line in log(END) if line != b"not json"]
    paid_at = {record["id"]: at for at, record in told if "event" in record}
    asked = {record["id"]: _unix(record["timestamp"]) for _, record in told}
    assert {name: asked[name] for name in paid_at if start < asked[name] <= end} == times
    assert [name for name in times if paid_at[name] > end]


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_details_have_every_column(paid: tuple[Prometheus, Simulation]) -> None:
    """Each column of the table is a label of the result; numbers are plain, or unknown."""
    for row in _rows(paid[0], END, DAY):
        assert {*LABELS, "payout_usd"} == {*row["metric"]}
        for name in ("input_tokens", "output_tokens", "cost_usd", "latency_ms", "payout_usd"):
            value = row["metric"][name]
            assert value == "unknown" or float(value) >= 0


def test_a_log_without_compensation_shows_the_designed_empty_state(unpaid: Prometheus) -> None:
    """Insurance panels have no data and show their texts; requests are counted."""
    told = {
        query.panel["title"]: ask(unpaid, query, END, DAY, 1800, {})
        for query in queries_of(load()["insurance"])
        if query.panel["id"] > 100
    }
    assert {title for title, results in told.items() if results} == set()
    for panel in panels(load()["insurance"]):
        text = panel["fieldConfig"]["defaults"]["noValue"]
        assert panel["id"] < 100 or text.startswith("No "), panel["title"]


@pytest.mark.parametrize("board", sorted(load()))
def test_every_filter_offers_values(paid: tuple[Prometheus, Simulation], board: str) -> None:
    """A filter's own query finds its label in the data."""
    for name, variable in variables(load()[board]).items():
        if variable["type"] == "query":
            (asked, _, label) = variable["definition"][len("label_values(") : -1].rpartition(", ")
            chosen = urllib.parse.urlencode(
                {"match[]": expand(asked), "start": END - DAY, "end": END}
            )
            url = f"{paid[0].url}/api/v1/label/{label}/values?{chosen}"
            assert json.loads(get(url)[1])["data"], name


@dataclass(frozen=True, slots=True)
class Counter:
    """A synthetic counter: (from, value) in minutes before the end, absent before and after."""

    name: str
    told: tuple[tuple[int, float], ...]
    ends: int = 0


HOUR = 3600
# The range is the last hour; scrapes are a minute apart.
COUNTERS = {
    "there all along": (Counter("a", ((180, 5.0), (30, 9.0))), 4.0),
    "born at zero in the range": (Counter("b", ((40, 0.0), (39, 3.0))), 3.0),
    "found with content in the range": (Counter("c", ((40, 70.0), (10, 72.0))), 2.0),
    "gone before the end": (Counter("d", ((180, 1.0), (50, 6.0)), ends=20), 5.0),
    "gone before the range": (Counter("e", ((180, 1.0), (120, 6.0)), ends=90), None),
    "paused at the start": (Counter("f", ((180, 1.0), (55, 8.0)), ends=0), 7.0),
    "replaced, and smaller": (Counter("g", ((180, 100.0), (50, 104.0), (30, 0.0), (5, 2.0))), 4.0),
    "replaced before the range": (Counter("h", ((180, 100.0), (90, 1.0), (5, 3.0))), 2.0),
}


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """A Prometheus with the counters above."""

    def told() -> Iterator[tuple[int, str]]:
        for now in range(END - 180 * 60, END + 1, 60):
            yield now, "".join(_samples((END - now) // 60, now))

    with serving(tmp_path_factory.mktemp("made-up") / "prometheus", told()) as server:
        yield server


def _samples(minute: int, now: int) -> Iterator[str]:
    for counter, _ in COUNTERS.values():
        reached = [value for since, value in counter.told if minute <= since]
        paused = counter.name == "f" and 56 <= minute <= 70
        if reached and minute >= counter.ends and not paused:
            labels = f'{TARGET},model="{counter.name}"'
            yield f"zenmux_requests_total{{{labels}}} {reached[-1]} {now}\n"
    yield from _exporters(now)


def _exporters(now: int) -> Iterator[str]:
    # Two that read one busy log, scraped at different times; it was quiet half an hour ago.
    behind = 0 if now == END - 1800 else 15
    busy = (("d", 0, now - 5), ("e", 0, now - 5 - behind))
    for name, demo, newest in (("a", 0, 1.5), ("b", 0, 2.5), ("c", 1, 2.5), *busy):
        target = f'job="{name}",instance="{name}"'
        yield f"zenmux_exporter_demo{{{target}}} {demo} {now}\n"
        yield f"zenmux_last_request_timestamp_seconds{{{target}}} {newest} {now}\n"


@pytest.mark.parametrize("case", COUNTERS)
def test_growth_of_counters_in_trouble(made_up: Prometheus, case: str) -> None:
    """The increase in a range in which a counter starts, disappears, pauses or restarts at 0."""
    counter, expected = COUNTERS[case]
    chosen = {"$__range": f"{HOUR}s", "$model": counter.name}
    assert expected == made_up.value(expand(measures.requests(RANGE), chosen), END)


@pytest.mark.parametrize("case", COUNTERS)
def test_bars_are_never_below_zero_and_add_up(made_up: Prometheus, case: str) -> None:
    """Bars of ten minutes add up to the hour, unless the counter restarted at 0."""
    counter, expected = COUNTERS[case]
    chosen = {"$__interval": "600s", "$model": counter.name}
    text = expand(measures.requests(INTERVAL), chosen)
    bars = [made_up.value(text, at) for at in range(END - HOUR, END, 600)]
    told = [bar for bar in bars if bar is not None]
    assert all(bar >= 0 for bar in told)
    restarted = 6.0 if counter.name == "g" else expected
    assert sum(told) == (restarted or 0.0)


@pytest.mark.parametrize(
    ("jobs", "code"),
    [("a", 0), ("c", 1), ("(a|c)", 2), ("(b|c)", 6), ("(d|e)", 4), ("(a|d)", 0), ("nobody", None)],
)
def test_the_banner_tells_what_data_is_shown(
    made_up: Prometheus, jobs: str, code: float | None
) -> None:
    """Real logs, demo data, both, and a log that two exporters count."""
    chosen = {"$__range": f"{HOUR}s", "$job": jobs}
    assert code == made_up.value(expand(health.data_origin(), chosen), END)
