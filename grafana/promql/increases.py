"""The arithmetic of the dashboards: what is recorded, and how panels add it up.

The exporter's counters begin at 0, never decrease and survive restarts. So once a minute, rules
record each total, summed to a level, and its growth since the previous evaluation:

- A series that appears after its exporter was ready began at 0, so its whole value is growth.
- What an exporter counted before it was ready, or before it was first evaluated, is not growth.
- What a ledger counted before it replaced another one, or before its exporter was renamed, is not
  growth either: it may be the same log again, with other labels.
- A gap of up to `LOOKBACK` in scrapes or evaluations loses nothing: growth is recorded after it.

The number for a range is the sum of the increases in it, a bar the sum of those in its interval.
These sums are exact, whereas `increase()` extrapolates and may show 3 payouts as 3.2.
"""

from exporter.catalogue.levels import CONTINUED, LEDGER, READY, READY_BEFORE, RecordedSum

from .selectors import END, INTERVAL, RANGE, TARGET

# How far a rule looks back for the last recorded total.
LOOKBACK = "6h"
_TARGET = ", ".join(TARGET)
# The exporters that are scraped, each with the creation time of its ledger as a label.
_LEDGERS = (
    f'count_values by ({_TARGET}) ("{LEDGER}", '
    f"max by ({_TARGET}) (zenmux_exporter_ledger_created_timestamp_seconds))"
)


def ready_before_rule() -> str:
    """Return the expression that records when each exporter and ledger was last ready."""
    return f"last_over_time({READY}[{LOOKBACK}] offset 1s)"


def ready_rule() -> str:
    """Return the expression that records which exporters are ready, and with which ledger."""
    return f"time() * (\n  {_LEDGERS}\n  and on ({_TARGET}) zenmux_exporter_ready == 1\n)"


def continued_rule() -> str:
    """Return the expression that records which exporters' totals continue the recorded ones.

    That is so if an exporter has the same ledger as when it was last ready, and no other exporter
    had that ledger later; or if its history ends with data from `backfill`.
    """
    return f"""\
time() * group by ({_TARGET}, {LEDGER}) (
  (
    {READY_BEFORE}{{{LEDGER}=""}}
    or
    {READY_BEFORE}
    == on ({LEDGER}) group_left () max by ({LEDGER}) ({READY_BEFORE})
    and on ({_TARGET}, {LEDGER})
    {_LEDGERS}
  )
  == on ({_TARGET}) group_left () max by ({_TARGET}) ({READY_BEFORE})
)"""


def total_rule(recorded: RecordedSum) -> str:
    """Return the expression that records a total."""
    return f"sum by ({', '.join((*TARGET, *recorded.labels))}) ({recorded.counter})"


def increase_rule(recorded: RecordedSum) -> str:
    """Return the expression that records an increase.

    Only growth is recorded, so idle keys and models add few samples. There are two exceptions:
    outcomes, which may be 0, and buckets, of which a quantile needs all or none.
    """
    grown = growth(recorded.total, is_in_history=recorded.metric.is_request_family)
    if recorded.has_zeros:
        return f"{grown}\n>= 0"
    if recorded.labels[-1:] == ("le",):
        count = recorded.increase.replace("_bucket:", "_count:")
        return f"{grown}\nand ignoring (le)\n{count}"
    return f"{grown}\n> 0"


def growth(total: str, *, is_in_history: bool = True) -> str:
    """Return the growth of a recorded total since the previous evaluation.

    `is_in_history`: whether `backfill` records such totals; if not, growth begins at 0.
    """
    ledgers = "" if is_in_history else f'{{{LEDGER}!=""}}'
    return f"""\
{total}
- (
  (last_over_time({total}[{LOOKBACK}] offset 1s) or 0 * {total})
  and on ({_TARGET})
  ({CONTINUED}{ledgers} == time())
)"""


def added(selector: str, window: str) -> str:
    """Return the sum of increases in the range, or in the interval that starts at each point.

    Grafana aligns the points of a chart to multiples of the interval. The bar at a point covers
    the time from that point to the next, so it matches its label.
    """
    offset = "" if window == RANGE else f" offset -{INTERVAL}"
    return f"sum_over_time({selector}[{window}]{offset})"


def added_until(selector: str) -> str:
    """Return the sum of increases in the interval that ends at each point.

    Unlike bars, Grafana draws the columns of heat maps at the end of their interval. So the newest
    column is the last complete one.
    """
    return f"sum_over_time({selector}[{INTERVAL}])"


def added_in_range(selector: str) -> str:
    """Return the sum of the increases of the whole range, the same at each point of a chart.

    Not `@ end()`: the last point is the start of the last bar, so that bar would be missing.
    """
    return f"sum_over_time({selector}[{RANGE}] @ {END})"
