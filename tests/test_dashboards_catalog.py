"""Dashboards ask only for metrics and labels that the exporter has."""

import pytest
from dashboards.committed import Selector, kept_labels, load, queries, selectors, variables
from dashboards.recorded_sums import rules

from exporter.catalogue import METRICS
from grafana.promql.recorded_sums import BY_API_KEY, BY_MODEL, BY_PLAN, SUMMED

# What Prometheus adds to every series, and what a query makes itself.
TARGET = {"job", "instance"}
MADE = {"payout_usd", "newest", "shown"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}

# What the client library tells of any process.
PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
)

KNOWN = {
    f"{metric.name}{suffix}": {*metric.labels} | ({"le"} if suffix == "_bucket" else set())
    for metric in METRICS
    for suffix in SUFFIXES.get(metric.kind, ("",))
} | {name: set() for name in ("up", *PROCESS)}
RECORDED = {record: (metric, {*kept} - TARGET) for record, metric, _, kept in rules()}
HAD = KNOWN | {record: kept for record, (_, kept) in RECORDED.items()}
# Labels that are left out of recorded sums, because the filters of these are at All.
FREE = {
    BY_MODEL: {"api_key"},
    BY_API_KEY: {"model", "provider", "direction", "token_type", "item"},
    BY_PLAN: {"model", "provider"},
}

BOARDS = load()
EXPRESSIONS = [query.text for tree in BOARDS.values() for query in queries(tree)]
FILTERS = [
    variable["definition"].removeprefix("label_values(").rpartition(",")[0]
    for tree in BOARDS.values()
    for variable in variables(tree).values()
    if variable["type"] == "query"
]
SELECTORS = sorted({s for text in [*EXPRESSIONS, *FILTERS] for s in selectors(text)}, key=str)


@pytest.mark.parametrize("selector", SELECTORS, ids=lambda selector: selector.name)
def test_selectors_name_metrics_and_labels_of_the_catalogue(selector: Selector) -> None:
    """A misspelled metric or label would show as an empty panel, or filter nothing."""
    metric, _ = RECORDED.get(selector.name, (selector.name, None))
    assert metric in KNOWN
    assert {name for name, _, _ in selector.matchers} <= KNOWN[metric] | TARGET


@pytest.mark.parametrize("level", SUMMED)
def test_recorded_sums_leave_out_what_is_not_filtered(level: str) -> None:
    """Charts read only recorded sums, which lack only labels whose filters are at All."""
    for metric in SUMMED[level]:
        assert RECORDED[f"{level}:{metric}:sum"] == (metric, KNOWN[metric] - FREE[level])


def test_every_metric_is_charted() -> None:
    """Some panel shows each metric; a histogram by its buckets or its mean."""
    asked = {selector.name for text in EXPRESSIONS for selector in selectors(text)}
    charted = {
        metric.name
        for metric in METRICS
        if asked & {f"{metric.name}{suffix}" for suffix in SUFFIXES.get(metric.kind, ("",))}
    }
    assert {metric.name for metric in METRICS} == charted


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_queries_keep_labels_that_their_metrics_have(text: str) -> None:
    """`sum by (x)` of a label that no metric of the query has would be one nameless series."""
    had = TARGET.union(*(HAD[selector.name] for selector in selectors(text)))
    assert kept_labels(text) <= had | MADE


def test_filters_ask_for_labels_that_their_metric_has() -> None:
    """A filter's values come from a label of the metric it asks about."""
    for tree in BOARDS.values():
        for name, variable in variables(tree).items():
            if variable["type"] == "query":
                (asked, _, _) = variable["definition"].removeprefix("label_values(").rpartition(",")
                (selector,) = selectors(asked)
                assert name in KNOWN[selector.name] | TARGET
