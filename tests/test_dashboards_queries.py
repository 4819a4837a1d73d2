"""Queries and their panels agree: variables, legends, kinds of query, and how All works."""

import json
import re
from typing import Any

import pytest
from dashboards.committed import (
    hidden,
    kept_labels,
    load,
    panels,
    queries,
    references,
    selectors,
    variables,
)

from grafana.builders.variables import LOGS_PAGE, SHORTEST_BAR
from grafana.panels.compensation_details import COLUMNS
from grafana.promql.recorded_sums import HIDDEN

BOARDS = load()
USAGE = ["datasource", "job", "instance", "plan", "model", "provider", "api_key"]
# Labels that a query keeps on its way to its result.
INNER = {"shown", "job", "instance"}
COUNTED = ("_total", "_bucket", "_sum", "_count")
ORDER = {column.field: index for index, column in enumerate(COLUMNS)}

board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


@board
def test_variables_are_defined_exactly_if_used(board: dict[str, Any]) -> None:
    """A filter without effect, or a name that Grafana does not interpolate, is a fault."""
    asked = [v["query"]["query"] for v in variables(board).values() if v["type"] == "query"]
    text = json.dumps([board["panels"], asked])
    used = {name for name in references(text) if not name.startswith("__")}
    assert used == {*variables(board), *hidden(board)}


@board
def test_every_filter_reaches_panels(board: dict[str, Any]) -> None:
    """Each filter is applied by at least one panel, not only by other filters."""
    used = references(json.dumps(board["panels"]))
    assert set(variables(board)) <= used


@board
def test_only_known_macros_are_used(board: dict[str, Any]) -> None:
    """Grafana would send an unknown macro to Prometheus as it is."""
    known = {"__range", "__range_s", "__interval", "__rate_interval"}
    for query in queries(board):
        assert {name for name in references(query.text) if name.startswith("__")} <= known


@board
def test_variables_are_matched_as_patterns(board: dict[str, Any]) -> None:
    """Several values and All are interpolated as patterns, which `=` does not match."""
    for query in queries(board):
        for selector in selectors(query.text):
            for name, operator, value in selector.matchers:
                if "$" in value:
                    known = {("=~", f"${name}")}
                    known |= {(sign, f"${one}") for sign in ("=~", "!~") for one in HIDDEN}
                    assert (operator, value) in known, query.place


@board
def test_variables_narrow_those_after_them_only(board: dict[str, Any]) -> None:
    """A filter depends on filters to its left, so that no two wait for each other."""
    earlier = {"datasource"}
    for name, variable in variables(board).items():
        if variable["type"] == "query":
            assert references(variable["query"]["query"]) <= earlier
        earlier.add(name)


@board
def test_legends_name_labels_that_the_query_keeps(board: dict[str, Any]) -> None:
    """A legend of a label that was summed away would be empty."""
    for query in queries(board):
        named = set(re.findall(r"{{(\w+)}}", query.target.get("legendFormat", "")))
        assert named <= kept_labels(query.text), query.place
        if named and query.panel["type"] in {"timeseries", "bargauge", "piechart"}:
            assert named == kept_labels(query.text) - (INNER - named), query.place


@board
def test_numbers_and_tables_are_instant_and_charts_are_ranges(board: dict[str, Any]) -> None:
    """A total of the range is asked for once; bars ask for intervals that add up to it."""
    for query in queries(board):
        over_time = query.panel["type"] in {"timeseries", "heatmap"}
        assert (over_time, not over_time) == (query.target["range"], query.target["instant"])
        windows = {"__interval", "__rate_interval"} & references(query.text)
        gauge = not any(s.name.endswith(COUNTED) for s in selectors(query.text))
        assert bool(windows) == (over_time and not gauge), query.place


@board
def test_bars_last_at_least_two_scrapes(board: dict[str, Any]) -> None:
    """Each chart takes the chosen bar length, which is at least twice the scrape interval."""
    chosen = variables(board)["granularity"]
    assert (chosen["auto"], chosen["auto_min"]) == (True, SHORTEST_BAR)
    assert chosen["query"].split(",")[0] == SHORTEST_BAR
    # Grafana takes `auto` for the default only under this name.
    assert chosen["current"]["value"] == "$__auto_interval_granularity"
    for panel in (query.panel for query in queries(board)):
        if panel["type"] in {"timeseries", "heatmap"}:
            assert (panel["interval"], panel["maxDataPoints"]) == ("$granularity", 1500)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("overview", [*USAGE, "compensation_type", "granularity"]),
        ("insurance", [*USAGE, "compensation_type", "granularity", "time_basis", "logs_url"]),
        ("usage", [*USAGE, "granularity"]),
        ("provider", [*USAGE, "granularity"]),
        ("performance", [*USAGE[:-1], "granularity"]),
        ("cost", [*USAGE, "granularity"]),
        ("exporter", [*USAGE[:3], "source", "granularity"]),
    ],
)
def test_filters_are_those_that_the_metrics_carry(name: str, own: list[str]) -> None:
    """Dashboards share names of filters, so that links carry them along."""
    assert own == list(variables(BOARDS[name]))


@board
def test_hidden_filters_ask_for_instances(board: dict[str, Any]) -> None:
    """They have no value for All, so Grafana interpolates all instances that they find."""
    used = references(json.dumps(board["panels"]))
    assert {name for name in HIDDEN if name in used} == set(hidden(board))
    for name, variable in hidden(board).items():
        asked = variable["query"]["query"]
        assert (variable["refresh"], variable["multi"]) == (2, True)
        assert (variable["includeAll"], variable.get("allValue")) == (True, None)
        assert asked == variable["definition"] == f"query_result({HIDDEN[name]})"
        sample = 'zenmux_exporter_build_info{instance="a.b:1", job="zenmux"} 1 1795413600000'
        found = re.search(variable["regex"].strip("/"), sample)
        assert found
        assert found[1] == "a.b:1"
        assert HIDDEN.keys().isdisjoint(references(asked))


def test_details_link_to_the_logs_page() -> None:
    """Action opens the page that a variable holds, the console's Logs page at first."""
    assert variables(BOARDS["insurance"])["logs_url"]["query"] == LOGS_PAGE
    tables = [p for p in panels(BOARDS["insurance"]) if p["type"] == "table"]
    for panel in tables:
        (link,) = [
            properties["value"][0]["url"]
            for override in panel["fieldConfig"]["overrides"]
            for properties in override["properties"]
            if properties["id"] == "links"
        ]
        assert link == "${logs_url:raw}${__data.fields.Action}"
    assert len(tables) == 3


def test_details_have_the_console_s_columns_first() -> None:
    """The ten columns of the console, in its order; what Grafana adds stands behind them."""
    console = ["Timestamp", "Model", "Input Tokens", "Output Tokens", "Cost", "Latency"]
    console += ["Throughput", "Finish", "Payout", "Action"]
    for panel in panels(BOARDS["insurance"]):
        if panel["type"] == "table":
            names = panel["transformations"][1]["options"]["renameByName"]
            assert list(dict(sorted(names.items(), key=lambda n: ORDER[n[0]])).values())[:10] == (
                console
            )
