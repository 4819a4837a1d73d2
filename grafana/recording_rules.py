"""Write the recording rules that the dashboards read, from the catalogue."""

import textwrap
from collections.abc import Iterator

from exporter.catalogue import BY_NAME, METRICS
from exporter.catalogue.levels import (
    COMPENSATED_INCREASE,
    COMPENSATED_TOTAL,
    CONTINUED,
    READY,
    READY_BEFORE,
    TIMESTAMP,
    recorded_sums,
)

from .promql.increases import (
    continued_rule,
    growth,
    increase_rule,
    ready_before_rule,
    ready_rule,
    total_rule,
)
from .promql.selectors import TARGET

_HEAD = """\
# What the dashboards add up: the total of each counter at the levels that panels read, and its
# increase since the evaluation before. Written by `python -m grafana`; docs/dashboards.md explains
# the arithmetic. Any interval of seconds gives exact numbers; bars are as fine as it is.
groups:
  - name: zenmux-increases
    interval: 1m
    rules:
"""
# Of an expression beside its name.
_WIDTH = 90
_Rule = tuple[str, str]  # the name of what is recorded, and the expression
_PAYOUT = BY_NAME["zenmux_compensated_request_payout_usd"]
_TIME = BY_NAME["zenmux_compensated_request_timestamp_seconds"]


def text() -> str:
    """Return the rule file."""
    # A scrape may arrive during an evaluation. What its ledger is must be noted before its totals
    # are, and compared after them: else the next evaluation, or this one, would take the whole
    # history of a ledger that it sees for the first time for growth.
    totals, increases = zip(*_sums(), _compensated_requests(), strict=True)
    rules = [
        (READY_BEFORE, ready_before_rule()),
        (READY, ready_rule()),
        *totals,
        (CONTINUED, continued_rule()),
        *increases,
    ]
    return _HEAD + "".join(_rule(record, expression) for record, expression in rules)


def _sums() -> Iterator[tuple[_Rule, _Rule]]:
    """Yield the rules of each sum: its total and its increase."""
    # Counts before buckets, which are recorded where their count has grown.
    recorded = [one for metric in METRICS for one in recorded_sums(metric)]
    for one in sorted(recorded, key=lambda one: one.labels[-1:] == ("le",)):
        yield (one.total, total_rule(one)), (one.increase, increase_rule(one))


def _compensated_requests() -> tuple[_Rule, _Rule]:
    """Return the rules of the details table: a sample for each payout, when it is first seen."""
    row = ", ".join((*TARGET, *_TIME.labels))
    time = f'count_values by ({row}) ("{TIMESTAMP}", round(1000 * {_TIME.name}))'
    labels = ", ".join((*TARGET, *_PAYOUT.labels, TIMESTAMP))
    # A payout that is reported before its request, without a time, has none.
    rows = (
        f"\n  {_PAYOUT.name}\n  * on ({row}) group_left ({TIMESTAMP})\n  {time}"
        f"\n  or on ({row})\n  {_PAYOUT.name}\n"
    )
    total = COMPENSATED_TOTAL, f"max by ({labels}) ({rows})"
    return total, (COMPENSATED_INCREASE, f"{growth(COMPENSATED_TOTAL)}\n> 0")


def _rule(record: str, expression: str) -> str:
    if "\n" not in expression and len(expression) <= _WIDTH:
        return f"      - record: {record}\n        expr: {expression}\n"
    return f"      - record: {record}\n        expr: |-\n{textwrap.indent(expression, ' ' * 10)}\n"
