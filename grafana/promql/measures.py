"""Measures of requests, tokens, cost, payouts and speed, by name."""

from exporter.catalogue.levels import READY

from .aggregations import ratio, sum_by
from .increases import added
from .selectors import BY_PROVIDER, RANGE, View, gauge, increases

REQUESTS = "zenmux_requests_total"
TOKENS = "zenmux_tokens_total"
UNITS = "zenmux_billed_units_total"
COST = "zenmux_cost_usd_total"
DISCOUNT = "zenmux_discount_usd_total"
SEARCHES = "zenmux_web_search_calls_total"
SEARCHING = "zenmux_web_search_requests_total"
SEARCH_TOKENS = "zenmux_web_search_tokens_total"
PAYOUT = "zenmux_insurance_payout_usd_total"
COMPENSATIONS = "zenmux_insurance_compensations_total"
ERRORS = "zenmux_request_errors_total"
FINISH_REASONS = "zenmux_finish_reasons_total"

DURATION = "zenmux_request_duration_seconds"
FIRST_TOKEN = "zenmux_time_to_first_token_seconds"  # noqa: S105  # no password
GENERATION = "zenmux_generation_duration_seconds"
THROUGHPUT = "zenmux_output_tokens_per_second"
PAYOUT_SIZE = "zenmux_insurance_payout_per_request_usd"
PAYOUT_DELAY = "zenmux_insurance_payout_delay_seconds"

# Token types; each is also the name of a fee item.
TOKEN_TYPES = (
    "prompt",
    "completion",
    "internal_reasoning",
    "input_cache_read",
    "input_cache_write",
    "input_cache_write_5_min",
    "input_cache_write_1_h",
)

INPUT_ITEMS = 'item=~"prompt|input_cache_.*"'
OUTPUT_ITEMS = 'item=~"completion|internal_reasoning|audio"'
OTHER_ITEMS = 'item!~"prompt|input_cache_.*|completion|internal_reasoning|audio"'
# The console's total usage.
INPUT_AND_OUTPUT = 'direction=~"input|output"'
# Cancelled requests are neither.
DECIDED = 'outcome=~"success|error"'


def counted(view: View, counter: str, window: str, *by: str, only: str = "", **labels: str) -> str:
    """Return what a counter counted in a window, by labels; `only` is an additional matcher."""
    more = (only,) if only else ()
    return sum_by(added(increases(view, counter, *more, **labels), window), *by)


def success_rate(window: str, *by: str, at_least: int = 1) -> str:
    """Return successes / (successes + errors), if there are at least `at_least` of both."""
    successes = counted(BY_PROVIDER, REQUESTS, window, *by, outcome="success")
    decided = counted(BY_PROVIDER, REQUESTS, window, *by, only=DECIDED)
    return f"{successes}\n/\n({decided} >= {at_least})"


def payout_per_compensation(view: View) -> str:
    """Return the average payout."""
    return ratio(counted(view, PAYOUT, RANGE), counted(view, COMPENSATIONS, RANGE))


def compensations_per_day(view: View) -> str:
    """Return the average number of compensations per day.

    A range may end in the future (This month): then only the time until now counts.
    """
    newest = f"max(last_over_time({gauge(READY)}[{RANGE}]))"
    seconds = f"({newest} - (time() - $__range_s))"
    return f"{counted(view, COMPENSATIONS, RANGE)}\n/\n{seconds} * 86400"


def compensated_share(view: View) -> str:
    """Return compensations / requests."""
    return ratio(counted(view, COMPENSATIONS, RANGE), counted(view, REQUESTS, RANGE))


def payout_share(view: View, window: str) -> str:
    """Return payouts / cost."""
    return ratio(counted(view, PAYOUT, window), counted(view, COST, window))


def cost_per_request(view: View, *by: str) -> str:
    """Return the average cost of a request."""
    return ratio(counted(view, COST, RANGE, *by), counted(view, REQUESTS, RANGE, *by))


def cost_per_million(view: View, *by: str) -> str:
    """Return the average cost of a million tokens."""
    return ratio(counted(view, COST, RANGE, *by), counted(view, TOKENS, RANGE, *by), " * 1e6")


def net_cost(view: View) -> str:
    """Return cost minus discount and payout, if there is any of them.

    Only costs have fee items, and only payouts have a compensation type, so `or` drops no series.
    """
    cost, discount, paid = (
        added(increases(view, counter), RANGE) for counter in (COST, DISCOUNT, PAYOUT)
    )
    return f"sum(\n  {cost}\n  or -{discount}\n  or -{paid}\n)"


def provider_count() -> str:
    """Return the number of providers that served requests."""
    return f"count({counted(BY_PROVIDER, REQUESTS, RANGE, 'provider')} > 0)"
