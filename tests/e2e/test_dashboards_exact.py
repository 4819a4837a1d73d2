"""Every panel's numbers equal the oracle's, for every range and choice of filters.

The exporter reads thirty days of lines under a simulated clock. The series that the rules record
from its scrapes are loaded into a real Prometheus and queried as by Grafana.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.committed import Query, load, queries, variables
from dashboards.expected import COST, DISCOUNT, PANELS, PAYOUT, Panel
from dashboards.server import DAY, Results, ask, recorded, serving, simulate
from dashboards.simulation import Simulation, Truth
from dashboards.traffic import KEYS, MODELS, PROVIDERS, log
from dashboards.window import OTHER, Group, Window
from grafana.panels import status
from programs import Prometheus, real_prometheus

pytestmark = real_prometheus

# Neither the ranges' ends nor the scrapes are at round times.
END = 1_795_413_600 - 1234
PAST = END - 5 * DAY - 777
HOUR, WEEK, MONTH = 3600, 7 * DAY, 30 * DAY
# Sparse long ago, every ten minutes in the last day, every 50 seconds in the last hour.
SCRAPES = sorted(
    {
        *range(END - MONTH + 7200, END - DAY, 5000),
        *range(PAST - 600, PAST, 60),
        *range(END - DAY, END - HOUR, 600),
        *range(END - HOUR - 60, END, 50),
    }
)
RANGES = {
    "1h": (END, HOUR, 60),
    "24h": (END, DAY, 1800),
    "7d": (END, WEEK, 10_800),
    "week by days": (END, WEEK, DAY),
    "30d": (END, MONTH, 43_200),
    "past": (PAST, 12 * DAY, 21_600),
    "this month": (END + 5 * DAY, 20 * DAY, 43_200),
}
CHOICES: dict[str, dict[str, tuple[str, ...]]] = {
    "all": {},
    "one": {"model": MODELS[:1], "api_key": KEYS[:1], "plan": ("payg",)},
    "several": {
        "model": MODELS[:3],
        "provider": PROVIDERS[:2],
        "api_key": KEYS[:4],
        "compensation_type": ("high_latency", "other_kind"),
    },
}
BOARDS = load()
QUERIES = {board: queries(tree) for board, tree in BOARDS.items()}
ALL = [query for some in QUERIES.values() for query in some]
Served = tuple[Prometheus, Truth]
Points = dict[float, dict[Group, float]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Prometheus with the thirty days, and the expected values."""
    folder = tmp_path_factory.mktemp("exact")
    simulation = Simulation(folder)
    scrapes = simulate(simulation, log(END), SCRAPES)
    with serving(folder / "prometheus", recorded(scrapes)) as server:
        yield server, simulation.truth


def _pattern(choice: tuple[str, ...]) -> str:
    """Return a choice as Grafana interpolates it."""
    escaped = [re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\\\1", value) for value in choice]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _labels(query: Query) -> list[str]:
    """Return the labels in a legend, in order."""
    return re.findall(r"{{(\w+)}}", query.target.get("legendFormat", ""))


def _points(results: Results, query: Query) -> Points:
    """Return values by time and legend."""
    told: Points = {}
    for series in results:
        group = tuple(series["metric"].get(label, "") for label in _labels(query))
        if query.target.get("legendFormat") == OTHER:
            group = (OTHER,)
        for at, value in series.get("values") or [series["value"]]:
            told.setdefault(float(at), {})[group] = float(value)
    return told


def _expected(query: Query) -> Panel | None:
    legend = query.target.get("legendFormat", "")
    return PANELS.get(query.title) or PANELS.get(f"{query.title}/{legend}")


def _is_of_the_range_before(query: Query) -> bool:
    """Return True if the query is for the previous range."""
    return "offset $__range" in query.text


def _together(board: str) -> Iterator[list[Query]]:
    """Yield queries with one expectation, such as the ten largest and Other."""
    for query in QUERIES[board]:
        if _expected(query) is None or query.target.get("legendFormat") == OTHER:
            continue
        panel = [one for one in QUERIES[board] if one.panel == query.panel]
        yield [query, *(one for one in panel if one.target.get("legendFormat") == OTHER)]


# Filters work the same over every range, so one is enough.
CASES = [
    (span, choice) for span in RANGES for choice in CHOICES if choice == "all" or span == "24h"
]


@pytest.mark.parametrize(("span", "choice"), CASES)
@pytest.mark.parametrize("board", sorted(BOARDS.keys() - {"account"}))
def test_panels_are_exact(served: Served, board: str, span: str, choice: str) -> None:
    """Numbers, rankings and every bar equal the oracle's increases between evaluations."""
    server, truth = served
    end, seconds, step = RANGES[span]
    offered = variables(BOARDS[board])
    chosen = {name: some for name, some in CHOICES[choice].items() if name in offered}
    filters = {f"${name}": _pattern(some) for name, some in chosen.items()}
    checked = 0
    for together in _together(board):
        query, expected = together[0], _expected(together[0])
        assert expected is not None
        told: Points = {}
        for one in together:
            for at, groups in _points(ask(server, one, end, seconds, step, filters), one).items():
                told.setdefault(at, {}).update(groups)
        shown = {group for groups in told.values() for group in groups}
        applied = _applied(query, chosen)
        whole = Window(truth, end - seconds, end, applied, shown=shown)
        checked += 1
        if _is_of_the_range_before(query):
            before = Window(truth, end - 2 * seconds, end - seconds, applied)
            # A range without requests has no comparison.
            compared = expected(before) if told or expected(whole) else {}
            _compare(query, told.get(float(end), {}), compared)
            continue
        if not query.target["range"]:
            _compare(query, told.get(float(end), {}), expected(whole))
            continue
        for start in range((end - seconds) // step * step, end + 1, step):
            # In Grafana a heatmap's column ends at its point, a bar starts there.
            first = start - step if query.panel["type"] == "heatmap" else start
            bar = Window(truth, first, first + step, applied, whole, shown)
            _compare(query, told.get(float(start), {}), expected(bar))
    assert checked > 3


def _applied(query: Query, chosen: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the choices that a panel applies; some ignore the key."""
    is_of_all_keys = "Of all API keys." in query.panel["description"]
    return {n: some for n, some in chosen.items() if n != "api_key" or not is_of_all_keys}


def _compare(query: Query, told: dict[Any, float], truth: dict[Any, float]) -> None:
    # The tolerance covers float rounding only and is far below a count of one.
    shown, expected = (
        {g: pytest.approx(v, rel=1e-6, abs=1e-9) for g, v in one.items() if abs(v) > 1e-12}
        for one in (truth, told)
    )
    assert {g: v.expected for g, v in expected.items()} == shown, query.place


def test_net_cost_of_payouts_alone(served: Served) -> None:
    """In a range with payouts but no cost the net cost is negative."""
    server, truth = served
    (net,) = (one for one in ALL if one.title == "Net Cost")
    windows = [Window(truth, *ends, {}) for ends in itertools.pairwise(SCRAPES)]
    paid = [one for one in windows if one.count(PAYOUT) and not one.count(COST)]
    assert paid
    for window in paid[:5]:
        seconds = int(window.end - window.start)
        (result,) = ask(server, net, int(window.end), seconds, seconds, {})
        lost = window.count(PAYOUT) + window.count(DISCOUNT)
        assert float(result["value"][1]) == pytest.approx(-lost)


def test_every_number_has_an_expectation() -> None:
    """Panels without expected values are listed; those only need data."""
    untold = {q.title for q in ALL if not _expected(q)}
    named = set(itertools.chain(*(title.split("/")[:1] for title in PANELS)))
    assert not named & untold
    assert untold == PRESENT


# From ZenMux's API: stale values are not exposed, so the range must not end in the future.
ACCOUNT = {
    "Generation ids done",
    "Generation ids open",
    "Balance",
    "Balance lasts",
    "Account status",
    "Flow rate",
    "Plan",
    "Plan's price",
    "Period ends in",
    "Credits by kind",
    "Spent, and cost counted from logs",
    "Bonus credits added, and payouts counted from logs",
    "Subscription windows",
    "Use of the subscription's windows",
    "US dollars a flow",
    "Last answer",
    "Failed requests to ZenMux's API",
    "Age of the platform's medians",
    "Own medians beside the platform's",
}
PRESENT = ACCOUNT | {
    "Not read yet by partition",
    "Next message by partition",
    "Skipped messages",
    "Errors of Kafka's client",
    "Data shown",
    "Web configuration",
    "Refused requests and closed connections",
    "Pushes",
    "OTLP: not model calls",
    "Connections",
    "Newest request",
    "Compensation Details",
    "Ready",
    "Configuration",
    "Last commit",
    "Failed commits",
    "Not read yet",
    "Not read yet by source",
    "Time since the last line of a source",
    "Bytes read by source",
    "Unknown values by field",
    "Label values folded into other",
    "Bills that don't add up",
    "Tokens that don't add up",
    "Fields that can't be used",
    "Files by state",
    "Lost",
    "NUL bytes",
    "Details not scraped",
    "Ids remembered",
    "Forgotten ids",
    "Facts dropped early",
    "Payouts without facts",
    "Ledger age",
    "Ledger size",
    "Caught up at start",
    "Series by family",
    "Time of commits",
    "Event loop lag",
    "CPU time",
    "Memory",
    "Exporters",
}
QUIET = {("Data shown", legend) for legend in status.NOTICES}
NOT_IN_THIS_LOG = {
    "Skipped messages",
    "Unknown values by field",
    "Label values folded into other",
    "Lost",
    "NUL bytes",
}
# Shows no point for fewer than ten requests.
SPARSE = {"Success rate by provider"}


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("board", sorted(BOARDS))
def test_panels_show_data_with_their_labels(served: Served, board: str, span: str) -> None:
    """No panel is empty over any range, and each legend's labels have values."""
    end, seconds, step = RANGES[span]
    for query in QUERIES[board]:
        results = ask(served[0], query, end, seconds, step, {})
        title, legend = query.title, query.target.get("legendFormat")
        if title in NOT_IN_THIS_LOG or (title, legend) in QUIET:
            assert results == [], query.place
            continue
        # With ten series or fewer Other is empty.
        may_be_empty = legend == OTHER or title in SPARSE or _is_of_the_range_before(query)
        may_be_empty |= title in ACCOUNT and end > END
        assert results or may_be_empty, query.place
        for series in results:
            assert all(label in series["metric"] for label in _labels(query)), query.place
