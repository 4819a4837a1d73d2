"""Queries and their panels agree: variables, legends, query types and All."""

import json
import re
from typing import Any

import pytest

from dashboards.committed import (
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

BOARDS = load()
EXPORTERS = ["datasource", "job", "instance"]
BY_PROVIDER = ["plan", "model", "provider"]
BY_KEY = ["plan", "model", "api_key"]
# Labels that inner aggregations of a query keep.
INNER = {"job", "instance"}
COUNTED = ("_total", "_bucket", ":increase")
ORDER = {column.field: index for index, column in enumerate(COLUMNS)}

board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


@board
def test_variables_are_defined_exactly_if_used(board: dict[str, Any]) -> None:
    """Every variable is used, and every used variable is defined."""
    asked = [v["query"]["query"] for v in variables(board).values() if v["type"] == "query"]
    text = json.dumps([board["panels"], asked])
    used = {name for name in references(text) if not name.startswith("__")}
    assert used == {*variables(board)}


@board
def test_every_filter_reaches_panels(board: dict[str, Any]) -> None:
    """Each filter is applied by at least one panel, not only by other filters."""
    used = references(json.dumps(board["panels"]))
    assert set(variables(board)) <= used


@board
def test_only_known_macros_are_used(board: dict[str, Any]) -> None:
    """Queries use only macros that Grafana interpolates."""
    known = {"__range", "__range_s", "__interval", "__rate_interval", "__to"}
    for query in queries(board):
        assert {name for name in references(query.text) if name.startswith("__")} <= known


@board
def test_variables_are_matched_as_patterns(board: dict[str, Any]) -> None:
    """Variables are matched by `=~`, since several values and All are patterns."""
    for query in queries(board):
        for selector in selectors(query.text):
            for name, operator, value in selector.matchers:
                if "$" in value:
                    assert (operator, value) == ("=~", f"${name}"), query.place


@board
def test_no_two_variables_wait_for_each_other(board: dict[str, Any]) -> None:
    """Filters do not depend on each other in a cycle."""
    waiting = {
        name: references(variable["query"]["query"])
        for name, variable in variables(board).items()
        if variable["type"] == "query"
    }
    while waiting:
        ready = [name for name, others in waiting.items() if not others & set(waiting)]
        assert ready, waiting
        waiting = {name: others for name, others in waiting.items() if name not in ready}


@board
def test_legends_name_labels_that_the_query_keeps(board: dict[str, Any]) -> None:
    """Legends use only labels that the query keeps, and all that tell series apart."""
    for query in queries(board):
        named = set(re.findall(r"{{(\w+)}}", query.target.get("legendFormat", "")))
        assert named <= kept_labels(query.text), query.place
        if named and query.panel["type"] in {"timeseries", "bargauge", "piechart"}:
            assert named == kept_labels(query.text) - (INNER - named), query.place


@board
def test_numbers_and_tables_are_instant_and_charts_are_ranges(board: dict[str, Any]) -> None:
    """Totals are instant queries over the range; charts are range queries over intervals."""
    for query in queries(board):
        over_time = query.panel["type"] in {"timeseries", "heatmap"}
        assert (over_time, not over_time) == (query.target["range"], query.target["instant"])
        windows = {"__interval", "__rate_interval"} & references(query.text)
        gauge = not any(s.name.endswith(COUNTED) for s in selectors(query.text))
        assert bool(windows) == (over_time and not gauge), query.place


@board
def test_bars_last_at_least_two_scrapes(board: dict[str, Any]) -> None:
    """Each chart takes the chosen bar length, at least twice the scrape interval.

    Payouts come once a day, so their bars are days.
    """
    chosen = variables(board)["granularity"]
    daily = board["uid"] == "zenmux-insurance"
    assert (chosen["auto"], chosen["auto_min"]) == (True, "1d" if daily else SHORTEST_BAR)
    assert chosen["query"].split(",")[0] == SHORTEST_BAR
    # Only with this value does Grafana default to `auto`.
    assert chosen["current"]["value"] == "$__auto_interval_granularity"
    for panel in (query.panel for query in queries(board)):
        if panel["type"] in {"timeseries", "heatmap"}:
            bar = "1d" if panel["title"] == "Payout as a share of cost" else "$granularity"
            assert (panel["interval"], panel["maxDataPoints"]) == (bar, 1500)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("overview", BY_PROVIDER),
        ("insurance", [*BY_KEY, "compensation_type", "logs_url"]),
        ("usage", BY_KEY),
        ("provider", BY_PROVIDER),
        ("performance", BY_PROVIDER),
        ("cost", BY_KEY),
        ("exporter", ["source"]),
    ],
)
def test_filters_are_those_that_the_levels_carry(name: str, own: list[str]) -> None:
    """Each dashboard filters by the labels of its levels, under names that links keep."""
    assert {*own, *EXPORTERS, "granularity"} == {*variables(BOARDS[name])}


@board
def test_panels_follow_the_filters_or_say_that_they_do_not(board: dict[str, Any]) -> None:
    """A panel may ignore only the key filter, and then its description says so."""
    offered = {"plan", "model", "provider", "api_key"} & {*variables(board)}
    for query in queries(board):
        if re.search(r"\b(provider|api_key):", query.text):
            missing = offered - references(query.text)
            is_of_all_keys = "Of all API keys." in query.panel["description"]
            assert missing <= ({"api_key"} if is_of_all_keys else set()), query.place


def _details() -> dict[str, Any]:
    (panel,) = [p for p in panels(BOARDS["insurance"]) if p["type"] == "table"]
    return panel


def test_details_link_to_the_logs_page() -> None:
    """Action opens the page in a variable, by default the console's Logs page."""
    assert variables(BOARDS["insurance"])["logs_url"]["query"] == LOGS_PAGE
    (link,) = [
        properties["value"][0]["url"]
        for override in _details()["fieldConfig"]["overrides"]
        for properties in override["properties"]
        if properties["id"] == "links"
    ]
    assert link == "${logs_url:raw}${__data.fields.Action}"


def test_details_have_the_console_s_columns_first() -> None:
    """The console's ten columns come first, in its order; Grafana's extra ones follow."""
    console = ["Timestamp", "Model", "Input Tokens", "Output Tokens", "Cost", "Latency"]
    console += ["Throughput", "Finish", "Payout", "Action"]
    names = _details()["transformations"][1]["options"]["renameByName"]
    in_order = [names[field] for field in sorted(names, key=lambda field: ORDER[field])]
    assert in_order[:10] == console


def test_details_sort_by_numbers() -> None:
    """Columns with a unit are converted to numbers, and the newest row comes first."""
    (converted, _) = _details()["transformations"]
    fields = {one["targetField"] for one in converted["options"]["conversions"]}
    assert fields == {column.field for column in COLUMNS if column.unit} - {"Value"}
    assert _details()["options"]["sortBy"] == [{"displayName": "Timestamp", "desc": True}]
