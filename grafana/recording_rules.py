"""Write the recording rules that the dashboards read, from the catalogue."""

import textwrap
from collections.abc import Iterator

from exporter.catalogue import BY_NAME, METRICS
from exporter.catalogue.levels import (
    COMPENSATED_INCREASE,
    COMPENSATED_TOTAL,
    READY,
    TIMESTAMP,
    recorded_sums,
)

from .promql.increases import growth, increase_rule, total_rule
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
_PAYOUT = BY_NAME["zenmux_compensated_request_payout_usd"]
_TIME = BY_NAME["zenmux_compensated_request_timestamp_seconds"]


def text() -> str:
    """Return the rule file."""
    # Ready first: a scrape that arrives during an evaluation must not be seen by it alone, or the
    # next one would take the whole history for growth.
    rules = [_ready(), *_sums(), *_compensated_requests()]
    return _HEAD + "".join(_rule(record, expression) for record, expression in rules)


def _sums() -> Iterator[tuple[str, str]]:
    # Counts before buckets, which are recorded where their count has grown.
    recorded = [one for metric in METRICS for one in recorded_sums(metric)]
    for one in sorted(recorded, key=lambda one: one.labels[-1:] == ("le",)):
        yield one.total, total_rule(one)
        yield one.increase, increase_rule(one)


def _compensated_requests() -> Iterator[tuple[str, str]]:
    """Yield the rules of the details table: a sample for each payout, when it is first seen."""
    row = ", ".join((*TARGET, *_TIME.labels))
    time = f'count_values by ({row}) ("{TIMESTAMP}", round(1000 * {_TIME.name}))'
    labels = ", ".join((*TARGET, *_PAYOUT.labels, TIMESTAMP))
    # A payout that is reported before its request, without a time, has none.
    rows = (
        f"\n  {_PAYOUT.name}\n  * on ({row}) group_left ({TIMESTAMP})\n  {time}"
        f"\n  or on ({row})\n  {_PAYOUT.name}\n"
    )
    yield COMPENSATED_TOTAL, f"max by ({labels}) ({rows})"
    yield COMPENSATED_INCREASE, f"{growth(COMPENSATED_TOTAL)}\n> 0"


def _ready() -> tuple[str, str]:
    """Return the rule that notes which exporters have counted the logs found at their start."""
    ready = f"max by ({', '.join(TARGET)}) (zenmux_exporter_ready) == 1"
    return READY, f"time() * ({ready})"


def _rule(record: str, expression: str) -> str:
    if "\n" not in expression and len(expression) <= _WIDTH:
        return f"      - record: {record}\n        expr: {expression}\n"
    return f"      - record: {record}\n        expr: |-\n{textwrap.indent(expression, ' ' * 10)}\n"
