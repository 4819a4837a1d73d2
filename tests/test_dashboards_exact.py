"""Every panel's number is the oracle's, for every range and choice of filters.

The real exporter reads thirty days of lines under a simulated clock; what its scrapes were told
stands in a real Prometheus, which is asked as Grafana would ask.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from dashboards.committed import Query, kept_labels, load, queries, variables
from dashboards.expected import PANELS
from dashboards.recorded_sums import recorded
from dashboards.server import DAY, Results, ask, instances, serving, settled, simulate
from dashboards.simulation import Simulation, Truth
from dashboards.traffic import KEYS, MODELS, PROVIDERS, log
from dashboards.window import Window
from programs import Prometheus, real_prometheus

from grafana.promql.recorded_sums import HIDDEN

pytestmark = real_prometheus

# Neither the ranges' ends nor the scrapes stand at round times.
END = 1_795_413_600 - 1234
PAST = END - 5 * DAY - 777
HOUR, WEEK, MONTH = 3600, 7 * DAY, 30 * DAY
# Sparse long ago, every ten minutes in the last day, every half minute in the last hour.
SCRAPES = sorted(
    {
        *range(END - MONTH + 7200, END - DAY, 3000),
        *range(PAST - 600, PAST, 60),
        *range(END - DAY, END - HOUR, 600),
        *range(END - HOUR - 60, END, 30),
    }
)
RANGES = {
    "1h": (END, HOUR, 60),
    "24h": (END, DAY, 1800),
    "7d": (END, WEEK, 10_800),
    "week by days": (END, WEEK, DAY),
    "30d": (END, MONTH, 43_200),
    "past": (PAST, 12 * DAY, 21_600),
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
ALL = [(name, query) for name, tree in load().items() for query in queries(tree)]
Served = tuple[Prometheus, Truth]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A Prometheus with the thirty days, and the truth."""
    folder = tmp_path_factory.mktemp("exact")
    simulation = Simulation(folder)
    scrapes = simulate(simulation, log(END), SCRAPES)
    told = ((now, text + recorded(text)) for now, text in scrapes)
    with serving(folder / "prometheus", told) as server:
        yield server, simulation.truth


def _pattern(choice: tuple[str, ...]) -> str:
    """Return a choice as Grafana interpolates it into a matcher."""
    escaped = [re.sub(r"([.+*?()|\[\]{}^$\\])", r"\\\\\1", value) for value in choice]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _labels(query: Query) -> list[str]:
    """Return the labels in a legend or of a heatmap's rows, in order."""
    return re.findall(r"{{(\w+)}}", query.target.get("legendFormat", ""))


def _points(results: Results, query: Query) -> dict[float, dict[tuple[str, ...], float]]:
    """Return values by time and legend, without zeros, which a chart does not show."""
    told: dict[float, dict[tuple[str, ...], float]] = {}
    for series in results:
        group = tuple(series["metric"].get(label, "") for label in _labels(query))
        for at, value in series.get("values") or [series["value"]]:
            told.setdefault(float(at), {})[group] = float(value)
    return told


def _hidden(
    server: Prometheus, end: int, seconds: int, step: int, filters: dict[str, str]
) -> dict[str, str]:
    return {
        f"${name}": instances(server, expression, end, seconds, step, filters)
        for name, expression in HIDDEN.items()
    }


def _panel(query: Query) -> Any:
    title, legend = query.panel["title"], query.target.get("legendFormat", "")
    return PANELS.get(title) or PANELS.get(f"{title}/{legend}")


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize("board", sorted(load()))
def test_panels_are_exact(served: Served, board: str, span: str, choice: str) -> None:
    """Numbers, rankings and every bar equal the oracle's increases between scrapes."""
    server, truth = served
    end, seconds, step = RANGES[span]
    offered = variables(load()[board])
    chosen = {name: some for name, some in CHOICES[choice].items() if name in offered}
    filters = {f"${name}": _pattern(some) for name, some in chosen.items()}
    if choice != "one":  # else the long way, which is taken where the hidden filters fail
        filters |= _hidden(server, end, seconds, step, filters)
        assert ("exporter" in filters["$settled"]) == (span != "30d")
        for hidden, name in (("$summed", "$api_key"), ("$merged", "$model")):
            free = name not in filters and span not in {"1h", "30d"}
            assert ("exporter" in filters[hidden]) == free
    checked = 0
    for query in (query for name, query in ALL if name == board and _panel(query)):
        told = _points(ask(server, query, end, seconds, step, filters), query)
        shown = {group for groups in told.values() for group in groups}
        checked += 1
        if not query.target["range"]:
            whole = Window(truth, end - seconds, end, chosen, shown=shown)
            _compare(query, told.get(float(end), {}), _panel(query)(whole))
            continue
        begin, last = (end - seconds) // step * step, end // step * step
        grown = Window(truth, begin, last + step, chosen)
        for at in range(begin, last + step, step):
            bar = Window(truth, at, at + step, chosen, grown, shown)
            _compare(query, told.get(float(at), {}), _panel(query)(bar))
    assert checked > 3


def _compare(query: Query, told: dict[Any, float], truth: dict[Any, float]) -> None:
    # Rounding of sums of binary floats; a count that is off by one is off by much more.
    shown, expected = (
        {g: pytest.approx(v, rel=1e-6, abs=1e-9) for g, v in one.items() if abs(v) > 1e-12}
        for one in (truth, told)
    )
    assert {g: v.expected for g, v in expected.items()} == shown, query.place


def test_every_number_has_an_expectation() -> None:
    """Panels without expected values are gauges or about the process, and only need data."""
    untold = {q.panel["title"] for _, q in ALL if not _panel(q)}
    named = set(itertools.chain(*(title.split("/")[:1] for title in PANELS)))
    assert not named & untold
    assert untold == PRESENT


PRESENT = {
    "Data shown",
    "Exporter",
    "Newest request",
    "Compensation Details",
    "Compensation Details: High Latency",
    "Compensation Details: Unsatisfactory Content",
    "Ready",
    "Configuration",
    "Last commit",
    "Failed commits",
    "Not read yet",
    "Not read yet by source",
    "Time since a source gave something",
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
    "Ledger size",
    "Caught up at start",
    "Series by family",
    "Time of commits",
    "Event loop lag",
    "Processor time",
    "Memory",
    "Exporters",
}
NOT_IN_THIS_LOG = {"Unknown values by field", "Label values folded into other"}


@pytest.mark.parametrize("span", RANGES)
@pytest.mark.parametrize(
    "query", [query for _, query in ALL], ids=[f"{n}:{q.panel['id']}" for n, q in ALL]
)
def test_panels_show_data_with_their_labels(served: Served, query: Query, span: str) -> None:
    """No panel is empty over any range, and each legend label has a value."""
    end, seconds, step = RANGES[span]
    chosen = {"$settled": settled(served[0], end, seconds, step)}
    results = ask(served[0], query, end, seconds, step, chosen)
    if query.panel["title"] in NOT_IN_THIS_LOG:
        assert results == []
        return
    assert results, query.text
    for series in results:
        assert all(label in series["metric"] for label in _labels(query))
        if query.panel["type"] == "table":
            assert kept_labels(query.text) - {"job", "newest"} <= {*series["metric"]} | {"instance"}
