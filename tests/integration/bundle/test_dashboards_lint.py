"""The rules of grafana/dashboard-linter, and stricter ones of our own, on the committed JSON."""

import re
import statistics
from typing import Any

import pytest
import yaml

from dashboards.committed import (
    FOLDER,
    expand,
    is_strip,
    load,
    panels,
    parse,
    queries,
    selectors,
    variables,
)

BOARDS = load()
EXACT_USD = "currency:financial:$"
UNITS = {EXACT_USD, "short", "currencyUSD", "s", "ms", "percentunit", "reqps", "none", "locale"}
UNITS |= {"suffix: tok/s", "suffix: s", "suffix: ms", "time:YYYY-MM-DD HH:mm:ss.SSS", "bytes"}
board = pytest.mark.parametrize("board", BOARDS.values(), ids=list(BOARDS))


@board
def test_one_data_source_is_chosen_by_a_variable(board: dict[str, Any]) -> None:
    """template-datasource-rule: one variable `datasource`, labelled `Data source`."""
    chosen = [v for v in variables(board).values() if v["type"] == "datasource"]
    assert [(v["name"], v["label"], v["query"]) for v in chosen] == [
        ("datasource", "Data source", "prometheus")
    ]


@board
@pytest.mark.parametrize("name", ["job", "instance"])
def test_job_and_instance_are_filters(board: dict[str, Any], name: str) -> None:
    """template-job-rule, template-instance-rule: labelled, multiple, `.+` for all."""
    found = variables(board)[name]
    assert (name.title(), True, ".+") == (found["label"], found["multi"], found["allValue"])


@board
def test_every_query_variable_has_the_house_settings(board: dict[str, Any]) -> None:
    """Variables offer All, reload on time change and ask the chosen data source."""
    for variable in variables(board).values():
        if variable["type"] != "query":
            continue
        expected = {
            "allValue": ".+" if variable["name"] in {"job", "instance"} else ".*",
            "datasource": {"type": "prometheus", "uid": "$datasource"},
            "includeAll": True,
            "multi": True,
            "refresh": 2,
            "current": _current(board, variable["name"]),
            "definition": variable["query"]["query"],
        }
        assert expected == {key: variable[key] for key in expected}


def _current(board: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the default: All, but pay-as-you-go for plan, as on the console's Usage pages."""
    if name == "plan" and board["uid"] != "zenmux-insurance":
        return {"selected": True, "text": ["payg"], "value": ["payg"]}
    return {"selected": True, "text": ["All"], "value": ["$__all"]}


@board
def test_variables_ask_for_valid_label_values(board: dict[str, Any]) -> None:
    """template-label-promql-rule: `label_values(<valid PromQL>, label)`."""
    for variable in variables(board).values():
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
            assert found is not None
            assert variable["name"] == found[2]
            parse(found[1])


@board
def test_panels_use_the_chosen_data_source(board: dict[str, Any]) -> None:
    """panel-datasource-rule, for panels and for each of their queries."""
    expected = {"type": "prometheus", "uid": "${datasource}"}
    for panel in panels(board):
        assert expected == panel["datasource"], panel["title"]
        assert all(expected == target["datasource"] for target in panel["targets"])


@board
def test_panels_have_title_description_unit_and_an_empty_state(board: dict[str, Any]) -> None:
    """panel-title-description-rule, panel-units-rule, and a text instead of `No data`."""
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        assert bool(panel["title"]) is bool(panel["description"]) is not is_strip(panel)
        assert defaults["unit"] in UNITS, panel["title"]
        assert defaults["noValue"], panel["title"]


@board
def test_overrides_name_known_units(board: dict[str, Any]) -> None:
    """Overrides use known units; Grafana would append any other as text."""
    for panel in panels(board):
        for override in panel["fieldConfig"]["overrides"]:
            units = [p["value"] for p in override["properties"] if p["id"] == "unit"]
            assert set(units) <= UNITS, panel["title"]


@board
def test_panels_have_queries_that_parse(board: dict[str, Any]) -> None:
    """panel-no-targets-rule, target-promql-rule."""
    for panel in panels(board):
        assert panel["targets"], panel["title"]
    for query in queries(board):
        assert "$" not in expand(query.text), query.place
        parse(query.text)


@board
def test_selectors_filter_by_job_and_instance(board: dict[str, Any]) -> None:
    """target-job-rule, target-instance-rule."""
    for query in queries(board):
        for selector in selectors(query.text):
            wanted = {("job", "=~", "$job"), ("instance", "=~", "$instance")}
            assert wanted <= set(selector.matchers), query.place


@board
def test_counters_are_never_shown_raw(board: dict[str, Any]) -> None:
    """target-counter-agg-rule: raw counters are read only through `rate` or `increase`."""
    for query in queries(board):
        for selector in selectors(query.text):
            if selector.name.endswith("_total"):
                assert selector.functions[-1] in {"rate", "increase"}, query.place


@board
def test_increases_are_summed_over_the_chosen_time(board: dict[str, Any]) -> None:
    """Recorded increases are read only through `sum_over_time`."""
    for query in queries(board):
        for selector in selectors(query.text):
            if selector.name.endswith(":increase"):
                assert selector.functions[-1] == "sum_over_time", query.place


def test_queries_can_be_read_aloud() -> None:
    """The median query has at most 250 characters, the longest at most 600."""
    lengths = [len(query.text) for tree in BOARDS.values() for query in queries(tree)]
    assert statistics.median(lengths) <= 250
    assert max(lengths) <= 600


@board
def test_no_variable_is_hidden(board: dict[str, Any]) -> None:
    """Every variable is visible."""
    assert [v["name"] for v in variables(board).values() if v.get("hide")] == []


@board
def test_rates_look_back_over_the_rate_interval(board: dict[str, Any]) -> None:
    """target-rate-interval-rule."""
    for query in queries(board):
        for window in re.findall(r"\bi?rate\([^\[]*\[([^\]]+)\]", query.text):
            assert window == "$__rate_interval", query.place


@board
def test_windows_follow_the_chosen_time(board: dict[str, Any]) -> None:
    """Windows are the range, the interval or the rate interval, offset only by themselves."""
    for query in queries(board):
        windows = set(re.findall(r"\[([^\]]+)\]", query.text))
        assert windows <= {"$__range", "$__interval", "$__rate_interval"}, query.place
        moved = re.findall(r"\[([^\]]+)\] offset (\S*\w)", query.text)
        assert set(moved) <= {("$__interval", "-$__interval"), ("$__range", "$__range")}, (
            query.place
        )
        fixed = re.findall(r"\[([^\]]+)\] @ (\S*})", query.text)
        assert set(fixed) <= {("$__range", "${__to:date:seconds}")}, query.place


@board
def test_dashboards_are_read_only(board: dict[str, Any]) -> None:
    """uneditable-dashboard, and no field that file provisioning does not resolve."""
    assert board["editable"] is False
    assert not {"id", "__inputs", "iteration", "version"} & set(board)


@board
def test_money_is_written_out_where_it_is_one_number(board: dict[str, Any]) -> None:
    """Single amounts use an unscaled unit with fixed decimals: $345.67, not $346."""
    for panel in panels(board):
        defaults = panel["fieldConfig"]["defaults"]
        assert (panel["type"], defaults["unit"]) != ("stat", "currencyUSD"), panel["title"]
        if defaults["unit"] == EXACT_USD:
            assert defaults["decimals"] in {4, 6}, panel["title"]


def test_exclusions_of_the_linter_have_reasons() -> None:
    """Each excluded rule in `.lint` has a reason."""
    rules = yaml.safe_load((FOLDER / ".lint").read_text())["exclusions"]
    assert list(rules) == ["panel-units-rule"]
    assert all(rule["reason"] for rule in rules.values())
