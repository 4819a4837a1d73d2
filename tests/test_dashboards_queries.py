"""Queries and their panels agree: variables, legends, kinds of query, and how All works."""

import re
from typing import Any

import pytest

from grafana.reading import kept_labels, load, queries, references, selectors, variables

BOARDS = load()
BUSINESS = {"plan", "model", "provider", "api_key", "compensation_type"}

board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


@board
def test_variables_are_defined_exactly_if_used(board: dict[str, Any]) -> None:
    """A filter that filters nothing, or a name that Grafana leaves as it is, is a fault."""
    texts = [query.text for query in queries(board)]
    texts += [v["query"]["query"] for v in variables(board).values() if v["type"] == "query"]
    used = {name for text in texts for name in references(text) if not name.startswith("__")}
    assert {*used, "datasource"} == set(variables(board))


@board
def test_every_filter_reaches_panels(board: dict[str, Any]) -> None:
    """Each business filter is applied by at least one panel, not only by other filters."""
    used = {name for query in queries(board) for name in references(query.text)}
    assert set(variables(board)) - {"datasource"} <= used


@board
def test_only_known_macros_are_used(board: dict[str, Any]) -> None:
    """Grafana would send an unknown macro to Prometheus as it is."""
    known = {"__range", "__range_s", "__interval", "__rate_interval"}
    for query in queries(board):
        assert {name for name in references(query.text) if name.startswith("__")} <= known


@board
def test_variables_are_matched_as_patterns(board: dict[str, Any]) -> None:
    """Several chosen values and All are patterns, so `=` would find nothing."""
    for query in queries(board):
        for selector in selectors(query.text):
            for name, operator, value in selector.matchers:
                if "$" in value:
                    assert ("=~", f"${name}") == (operator, value), query.place


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
        if query.panel["type"] in {"timeseries", "bargauge"}:
            assert named == kept_labels(query.text), query.place


@board
def test_numbers_and_tables_are_instant_and_bars_are_ranges(board: dict[str, Any]) -> None:
    """A total of the range is asked for once; bars ask for intervals that add up to it."""
    for query in queries(board):
        over_time = query.panel["type"] == "timeseries"
        assert (over_time, not over_time) == (query.target["range"], query.target["instant"])
        window = {"__interval"} & references(query.text)
        assert bool(window) == over_time, query.place


@board
def test_bars_last_at_least_two_scrapes(board: dict[str, Any]) -> None:
    """Each bar has an explicit shortest interval, at least twice the scrape interval."""
    for panel in (query.panel for query in queries(board)):
        if panel["type"] == "timeseries":
            assert (panel["interval"], panel["maxDataPoints"]) == ("1m", 100)


@board
def test_usage_filters_are_on_every_dashboard(board: dict[str, Any]) -> None:
    """All dashboards share these filters, so that links can carry them along."""
    shared = ["datasource", "job", "instance", "plan", "model", "provider", "api_key"]
    assert shared == list(variables(board))[: len(shared)]


def test_insurance_filters_by_compensation_type_too() -> None:
    """The console's tabs are a filter."""
    assert set(variables(BOARDS["insurance"])) > {"compensation_type"} | BUSINESS
