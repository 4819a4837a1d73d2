"""Evaluate the shipped recording rules for charts at each scrape."""

import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import promql_parser
import yaml

RULES = Path(__file__).parents[2] / "prometheus" / "rules" / "charts.yml"
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@cache
def rules() -> tuple[tuple[str, str, bool, tuple[str, ...]], ...]:
    """Return each rule's name, metric, whether it counts series instead of summing, and labels."""
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    found = []
    for rule in group["rules"]:
        tree = promql_parser.parse(rule["expr"])
        assert isinstance(tree, promql_parser.AggregateExpr)
        assert isinstance(tree.expr, promql_parser.VectorSelector)
        assert tree.modifier is not None
        assert tree.expr.name is not None
        counts = str(tree.op) == "count"
        found.append((rule["record"], tree.expr.name, counts, tuple(tree.modifier.labels)))
    return tuple(found)


@cache
def _targets(series: str) -> tuple[tuple[str, bool], ...]:
    """Return the recorded series that a series adds to, and whether it adds 1 or its value."""
    name, _, text = series.partition("{")
    labels = {one: f'{one}="{value}"' for one, value in _LABEL.findall(text)}
    return tuple(
        (f"{record}{{{','.join(labels[one] for one in kept)}}}", counts)
        for record, metric, counts, kept in rules()
        if metric == name
    )


def recorded(scrape: str) -> str:
    """Return the recorded series of the lines of one scrape."""
    totals: defaultdict[str, float] = defaultdict(float)
    now = ""
    for line in scrape.splitlines():
        series, value, now = line.rsplit(" ", 2)
        for target, counts in _targets(series):
            totals[target] += 1 if counts else float(value)
    return "".join(f"{series} {total!r} {now}\n" for series, total in totals.items())
