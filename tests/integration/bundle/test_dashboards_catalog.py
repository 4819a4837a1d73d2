"""Dashboards query only series and labels that the rules record or the exporter exposes."""

import pytest

from dashboards.committed import Selector, kept_labels, load, queries, selectors, variables
from exporter.catalogue import BY_NAME, METRICS, NOT_COUNTED
from exporter.catalogue.levels import COMPENSATED_INCREASE, READY, TIMESTAMP, recorded_sums

TARGET = {"job", "instance"}
# Labels that a query itself creates.
MADE = {"newest"}
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}

# Exposed by the client library for any process.
PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
)

EXPOSED = {
    f"{metric.name}{suffix}": {*metric.labels} | ({"le"} if suffix == "_bucket" else set())
    for metric in METRICS
    if metric.scope in NOT_COUNTED
    for suffix in SUFFIXES.get(metric.kind, ("",))
} | {name: set() for name in ("up", *PROCESS)}
RECORDED = {
    recorded.increase: {*recorded.labels}
    for metric in METRICS
    for recorded in recorded_sums(metric)
}
ROW = {*BY_NAME["zenmux_compensated_request_payout_usd"].labels, TIMESTAMP}
# Recorded for the account alone, beside its alerts.
ACCOUNT: dict[str, set[str]] = {
    "instance:zenmux_account_spent_usd:increase": set(),
    "instance:zenmux_account_spent_usd:increase1d": set(),
    "instance:zenmux_account_credits_usd:increase": {"kind"},
}
KNOWN = ACCOUNT | EXPOSED | RECORDED | {READY: set(), COMPENSATED_INCREASE: ROW}
# Read by no panel, only by rules or by ad-hoc queries.
_OF_PROVIDERS = (
    "billed_units",
    "discount_usd",
    "insurance_compensations",
    "web_search_calls",
    "web_search_requests",
    "web_search_tokens",
    "generation_duration_seconds_bucket",
)
UNREAD = {f"provider:zenmux_{name}:increase" for name in _OF_PROVIDERS} | {
    f"compensation_type:zenmux_insurance_payout_per_request_usd_{part}:increase"
    for part in ("sum", "count")
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
def test_selectors_name_series_and_labels_that_exist(selector: Selector) -> None:
    """Selectors name only known series and labels, so no typo gives an empty panel.

    A counter of the ledger is read as recorded, never as the exporter exposes it.
    """
    assert selector.name in KNOWN
    assert {name for name, _, _ in selector.matchers} <= KNOWN[selector.name] | TARGET


ASKED = {selector.name for selector in SELECTORS}


def test_every_metric_is_charted() -> None:
    """Each metric is in some panel; a histogram by its buckets or its mean."""
    for metric in METRICS:
        names = {f"{metric.name}{suffix}" for suffix in SUFFIXES.get(metric.kind, ("",))}
        names |= {recorded.increase for recorded in recorded_sums(metric)}
        if metric.name.startswith("zenmux_compensated_request_"):
            names = {COMPENSATED_INCREASE}
        assert names & ASKED, metric.name


def test_what_is_recorded_is_read() -> None:
    """Every recorded level is read, since each costs every evaluation."""
    assert {*RECORDED} - ASKED == UNREAD


def test_no_level_has_both_key_and_provider() -> None:
    """Recording both would multiply series; the console never filters by both."""
    for metric in METRICS:
        for recorded in recorded_sums(metric):
            assert not {"api_key", "provider"} <= {*recorded.labels}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_queries_keep_labels_that_their_metrics_have(text: str) -> None:
    """Aggregations keep only labels that some metric of the query has."""
    had = TARGET.union(*(KNOWN[selector.name] for selector in selectors(text)))
    assert kept_labels(text) <= had | MADE


def test_filters_ask_for_labels_that_their_metric_has() -> None:
    """A filter's label is one of the metric in its `label_values`."""
    for tree in BOARDS.values():
        for name, variable in variables(tree).items():
            if variable["type"] == "query":
                (asked, _, _) = variable["definition"].removeprefix("label_values(").rpartition(",")
                (selector,) = selectors(asked)
                assert name in KNOWN[selector.name] | TARGET, name
