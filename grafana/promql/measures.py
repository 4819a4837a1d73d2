"""Measures of requests, tokens, cost, payouts and speed, by name."""

from .aggregations import ratio
from .histograms import mean
from .increases import increase
from .selectors import INSURANCE_FILTERS, MODEL_FILTERS, RANGE, REQUEST_FILTERS, series

TOKENS = series("zenmux_tokens_total", REQUEST_FILTERS)
REQUESTS = series("zenmux_requests_total", REQUEST_FILTERS)
COST = series("zenmux_cost_usd_total", REQUEST_FILTERS)
SEARCHES = series("zenmux_web_search_calls_total", REQUEST_FILTERS)
SEARCH_TOKENS = series("zenmux_web_search_tokens_total", REQUEST_FILTERS)
PAYOUT = series("zenmux_insurance_payout_usd_total", INSURANCE_FILTERS)
COMPENSATIONS = series("zenmux_insurance_compensations_total", INSURANCE_FILTERS)

DURATION = "zenmux_request_duration_seconds"
FIRST_TOKEN = "zenmux_time_to_first_token_seconds"  # noqa: S105  # no password
GENERATION = "zenmux_generation_duration_seconds"
THROUGHPUT = "zenmux_output_tokens_per_second"
PAYOUT_SIZE = "zenmux_insurance_payout_per_request_usd"
PAYOUT_DELAY = "zenmux_insurance_payout_delay_seconds"

# Token types; each is a fee item of the same name too.
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


def tokens(window: str, *by: str, **labels: str) -> str:
    """Return tokens; their types do not overlap."""
    return increase(series("zenmux_tokens_total", REQUEST_FILTERS, **labels), window, *by)


def input_and_output_tokens(window: str, *by: str) -> str:
    """Return input and output tokens, which the console calls total usage."""
    both = 'direction=~"input|output"'
    return increase(series("zenmux_tokens_total", REQUEST_FILTERS, both), window, *by)


def units(window: str, *by: str) -> str:
    """Return billed units other than tokens."""
    return increase(series("zenmux_billed_units_total", REQUEST_FILTERS), window, *by)


def requests(window: str, *by: str, **labels: str) -> str:
    """Return requests."""
    return increase(series("zenmux_requests_total", REQUEST_FILTERS, **labels), window, *by)


def success_rate(window: str, *by: str) -> str:
    """Return successes / (successes + errors). Cancelled requests are neither."""
    decided = increase(
        series("zenmux_requests_total", REQUEST_FILTERS, 'outcome=~"success|error"'), window, *by
    )
    return ratio(requests(window, *by, outcome="success"), decided)


def errors(window: str, *by: str) -> str:
    """Return failed requests."""
    return increase(series("zenmux_request_errors_total", MODEL_FILTERS), window, *by)


def finish_reasons(window: str, *by: str) -> str:
    """Return requests that have a finish reason."""
    return increase(series("zenmux_finish_reasons_total", MODEL_FILTERS), window, *by)


def web_search_calls(window: str, *by: str) -> str:
    """Return web searches made."""
    return increase(SEARCHES, window, *by)


def web_search_requests(window: str, *by: str) -> str:
    """Return requests that searched the web."""
    return increase(series("zenmux_web_search_requests_total", REQUEST_FILTERS), window, *by)


def web_search_tokens(window: str, *by: str) -> str:
    """Return the tokens of requests that searched the web."""
    return increase(SEARCH_TOKENS, window, *by)


def cost(window: str, *by: str) -> str:
    """Return the US dollars billed, before discount and payout."""
    return increase(COST, window, *by)


def cost_of(items: str) -> str:
    """Return the cost of some fee items in the range; 0 if only others were billed."""
    cost_of_items = increase(series("zenmux_cost_usd_total", REQUEST_FILTERS, items), RANGE)
    return f"{cost_of_items} or 0 * {cost(RANGE)}"


def discount(window: str) -> str:
    """Return the discount in US dollars."""
    return increase(series("zenmux_discount_usd_total", REQUEST_FILTERS), window)


def payout(window: str, *by: str, filters: str = INSURANCE_FILTERS) -> str:
    """Return the US dollars paid out."""
    return increase(series("zenmux_insurance_payout_usd_total", filters), window, *by)


def compensations(window: str, *by: str) -> str:
    """Return compensations."""
    return increase(COMPENSATIONS, window, *by)


def payout_per_compensation() -> str:
    """Return the average payout."""
    return ratio(payout(RANGE), compensations(RANGE))


def compensations_per_day() -> str:
    """Return the average number of compensations per day."""
    return f"{compensations(RANGE)} / ($__range_s / 86400)"


def compensated_share() -> str:
    """Return compensations / requests."""
    return ratio(compensations(RANGE), requests(RANGE))


def payout_share(window: str, *, filters: str = INSURANCE_FILTERS) -> str:
    """Return payouts / cost."""
    return ratio(payout(window, filters=filters), cost(window))


def cost_per_request(*by: str) -> str:
    """Return the average cost of a request."""
    return ratio(cost(RANGE, *by), requests(RANGE, *by))


def cost_per_million(*by: str) -> str:
    """Return the average cost of a million tokens."""
    return ratio(cost(RANGE, *by), tokens(RANGE, *by), " * 1e6")


def net_cost() -> str:
    """Return cost minus discount and payout."""
    paid = payout(RANGE, filters=REQUEST_FILTERS)
    return f"{cost(RANGE)} - ({discount(RANGE)} or vector(0)) - ({paid} or vector(0))"


def latency(window: str, *by: str) -> str:
    """Return the mean duration of successful requests."""
    return mean(DURATION, window, *by)


def first_token(window: str, *by: str) -> str:
    """Return the mean time to the first token."""
    return mean(FIRST_TOKEN, window, *by)


def generation(window: str, *by: str) -> str:
    """Return the mean time from the first token to the last."""
    return mean(GENERATION, window, *by)


def throughput(window: str, *by: str) -> str:
    """Return the mean throughput."""
    return mean(THROUGHPUT, window, *by)


def provider_count() -> str:
    """Return the number of providers that served requests."""
    return f"count({requests(RANGE, 'provider')} > 0)"
