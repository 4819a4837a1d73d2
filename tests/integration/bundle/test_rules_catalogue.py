"""The rules follow the catalogue, the conventions and their documentation."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from exporter.catalogue import BY_NAME, Kind, Metric
from places import ROOT
from rules.rule_files import Rule, Selector, alerts, recorded, rules, selectors, walk

RUNBOOKS = (ROOT / "docs" / "runbooks.md").read_text()
SECTIONS = dict(
    re.findall(r"^## (ZenMux\w+)\n(.*?)(?=^## |\Z)", RUNBOOKS, re.DOTALL | re.MULTILINE)
)
PARTS = ("Meaning", "Causes", "Look at", "Do", "Silence")
DASHBOARDS = {
    *("overview", "insurance", "usage", "provider", "performance", "cost", "account", "exporter"),
}
BOARDS = [json.loads(path.read_text()) for path in (ROOT / "grafana/dashboards").glob("*.json")]
VARIABLES = {
    board["uid"]: {variable["name"] for variable in board["templating"]["list"]} for board in BOARDS
}
TARGET = {"job", "instance"}
SUFFIXES = {"_bucket": {"le"}, "_sum": set(), "_count": set()}
SCRAPE = yaml.safe_load((ROOT / "prometheus" / "prometheus.yml").read_text())["global"]
SHORTEST = 4 * promql_parser.parse_duration(SCRAPE["scrape_interval"])

every_rule = pytest.mark.parametrize(
    "rule", rules(), ids=lambda rule: f"{rule.name}-{rule.window}".rstrip("-")
)
every_alert = pytest.mark.parametrize(
    "alert", alerts(), ids=lambda rule: f"{rule.name}-{rule.window}".rstrip("-")
)


def metric_of(name: str) -> tuple[Metric, set[str]] | None:
    """Return the metric of a series name and the labels that the suffix adds."""
    if name in BY_NAME and BY_NAME[name].kind is not Kind.HISTOGRAM:
        return BY_NAME[name], set()
    for suffix, more in SUFFIXES.items():
        metric = BY_NAME.get(name.removesuffix(suffix))
        if name.endswith(suffix) and metric is not None and metric.kind is Kind.HISTOGRAM:
            return metric, more
    return None


def names_of(selector: Selector) -> set[str] | None:
    """Return the labels of a selected series; None if there is no such series."""
    found = metric_of(selector.name)
    if found is not None:
        return {*found[0].labels, *found[1], *TARGET}
    if selector.name in {"up", "process_start_time_seconds"}:
        return TARGET  # Prometheus's own, and the client library's
    if selector.name in recorded():
        return set().union(*(labels_of(rule) for rule in recorded()[selector.name]))
    return None


def labels_of(rule: Rule) -> set[str]:
    """Return the labels that a rule's result can have."""
    return result(promql_parser.parse(rule.text)) | set(rule.labels)


def result(node: Any) -> set[str]:
    """Return the labels that an expression's result can have."""
    for kind, labels in _RESULTS:
        if isinstance(node, kind):
            return labels(node)
    return set()


def _aggregated(node: Any) -> set[str]:
    kept = result(node.expr) & set(node.modifier.labels) if node.modifier else set()
    # `count_values` adds a label.
    return kept | {node.param.val} if isinstance(node.param, promql_parser.StringLiteral) else kept


def _combined(node: Any) -> set[str]:
    card = str(node.modifier.card) if node.modifier is not None else ""
    if str(node.op) == "or" or "ManyToOne" in card:
        return result(node.lhs) | result(node.rhs)
    is_many_right = "OneToMany" in card
    return result(node.rhs) if is_many_right else result(node.lhs) or result(node.rhs)


def _selected(node: Any) -> set[str]:
    (selector,) = selectors(node.prettify())
    return names_of(selector) or set()


def _called(node: Any) -> set[str]:
    if node.func.name in {"scalar", "vector", "absent", "time"}:
        return set()
    return set().union(*(result(argument) for argument in node.args))


_RESULTS: tuple[tuple[Any, Callable[[Any], set[str]]], ...] = (
    (promql_parser.AggregateExpr, _aggregated),
    (promql_parser.BinaryExpr, _combined),
    (promql_parser.VectorSelector, _selected),
    (promql_parser.MatrixSelector, lambda node: result(node.vector_selector)),
    (promql_parser.Call, _called),
    ((promql_parser.ParenExpr, promql_parser.UnaryExpr), lambda node: result(node.expr)),
)


@every_rule
def test_metrics_and_labels_exist(rule: Rule) -> None:
    """Selectors name only catalogued or recorded series and their labels."""
    for selector in selectors(rule.text):
        if selector.labels == ("__name__",):
            continue
        names = names_of(selector)
        assert names is not None, selector.name
        assert set(selector.labels) <= names, selector


@every_rule
def test_grouping_labels_exist(rule: Rule) -> None:
    """Aggregations keep only labels that their input has."""
    for node in walk(promql_parser.parse(rule.text)):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            assert set(node.modifier.labels) - {"__name__"} <= result(node.expr), node.prettify()


@every_alert
def test_texts_name_labels_that_the_alert_has(alert: Rule) -> None:
    """Annotation templates use only labels that the alert has."""
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(alert.annotations.values())))
    assert named <= labels_of(alert)


@every_rule
def test_ranges_hold_four_scrapes(rule: Rule) -> None:
    """Ranges span four scrapes, enough also in Prometheus 3 with its left-open ranges."""
    for selector in selectors(rule.text):
        if selector.seconds is not None:
            assert timedelta(seconds=selector.seconds) >= SHORTEST


@every_rule
def test_recording_rules_have_a_level(rule: Rule) -> None:
    """Names are `level:metric:operation`, and the result keeps `job`."""
    if rule.is_alert or rule.name.startswith("zenmux:"):
        return
    level, metric, operation = rule.name.split(":")
    assert re.fullmatch(r"[a-z_]+", level)
    assert metric.startswith("zenmux_")
    assert re.fullmatch(r"[a-z_]+(\d+[mhdw])?", operation)
    assert "job" in labels_of(rule)


@every_alert
def test_alert_says_what_to_do(alert: Rule) -> None:
    """Alerts have a severity, a plain summary, a value, a runbook and a dashboard link."""
    assert alert.labels["severity"] in {"critical", "warning", "info"}
    assert set(alert.annotations) == {"summary", "description", "runbook_url", "dashboard_url"}
    assert re.fullmatch(r"[A-Z][^{}]*\.", alert.annotations["summary"])
    assert "{{" in alert.annotations["description"]
    board = re.findall(r"/d/zenmux-(\w+)\?", alert.annotations["dashboard_url"])
    assert len(board) == 1
    assert set(board) <= DASHBOARDS
    for name in re.findall(r"var-(\w+)=", alert.annotations["dashboard_url"]):
        assert name in labels_of(alert)
        assert name in VARIABLES.get(f"zenmux-{board[0]}", {name})


def test_thresholds_stand_in_one_file() -> None:
    """Alerts compare only with recorded thresholds, 0 or 1."""
    for alert in alerts():
        if alert.name == "ZenMuxThresholdMissing":
            continue
        plain = re.findall(r"[<>=]=? *(?:on \(\w+\) )?(-?[\d.]+)", alert.text)
        assert set(plain) <= {"0", "1"}, alert.name


def test_every_threshold_is_used_and_counted() -> None:
    """All thresholds are used, and the alert on missing ones knows how many there are."""
    named = {rule.name for rule in rules() if rule.name.startswith("zenmux:threshold:")}
    used = {selector.name for rule in rules() for selector in selectors(rule.text)}
    assert named - used == set()
    (missing,) = (rule for rule in alerts() if rule.name == "ZenMuxThresholdMissing")
    there = [rule for rule in rules() if rule.name in named]
    assert missing.text.endswith(f"!= {len(there)}")


def test_every_recording_is_used() -> None:
    """All recorded series are used, except levels, which the dashboards' tests check."""
    used = {selector.name for rule in rules() for selector in selectors(rule.text)}
    used |= {query for rule in rules() for query in rule.queried}
    used |= set(re.findall(r"\w+:\w+:\w+", json.dumps(BOARDS)))
    levels = {rule.name for rule in rules() if rule.file == "increases.yml"}
    assert set(recorded()) - levels - used == set()


def test_at_least_24_alerts() -> None:
    """The alerts are in seven groups."""
    assert len({alert.name for alert in alerts()}) >= 24
    groups = {Path(alert.file).stem for alert in alerts()}
    kinds = {"account", "exporter", "insurance", "provider", "client", "performance", "cost"}
    assert groups == kinds


@every_alert
def test_runbook(alert: Rule) -> None:
    """Every alert's runbook has all parts and names the alert's thresholds."""
    assert alert.annotations["runbook_url"].endswith(f"#{alert.name.lower()}")
    section = SECTIONS[alert.name]
    for part in PARTS:
        assert re.search(rf"^\*\*{part}\.\*\* \S", section, re.MULTILINE), part
    names = {selector.name for selector in selectors(alert.text)}
    for name in names:
        if name.startswith("zenmux:threshold:"):
            assert f"`{name.removeprefix('zenmux:threshold:')}`" in section


def test_runbooks_have_no_other_sections() -> None:
    """Every section belongs to an alert."""
    assert {alert.name for alert in alerts()} == set(SECTIONS)
