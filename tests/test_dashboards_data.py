"""Every query of every dashboard against a real Prometheus: not empty, labelled, exact."""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grafana import queries
from grafana.reading import Query, expand, kept_labels, load
from grafana.reading import queries as queries_of
from prometheus.services import Service, Stack

pytestmark = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")) and "CI" not in os.environ,
    reason="needs prometheus and promtool on PATH",
)

STEP = 30
HOUR = 3600
# A whole block of history that has just ended; the chosen range is its last hour.
END = int(time.time()) // (2 * HOUR) * 2 * HOUR
START = END - HOUR
TIMES = range(END - 2 * HOUR + STEP, END + STEP, STEP)
NOTHING = {"$model": "nothing"}
WINDOWS = {"$__range": "3600s", "$__range_s": "3600", "$__interval": "60s"}

TARGET = {"job": "zenmux-demo", "instance": "127.0.0.1:10465"}
ALICE = {"api_key": "alice", "model": "a/one", "provider": "p", "plan": "payg"}
BOB = {"api_key": "bob", "model": "b/two:free", "provider": "q.r", "plan": "subscription"}
SLOW = {"compensation_type": "high_latency"}
POOR = {"compensation_type": "unsatisfactory_content"}
PROMPT = {"direction": "input", "token_type": "prompt"}
COMPLETION = {"direction": "output", "token_type": "completion"}
BORN = START + 20 * 60


@dataclass(frozen=True)
class Series:
    """A series that has `before` until `at`, then `after`; absent until `since`."""

    name: str
    labels: dict[str, str]
    before: float
    after: float
    at: int = START + 10 * 60 + 7
    since: int = 0
    until: int = END


def _gauge(name: str, value: float, **labels: str) -> Series:
    return Series(name, labels, value, value)


def _compensated(number: str, seen: int, payout: float, kind: dict[str, str]) -> list[Series]:
    key = {"generation_id": number, **kind}
    numbers = {"input_tokens": "120", "output_tokens": "30", "cost_usd": "0.0012"}
    speed = {"latency_ms": "500", "throughput": "unknown", "finish_reason": "stop"}
    prefix = "zenmux_compensated_request"
    return [
        Series(f"{prefix}_payout_usd", {**ALICE, **key, **numbers, **speed}, payout, payout),
        Series(f"{prefix}_timestamp_seconds", key, END - 90000 + 0.123, END - 90000 + 0.123),
        Series(f"{prefix}_seen_timestamp_seconds", key, seen, seen),
    ]


WEB = "zenmux_web_search"
PAID = "zenmux_insurance"
COUNTERS = [
    Series("zenmux_requests_total", {**ALICE, "outcome": "success"}, 1000, 1007),
    Series("zenmux_requests_total", {**ALICE, "outcome": "error"}, 0, 2),
    Series(
        "zenmux_requests_total", {**BOB, "outcome": "success"}, 0, 5, since=BORN - STEP, at=BORN
    ),
    Series("zenmux_tokens_total", {**ALICE, **PROMPT}, 123456, 124456),
    Series("zenmux_tokens_total", {**ALICE, **COMPLETION}, 50, 150),
    # Its process ends within the range; what it had counted is not forgotten.
    Series("zenmux_tokens_total", {**BOB, **PROMPT}, 0, 30, BORN, BORN - STEP, END - 900),
    # The demo was restarted within the range.
    Series("zenmux_discount_usd_total", ALICE, 100, 2),
    Series(f"{WEB}_calls_total", ALICE, 7, 10),
    Series(f"{WEB}_requests_total", ALICE, 5, 7),
    Series(f"{WEB}_tokens_total", {**ALICE, "direction": "input"}, 10, 90),
    Series(f"{PAID}_compensations_total", {**ALICE, **SLOW}, 4, 6),
    Series(f"{PAID}_compensations_total", {**BOB, **POOR}, 0, 3, since=BORN - STEP, at=BORN),
    Series(f"{PAID}_payout_usd_total", {**ALICE, **SLOW}, 0.5, 0.5012),
    Series(f"{PAID}_payout_usd_total", {**BOB, **POOR}, 0, 0.003, since=BORN - STEP, at=BORN),
    Series("zenmux_exporter_invalid_records_total", {"source": "s", "reason": "not_json"}, 0, 4),
]
GAUGES = [
    _gauge("up", 1),
    _gauge("zenmux_exporter_demo", 1),
    _gauge("zenmux_last_request_timestamp_seconds", END - 45),
    *_compensated("gen_1", START + 600, 0.0006, SLOW),
    *_compensated("gen_2", START + 900, 0.001, POOR),
    *_compensated("gen_old", START - 600, 5, SLOW),
]


def _sample(series: Series, moment: int) -> str:
    labels = ",".join(f'{name}="{value}"' for name, value in {**TARGET, **series.labels}.items())
    value = series.after if moment >= series.at else series.before
    return f"{series.name}{{{labels}}} {value!r} {moment}"


def _openmetrics() -> str:
    lines = []
    for kind, group in (("counter", COUNTERS), ("gauge", GAUGES)):
        for name in sorted({series.name for series in group}):
            lines.append(f"# TYPE {name.removesuffix('_total')} {kind}")
            for series in (series for series in group if series.name == name):
                alive = [t for t in TIMES if series.since <= t <= series.until]
                lines += [_sample(series, moment) for moment in alive]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Prometheus that holds the history above and scrapes nothing."""
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "history.txt").write_text(_openmetrics())
    (folder / "prometheus.yml").write_text("{}")
    blocks = ["tsdb", "create-blocks-from", "openmetrics", "history.txt", "data"]
    subprocess.run(["promtool", *blocks], cwd=folder, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    stack = Stack(folder, print)
    try:
        stack.start(Service("prometheus", _command(folder, port), port, "/-/ready"), 60)
        yield f"http://127.0.0.1:{port}"
    finally:
        stack.close()


def _command(folder: Path, port: int) -> list[str]:
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--storage.tsdb.retention.time=400d",
    ]


def _ask(
    address: str, text: str, *, over_time: bool = False, variables: Mapping[str, str] | None = None
) -> list[Any]:
    values = {**WINDOWS, **(variables or {})}
    ask: dict[str, object] = {"query": expand(text, values), "time": END}
    if over_time:
        ask |= {"start": START + 60, "end": END, "step": 60}
    kind = "query_range" if over_time else "query"
    url = f"{address}/api/v1/{kind}?{urllib.parse.urlencode(ask)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as answer:
        return list(json.load(answer)["data"]["result"])


def _number(address: str, text: str, variables: Mapping[str, str] | None = None) -> float:
    (result,) = _ask(address, text, variables=variables)
    return float(result["value"][1])


def _bars(address: str, text: str) -> float:
    results = _ask(address, text, over_time=True)
    return sum(float(value) for series in results for _, value in series["values"])


ALL = [(name, query) for name, tree in load().items() for query in queries_of(tree)]


@pytest.mark.parametrize("query", [q for _, q in ALL], ids=[f"{n}:{q.panel['id']}" for n, q in ALL])
def test_panels_show_data_with_their_labels(address: str, query: Query) -> None:
    """No panel is empty, and each legend label has a value."""
    results = _ask(address, query.text, over_time=query.target["range"])
    assert results
    for series in results:
        assert kept_labels(query.text) <= {*series["metric"]} or query.panel["type"] == "table"


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (1130, queries.tokens(queries.RANGE)),
        (1030, queries.tokens(queries.RANGE, direction="input")),
        (100, queries.tokens(queries.RANGE, direction="output")),
        (14, queries.requests(queries.RANGE)),
        (3, queries.web_search_calls(queries.RANGE)),
        (2, queries.web_search_requests(queries.RANGE)),
        (80, queries.web_search_tokens(queries.RANGE)),
        (0.0042, queries.payout(queries.RANGE)),
        (5, queries.compensations(queries.RANGE)),
        (0.00084, queries.payout_per_compensation()),
        (120, queries.compensations_per_day()),
        (4, queries.invalid_records()),
        (45, queries.newest_request_age()),
        (1, queries.demo()),
        (1, queries.exporter_up()),
    ],
)
def test_numbers_are_exact(address: str, expected: float, text: str) -> None:
    """Totals are what was counted in the range: newborn and ended series too, nothing estimated."""
    assert pytest.approx(expected, rel=1e-9) == _number(address, text)


@pytest.mark.parametrize(
    "total", [queries.tokens, queries.requests, queries.payout, queries.compensations]
)
def test_bars_add_up_to_the_total(address: str, total: Any) -> None:
    """The bars of a range together are the number beside them."""
    expected = _number(address, total(queries.RANGE))
    assert pytest.approx(expected, rel=1e-9) == _bars(address, total(queries.INTERVAL, "model"))


@pytest.mark.parametrize(
    ("expected", "chosen"),
    [(9, "a/one"), (5, r"b/two:free"), (14, r"(a/one|b/two:free)"), (14, ".*")],
)
def test_filters_take_one_several_and_all(address: str, expected: int, chosen: str) -> None:
    """Names with slashes and colons are chosen alone, together, and by All."""
    assert expected == _number(address, queries.requests(queries.RANGE), {"$model": chosen})


def test_details_list_what_was_paid_in_the_range(address: str) -> None:
    """One row a compensation: request time in ms, payout and the numbers as columns."""
    rows = _ask(address, queries.compensated_requests())
    told = {row["metric"]["generation_id"]: row["metric"]["payout_usd"] for row in rows}
    assert told == {"gen_1": "0.0006", "gen_2": "0.001"}
    assert {1000 * (END - 90000) + 123} == {round(float(row["value"][1])) for row in rows}
    assert all({*queries.DETAIL_LABELS, "payout_usd"} == {*row["metric"]} for row in rows)


def test_details_of_one_type(address: str) -> None:
    """A tab shows its own compensation type only."""
    rows = _ask(address, queries.compensated_requests(**POOR))
    assert [row["metric"]["generation_id"] for row in rows] == ["gen_2"]


def test_nothing_is_shown_where_nothing_was_paid(address: str) -> None:
    """Without compensations an average is empty, not NaN, so that the panel says so."""
    assert _ask(address, queries.payout_per_compensation(), variables=NOTHING) == []
    assert (
        _ask(address, queries.top(queries.payout(queries.RANGE, "model")), variables=NOTHING) == []
    )


def test_a_counter_that_starts_afresh_never_counts_below_zero(address: str) -> None:
    """Where a counter is smaller than before, nothing is shown rather than less than nothing."""
    restarted = queries.series("zenmux_discount_usd_total", queries.REQUESTS)
    assert _number(address, queries.counted(restarted, queries.RANGE)) == 0
    assert _bars(address, queries.counted(restarted, queries.INTERVAL)) == 0
