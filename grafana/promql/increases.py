"""The arithmetic of the dashboards, in one place: what is recorded, and how panels add it.

The exporter's counters begin at 0, never step back and survive restarts. So a rule records each
total once a minute, summed to a level, and how much it has grown since the evaluation before:

- A series that appears after its exporter was ready began at 0: all of it is growth.
- What an exporter had counted before it was ready, or before it was first evaluated, is none.
- What a ledger had counted before it took another one's place, or before its exporter got another
  name, is none either: it may be the same log again, with other labels.
- A gap of up to `LOOKBACK`, in scrapes or evaluations, loses nothing: growth comes after it.

A number of a range is the sum of the increases in it, a bar the sum of those of its interval. These
sums are exact, where `increase()` extrapolates and may show 3 payouts as 3.2.
"""

from exporter.catalogue.levels import CONTINUED, LEDGER, READY, READY_BEFORE, RecordedSum

from .selectors import END, INTERVAL, RANGE, TARGET

# How far a rule looks back for the total that it recorded last.
LOOKBACK = "6h"
_TARGET = ", ".join(TARGET)
# The exporters that are scraped, each with the creation time of its ledger as a label.
_LEDGERS = (
    f'count_values by ({_TARGET}) ("{LEDGER}", '
    f"max by ({_TARGET}) (zenmux_exporter_ledger_created_timestamp_seconds))"
)


def ready_before_rule() -> str:
    """Return the expression that records when each exporter and ledger were ready last."""
    return f"last_over_time({READY}[{LOOKBACK}] offset 1s)"


def ready_rule() -> str:
    """Return the expression that records which exporters are ready, and with which ledger."""
    return f"time() * (\n  {_LEDGERS}\n  and on ({_TARGET}) zenmux_exporter_ready == 1\n)"


def continued_rule() -> str:
    """Return the expression that records whose totals continue those recorded last.

    The exporter has the ledger that it had when it was ready last, and no other exporter had that
    one later; or its history ends with what `backfill` made.
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

    Only growth is recorded, which keeps the series of quiet keys and models short, with two
    exceptions: outcomes, which may be 0, and buckets, of which a quantile needs all or none.
    """
    grown = growth(recorded.total, is_in_history=recorded.metric.is_request_family)
    if recorded.has_zeros:
        return f"{grown}\n>= 0"
    if recorded.labels[-1:] == ("le",):
        count = recorded.increase.replace("_bucket:", "_count:")
        return f"{grown}\nand ignoring (le)\n{count}"
    return f"{grown}\n> 0"


def growth(total: str, *, is_in_history: bool = True) -> str:
    """Return the growth of a recorded total since the evaluation before.

    `is_in_history`: whether `backfill` records such totals; without one, growth begins at 0.
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
    the time from there to the next point, so it stands where its label says.
    """
    offset = "" if window == RANGE else f" offset -{INTERVAL}"
    return f"sum_over_time({selector}[{window}]{offset})"


def added_until(selector: str) -> str:
    """Return the sum of increases in the interval that ends at each point.

    There Grafana draws the columns of heat maps, unlike bars. So the newest column is the last that
    is full.
    """
    return f"sum_over_time({selector}[{INTERVAL}])"


def added_in_range(selector: str) -> str:
    """Return the sum of the increases of the whole range, the same at each point of a chart.

    Not `@ end()`: the last point is the start of the last bar, so that one would be left out.
    """
    return f"sum_over_time({selector}[{RANGE}] @ {END})"
